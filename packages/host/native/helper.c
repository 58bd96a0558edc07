// The threads that make children and wait for them. Each lives as long as the process (PDEATHSIG would
// fire at its end), sleeps in epoll on the queue and on the pidfds of its children, and has a descriptor
// table of its own: a handful of entries, so that what a child copies does not grow with the files that the
// process has open, and what other threads open meanwhile can never reach a child. What a child is granted
// is pulled in by pidfd_getfd, which a thread may always do with its own process. Where a filter forbids
// the call, helpers stay in the table of the process and the child closes what it was not granted.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "job.h"
#include "raw.h"

enum {
  STACK_SIZE = 64 * 1024,
  GUARD_SIZE = 4096,
  HELPERS_MAX = 64,
  PIDFD_FIRST = 64,  // pidfds lie from here on, above what a child's table copies
  EVENTS_MAX = 64,
};

// libuv's, from the Node binary that loads us; unlike the C library's its symbol has no version.
int uv_thread_create(unsigned long *thread, void (*entry)(void *), void *argument);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;  // of what follows
static struct job *queue_head, **queue_tail = &queue_head;
static int queued, helpers, busy;
static int limit = 2;
static int wake_up = -1;  // eventfd, in the table of the process
static bool shared_table;

// Children that change their ids reset the dumpable flag of the memory they share; one at a time, so that
// what it was before can be restored.
static pthread_mutex_t ids_lock = PTHREAD_MUTEX_INITIALIZER;

struct helper {
  int epoll, process;  // process: a pidfd of our own
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

// Of this helper, if it has a table of its own: a pidfd of this process, and a descriptor it can spare.
static __thread int own_process = -1, spare = -1;

static void ring(int mine) {
  const uint64_t one = 1;
  if (write(mine, &one, sizeof one) < 0) return;  // its counter is full: it rings already
}

// With the table full of pidfds the spare one makes room, so that nobody waits for a message in vain.
int helper_take_bell(int bell) {
  if (own_process < 0) {
    const int copy = fcntl(bell, F_DUPFD_CLOEXEC, 3);
    if (copy < 0) ring(bell);
    return copy;
  }
  const int mine = (int)RAW(SYS_pidfd_getfd, own_process, bell, 0);
  if (mine != -EMFILE) return mine;
  close(spare);
  spare = -1;
  return (int)RAW(SYS_pidfd_getfd, own_process, bell, 0);
}

void helper_ring(int mine) {
  if (mine < 0) return;
  ring(mine);
  close(mine);
  if (own_process >= 0 && spare < 0) spare = fcntl(0, F_DUPFD_CLOEXEC, 3);
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
  job->hole = PIDFD_FIRST;
  for (int i = 0; i < job->granted_count; i++) {
    if (shared_table) {
      job->pulled[i] = fcntl(job->granted[i], F_GETFD) < 0 ? -EBADF : job->granted[i];
      continue;
    }
    job->pulled[i] = (int32_t)RAW(SYS_pidfd_getfd, helper->process, job->granted[i], 0);
    if (job->pulled[i] >= job->hole) job->hole = job->pulled[i] + 1;
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
  int pidfd = -1;
  struct forkless_clone_args args = {
      .flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | FORKLESS_CLONE_CLEAR_SIGHAND |
               (shared_table ? 0 : CLONE_FILES),
      .pidfd = (uintptr_t)&pidfd,
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
  job->pidfd = pidfd;
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
  if (shared_table) job->flags |= JOB_SHARED_TABLE;
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
  close(job->pidfd);
  return job->error;
}

// Moves the pidfd above what children copy and waits on it. Should there be no room for a second number,
// it stays where it is. A child that cannot be waited for must not run: it is ended, and was never there.
static int watch(struct helper *helper, struct job *job) {
  const int moved = fcntl(job->pidfd, F_DUPFD_CLOEXEC, PIDFD_FIRST);
  if (moved >= 0) {
    close(job->pidfd);
    job->pidfd = moved;
  }
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = job};
  if (epoll_ctl(helper->epoll, EPOLL_CTL_ADD, job->pidfd, &event) == 0) return 0;
  const int error = errno;
  kill(job->pid, SIGKILL);
  while (waitpid(job->pid, NULL, 0) < 0 && errno == EINTR) continue;
  close(job->pidfd);
  return error;
}

static void decide(struct job *job, enum job_state state, int error) {
  pthread_mutex_lock(&job->lock);
  job->state = state;
  job->error = error;
  pthread_cond_broadcast(&job->decided);
  pthread_mutex_unlock(&job->lock);
}

static void start(struct helper *helper, struct job *job) {
  int error = make_child(helper, job);
  if (error == 0 && (error = watch(helper, job)) != 0) job->failed_step = FAILED_IN_CLONE;
  decide(job, error == 0 ? JOB_RUNNING : JOB_FAILED, error);
  owner_tell(job, false);
  if (error != 0) job_release(job);
}

// ---- waiting for it

static int64_t microseconds(struct timeval time) {
  return (int64_t)time.tv_sec * 1000000 + time.tv_usec;
}

// Reaps exactly this child. Under the job's lock, so that a pid is never signalled once it is free.
static void reap(struct helper *helper, struct job *job) {
  siginfo_t info = {0};
  struct rusage usage = {0};
  pthread_mutex_lock(&job->lock);
  const long result =
      RAW(SYS_waitid, FORKLESS_P_PIDFD, job->pidfd, &info, WEXITED | WNOHANG, &usage);
  if (result == 0 && info.si_pid == 0) {
    pthread_mutex_unlock(&job->lock);
    return;
  }
  job->state = JOB_ENDED;
  // ECHILD: somebody else has waited for it, or SIGCHLD is ignored; the status is lost with it.
  if (result < 0) job->error = (int)-result;
  else if (info.si_code == CLD_EXITED) job->code = info.si_status;
  else job->signal = info.si_status;
  job->user_us = microseconds(usage.ru_utime);
  job->system_us = microseconds(usage.ru_stime);
  job->rss_kib = usage.ru_maxrss;
  pthread_mutex_unlock(&job->lock);
  // By hand: epoll forgets a descriptor by itself only once no copy of it is left, and in a table that is
  // shared a fork of somebody else may hold one.
  epoll_ctl(helper->epoll, EPOLL_CTL_DEL, job->pidfd, NULL);
  close(job->pidfd);
  owner_tell(job, true);
  job_release(job);
}

// ---- the loop

static struct job *take_job(void) {
  pthread_mutex_lock(&lock);
  struct job *job = queue_head;
  if (job != NULL) {
    queue_head = job->next;
    if (queue_head == NULL) queue_tail = &queue_head;
    queued--;
    busy++;
  }
  pthread_mutex_unlock(&lock);
  return job;
}

static void give_back(void) {
  pthread_mutex_lock(&lock);
  busy--;
  pthread_mutex_unlock(&lock);
}

// An empty table with /dev/null as 0, 1 and 2, which is what a child has there unless it is granted
// something else.
static int open_table(struct helper *helper) {
  const int process = getpid();
  int queue = wake_up;
  if (!shared_table) {
    const int ours = (int)RAW(SYS_pidfd_open, process, 0);
    if (ours < 0) return -1;
    // Cut to nothing, then taken back one by one: the queue is named by its number in the process.
    close(ours);
    if (RAW(SYS_close_range, 0, ~0u, FORKLESS_CLOSE_RANGE_UNSHARE) < 0) return -1;
    if (open("/dev/null", O_RDWR) != 0 || dup(0) != 1 || dup(0) != 2) return -1;
    helper->process = own_process = (int)RAW(SYS_pidfd_open, process, 0);
    queue = (int)RAW(SYS_pidfd_getfd, helper->process, wake_up, 0);
    spare = fcntl(0, F_DUPFD_CLOEXEC, 3);
  }
  helper->epoll = epoll_create1(EPOLL_CLOEXEC);
  struct epoll_event event = {.events = EPOLLIN | EPOLLEXCLUSIVE, .data.ptr = NULL};
  if (epoll_ctl(helper->epoll, EPOLL_CTL_ADD, queue, &event) != 0) return -1;
  return queue;
}

static int open_helper(struct helper *helper) {
  inherited_read(&helper->inherited);
  helper->stack = mmap(NULL, GUARD_SIZE + STACK_SIZE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  if (helper->stack == MAP_FAILED) return -1;
  mprotect(helper->stack, GUARD_SIZE, PROT_NONE);
  return open_table(helper);
}

// Exits come first: they are short, and somebody waits for them.
static void serve(struct helper *helper, int queue) {
  struct epoll_event events[EVENTS_MAX];
  const int count = epoll_wait(helper->epoll, events, EVENTS_MAX, -1);
  bool asked = false;
  for (int i = 0; i < count; i++) {
    if (events[i].data.ptr == NULL) asked = true;
    else reap(helper, events[i].data.ptr);
  }
  if (!asked) return;
  uint64_t one;
  if (read(queue, &one, sizeof one) < 0) return;
  struct job *job = take_job();
  if (job == NULL) return;
  start(helper, job);
  give_back();
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
    owner_tell(job, false);
    job_release(job);
    job = next;
  }
}

static void helper_main(void *unused) {
  (void)unused;
  struct helper helper = {.epoll = -1, .process = -1};
  // All but the two the C library keeps to itself: by them setuid reaches every thread.
  const uint64_t all = ~(3ULL << 31);
  RAW(SYS_rt_sigprocmask, SIG_SETMASK, &all, 0, 8);
  prctl(PR_SET_NAME, "forkless");
  const int queue = open_helper(&helper);
  if (queue < 0) return give_up(errno);
  for (;;) serve(&helper, queue);
}

// ---- for the event loop's thread

// Caller holds lock.
static int start_helper(void) {
  unsigned long thread;
  if (wake_up < 0) wake_up = eventfd(0, EFD_CLOEXEC | EFD_SEMAPHORE | EFD_NONBLOCK);
  if (wake_up < 0) return errno;
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
  const int bell = wake_up;
  pthread_mutex_unlock(&lock);
  // Not under the lock, which the helper that wakes up takes first.
  if (error == 0) ring(bell);
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
  int pidfd = -1;
  struct forkless_clone_args args = {
      .flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | FORKLESS_CLONE_CLEAR_SIGHAND,
      .pidfd = (uintptr_t)&pidfd,
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
    if (RAW(SYS_waitid, FORKLESS_P_PIDFD, pidfd, &info, WEXITED, 0) < 0) error = ENOSYS;
    close(pidfd);
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
