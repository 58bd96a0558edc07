// The threads that make children. Each lives as long as the process (PDEATHSIG would fire at its end) and has
// a descriptor table of its own: a handful of entries, so that what a child copies does not grow with the
// files that the process has open, and what other threads open meanwhile can never reach a child. What a
// child is granted is pulled in by pidfd_getfd, which a thread may always do with its own process. Where a
// filter forbids the call, helpers stay in the table of the process and the child closes what it was not
// granted. Helpers also look after the children that no event loop watches.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "job.h"
#include "raw.h"

enum {
  STACK_SIZE = 64 * 1024,
  GUARD_SIZE = 4096,
  HELPERS_MAX = 64,
  POLL_NS = 10 * 1000 * 1000,  // how often children that nobody watches are looked after
};

// libuv's, from the Node binary that loads us; unlike the C library's its symbol has no version.
int uv_thread_create(unsigned long *thread, void (*entry)(void *), void *argument);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;  // of what follows
static pthread_cond_t wake_up = PTHREAD_COND_INITIALIZER;
static struct job *queue_head, **queue_tail = &queue_head;
static struct job *polled;
static int queued, helpers, busy;
static int limit = 2;
static bool shared_table;

// Children that change their ids reset the dumpable flag of the memory they share; one at a time, so that
// what it was before can be restored.
static pthread_mutex_t ids_lock = PTHREAD_MUTEX_INITIALIZER;

struct helper {
  int process;  // a pidfd of our own, unless the table is shared
  char *stack;
  struct inherited inherited;
};

void inherited_read(struct inherited *inherited) {
  memset(inherited, 0, sizeof *inherited);
  inherited->nice = 20 - (int)RAW(SYS_getpriority, PRIO_PROCESS, 0);
  RAW(SYS_sched_getaffinity, 0, sizeof inherited->cpus, inherited->cpus);
  RAW(SYS_get_mempolicy, &inherited->mode, inherited->nodes, 8 * sizeof inherited->nodes, 0, 0);
}

void job_release(struct job *job) {
  pthread_mutex_lock(&job->lock);
  const bool last = --job->references == 0;
  pthread_mutex_unlock(&job->lock);
  if (!last) return;
  pthread_mutex_destroy(&job->lock);
  pthread_cond_destroy(&job->decided);
  free(job);
}

void job_finish(struct job *job) {
  owner_release(job->owner);
  job_release(job);
}

static __thread int own_process = -1;  // of this helper, if it has a table of its own

static void ring(int mine) {
  const uint64_t one = 1;
  if (write(mine, &one, sizeof one) < 0) return;  // its counter is full: it rang already
}

// In a table that is shared and full it is rung at once, so that nobody waits in vain.
int helper_take_bell(int bell) {
  if (own_process >= 0) return (int)RAW(SYS_pidfd_getfd, own_process, bell, 0);
  const int copy = fcntl(bell, F_DUPFD_CLOEXEC, 3);
  if (copy < 0) ring(bell);
  return copy;
}

void helper_ring(int mine) {
  if (mine < 0) return;
  ring(mine);
  close(mine);
}

// ---- making a child

static void stat_identity(const struct stat *found, int64_t *identity) {
  identity[0] = (int64_t)found->st_dev;
  identity[1] = (int64_t)found->st_ino;
  identity[2] = found->st_size;
  identity[3] = found->st_mode;
  identity[4] = (int64_t)found->st_uid << 32 | found->st_gid;
  identity[5] = found->st_ctim.tv_sec;
  identity[6] = found->st_ctim.tv_nsec;
  identity[7] = found->st_mtim.tv_sec;
  identity[8] = found->st_mtim.tv_nsec;
}

// Whether the file of a template is still the one it was made for.
static bool identity_holds(const struct job *job) {
  struct stat found;
  int64_t identity[IDENTITY_WORDS];
  // By number: the library's stat has a version that older C libraries lack, and the struct is the kernel's.
  if (RAW(SYS_newfstatat, AT_FDCWD, job->paths[0], &found, 0) != 0) return false;
  stat_identity(&found, identity);
  return memcmp(identity, job->identity, sizeof identity) == 0;
}

// Brings what the child is granted into the helper's table, close-on-exec.
static void pull_granted(struct helper *helper, struct job *job) {
  for (int i = 0; i < job->granted_count; i++) {
    if (shared_table) {
      job->pulled[i] = job->granted[i] < 0 ? -EBADF : job->granted[i];
      continue;
    }
    job->pulled[i] = (int32_t)RAW(SYS_pidfd_getfd, helper->process, job->granted[i], 0);
  }
}

static void drop_granted(struct job *job, const int32_t *pulled) {
  if (shared_table) return;
  for (int i = 0; i < job->granted_count; i++) {
    if (pulled[i] >= 0) close(pulled[i]);
  }
}

// The vfork: on return the child has executed, failed or died. Signals are blocked by raw calls, as the C
// library would leave two of its own open, whose handlers must not run in the child.
static long clone_child(struct helper *helper, struct job *job) {
  const uint64_t all = ~0ULL;
  uint64_t before;
  struct forkless_clone_args args = {
      .flags = CLONE_VM | CLONE_VFORK | FORKLESS_CLONE_CLEAR_SIGHAND,
      .exit_signal = SIGCHLD,
      .stack = (uintptr_t)(helper->stack + GUARD_SIZE),
      .stack_size = STACK_SIZE,
  };
  if (job->cgroup >= 0) {
    if (job->pulled[job->cgroup] < 0) return job->pulled[job->cgroup];
    args.flags |= FORKLESS_CLONE_INTO_CGROUP;
    args.cgroup = (uint64_t)job->pulled[job->cgroup];
  }
  RAW(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, 8);
  const long pid = forkless_clone3(&args, sizeof args, child_run, job);
  RAW(SYS_rt_sigprocmask, SIG_SETMASK, &before, 0, 8);
  return pid;
}

static long clone_child_keeping_dumpable(struct helper *helper, struct job *job) {
  pthread_mutex_lock(&ids_lock);
  const int before = prctl(PR_GET_DUMPABLE);
  const long pid = clone_child(helper, job);
  if (before == 1 && prctl(PR_GET_DUMPABLE) != 1) prctl(PR_SET_DUMPABLE, 1);
  pthread_mutex_unlock(&ids_lock);
  return pid;
}

// Makes the child of a job. Returns 0, or the errno that the job failed with.
static int make_child(struct helper *helper, struct job *job) {
  job->failed_step = FAILED_IN_CLONE;
  if (job->flags & JOB_CHECK_IDENTITY && !identity_holds(job)) {
    job->failed_step = FAILED_STALE;
    return ESTALE;
  }
  job->differs = memcmp(&job->inherited, &helper->inherited, sizeof job->inherited) != 0;
  pull_granted(helper, job);
  // The child moves what is in its way, in memory we share: the numbers to close are those from before.
  int32_t mine[job->granted_count + 1];
  memcpy(mine, job->pulled, (size_t)job->granted_count * sizeof *mine);
  const long pid = job->flags & JOB_CHANGES_IDS ? clone_child_keeping_dumpable(helper, job)
                                                : clone_child(helper, job);
  drop_granted(job, mine);
  if (pid < 0) return (int)-pid;
  job->pid = (pid_t)pid;
  if (job->error == 0) return 0;
  // It is exiting; nobody has heard of it, so nobody else waits for it.
  while (waitpid(job->pid, NULL, 0) < 0 && errno == EINTR) continue;
  return job->error;
}

static void decide(struct job *job, enum job_state state, int error) {
  pthread_mutex_lock(&job->lock);
  job->state = state;
  job->error = error;
  pthread_cond_broadcast(&job->decided);
  pthread_mutex_unlock(&job->lock);
}

// Before anybody is told: whoever asks for the next child at once needs no other helper.
static void give_back(void) {
  pthread_mutex_lock(&lock);
  busy--;
  pthread_mutex_unlock(&lock);
}

static void start(struct helper *helper, struct job *job) {
  const int error = make_child(helper, job);
  give_back();
  job->pidfd = -1;
  decide(job, error == 0 ? JOB_RUNNING : JOB_FAILED, error);
  owner_tell(job);
}

// ---- waiting for it

static int64_t microseconds(struct timeval time) {
  return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

// Under the job's lock, so that a pid is never signalled once it is free.
bool job_reap(struct job *job) {
  siginfo_t info = {0};
  struct rusage usage = {0};
  pthread_mutex_lock(&job->lock);
  const bool by_pidfd = job->pidfd >= 0;
  const long result = RAW(SYS_waitid, by_pidfd ? FORKLESS_P_PIDFD : P_PID,
                          by_pidfd ? job->pidfd : job->pid, &info, WEXITED | WNOHANG, &usage);
  const bool ended = result < 0 || info.si_pid != 0;
  if (ended) {
    job->state = JOB_ENDED;
    // ECHILD: somebody else has waited for it, or SIGCHLD is ignored; the status is lost with it.
    if (result < 0) job->error = (int)-result;
    else if (info.si_code == CLD_EXITED) job->code = info.si_status;
    else job->signal = info.si_status;
    job->user_us = microseconds(usage.ru_utime);
    job->system_us = microseconds(usage.ru_stime);
    job->rss_kib = usage.ru_maxrss;
  }
  pthread_mutex_unlock(&job->lock);
  return ended;
}

void helpers_poll(struct job *job) {
  pthread_mutex_lock(&lock);
  job->next = polled;
  polled = job;
  pthread_mutex_unlock(&lock);
  pthread_cond_signal(&wake_up);
}

// Caller holds lock, which is given up meanwhile.
static void look_after_polled(void) {
  struct job *job = polled, *next;
  polled = NULL;
  pthread_mutex_unlock(&lock);
  struct job *running = NULL, **last = &running;
  for (; job != NULL; job = next) {
    next = job->next;
    if (!job_reap(job)) {
      *last = job;
      last = &job->next;
    } else if (!owner_tell(job)) {
      job_finish(job);
    }
  }
  pthread_mutex_lock(&lock);
  *last = polled;
  polled = running;
}

// ---- the loop

// Caller holds lock. Returns when somebody signals, or for the next look at the polled ones.
static void wait_for_work(void) {
  if (polled == NULL) {
    pthread_cond_wait(&wake_up, &lock);
    return;
  }
  struct timespec until;
  clock_gettime(CLOCK_REALTIME, &until);
  until.tv_nsec += POLL_NS;
  if (until.tv_nsec >= 1000000000) {
    until.tv_nsec -= 1000000000;
    until.tv_sec++;
  }
  pthread_cond_timedwait(&wake_up, &lock, &until);
}

static struct job *take_job(void) {
  pthread_mutex_lock(&lock);
  for (;;) {
    if (polled != NULL) look_after_polled();
    if (queue_head != NULL) break;
    wait_for_work();
  }
  struct job *job = queue_head;
  queue_head = job->next;
  if (queue_head == NULL) queue_tail = &queue_head;
  queued--;
  busy++;
  pthread_mutex_unlock(&lock);
  return job;
}

// An empty table with /dev/null as 0, 1 and 2, which is what a child has there unless it is granted
// something else.
static bool open_table(struct helper *helper) {
  if (shared_table) return true;
  if (RAW(SYS_close_range, 0, ~0u, FORKLESS_CLOSE_RANGE_UNSHARE) < 0) return false;
  if (open("/dev/null", O_RDWR) != 0 || dup(0) != 1 || dup(0) != 2) return false;
  helper->process = own_process = (int)RAW(SYS_pidfd_open, getpid(), 0);
  return own_process >= 0;
}

static bool open_helper(struct helper *helper) {
  inherited_read(&helper->inherited);
  helper->stack = mmap(NULL, GUARD_SIZE + STACK_SIZE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (helper->stack == MAP_FAILED) return false;
  mprotect(helper->stack, GUARD_SIZE, PROT_NONE);
  return open_table(helper);
}

// A helper that could not open its table; if it was the only one, nobody is left to serve the queue.
static void give_up(int error) {
  pthread_mutex_lock(&lock);
  struct job *job = NULL;
  if (--helpers == 0) {
    job = queue_head;
    queue_head = NULL;
    queue_tail = &queue_head;
    queued = 0;
  }
  pthread_mutex_unlock(&lock);
  while (job != NULL) {
    struct job *next = job->next;
    job->failed_step = FAILED_IN_CLONE;
    decide(job, JOB_FAILED, error);
    owner_tell(job);
    job = next;
  }
}

static void helper_main(void *unused) {
  (void)unused;
  struct helper helper = {.process = -1};
  // All but the two the C library keeps to itself: by them setuid reaches every thread.
  const uint64_t all = ~(3ULL << 31);
  RAW(SYS_rt_sigprocmask, SIG_SETMASK, &all, 0, 8);
  prctl(PR_SET_NAME, "forkless");
  if (!open_helper(&helper)) return give_up(errno);
  for (;;) start(&helper, take_job());
}

// ---- for the event loop's thread

// Caller holds lock.
static int start_helper(void) {
  unsigned long thread;
  const int error = uv_thread_create(&thread, helper_main, NULL);
  if (error != 0) return -error;
  helpers++;
  return 0;
}

int helpers_submit(struct job *job) {
  pthread_mutex_lock(&lock);
  int error = 0;
  if (helpers == 0 || (helpers < limit && queued + busy >= helpers)) error = start_helper();
  if (helpers > 0) error = 0;
  if (error == 0) {
    job->next = NULL;
    *queue_tail = job;
    queue_tail = &job->next;
    queued++;
  }
  pthread_mutex_unlock(&lock);
  // Not under the lock, which the helper that wakes up takes first.
  if (error == 0) pthread_cond_signal(&wake_up);
  return error;
}

int helpers_set_limit(int wanted) {
  if (wanted < 1 || wanted > HELPERS_MAX) return EINVAL;
  pthread_mutex_lock(&lock);
  limit = wanted;
  pthread_mutex_unlock(&lock);
  return 0;
}

static volatile int probe_reached;

static void probe_child(void *unused) {
  (void)unused;
  probe_reached = 1;
  RAW(SYS_exit_group, 0);
}

// Whether a clone really shares memory and waits: user-mode emulators pretend.
static int probe_clone(void) {
  char *stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (stack == MAP_FAILED) return errno;
  const uint64_t all = ~0ULL;
  uint64_t before;
  struct forkless_clone_args args = {
      .flags = CLONE_VM | CLONE_VFORK | FORKLESS_CLONE_CLEAR_SIGHAND,
      .exit_signal = SIGCHLD,
      .stack = (uintptr_t)stack,
      .stack_size = STACK_SIZE,
  };
  probe_reached = 0;
  RAW(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, 8);
  const long pid = forkless_clone3(&args, sizeof args, probe_child, NULL);
  RAW(SYS_rt_sigprocmask, SIG_SETMASK, &before, 0, 8);
  int error = pid < 0 ? (int)-pid : 0;
  if (pid > 0) {
    siginfo_t info = {0};
    const int pidfd = (int)RAW(SYS_pidfd_open, pid, 0);
    if (pidfd < 0) error = -pidfd, waitpid((pid_t)pid, NULL, 0);
    else if (RAW(SYS_waitid, FORKLESS_P_PIDFD, pidfd, &info, WEXITED, 0) < 0) error = ENOSYS;
    if (pidfd >= 0) close(pidfd);
    if (!probe_reached) error = ENOSYS;
  }
  munmap(stack, STACK_SIZE);
  return error;
}

static int probe_getfd(void) {
  const long process = RAW(SYS_pidfd_open, getpid(), 0);
  if (process < 0) return (int)-process;
  const long copy = RAW(SYS_pidfd_getfd, process, process, 0);
  close((int)process);
  if (copy < 0) return (int)-copy;
  close((int)copy);
  // Without the flag: this thread must keep sharing its table.
  return (int)-RAW(SYS_close_range, ~0u, ~0u, 0);
}

int helpers_probe(int *clone_error, int *getfd_error) {
  *clone_error = probe_clone();
  *getfd_error = *clone_error == 0 ? probe_getfd() : ENOSYS;
  const char *forced = getenv("FORKLESS_HOST_TABLE");
  if (forced != NULL && strcmp(forced, "copied") == 0) *getfd_error = EPERM;
  shared_table = *getfd_error != 0;
  return *clone_error;
}
