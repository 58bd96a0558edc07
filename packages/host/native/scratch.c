// Questions to the kernel, asked by a process made for them: what they change ends with it. It takes a list
// of questions as integers and answers each with what the kernel said, a negated errno if it said no. It is
// forked from a process of many threads, so: raw system calls only, and answers through shared memory.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "raw.h"
#include "scratch.h"

enum { STACK_SIZE = 64 * 1024, SET_TID_MAX = 40, WORDS_MAX = 128, PAGE = 4096 };

struct asked {
  const int32_t *at;  // operands of this question
  const char *text;   // all strings, one after the other
  int64_t *answer;
  char *stack;
  char *area;  // pages for memory policies
};

static const char *string_of(const struct asked *asked, int index) {
  const char *text = asked->text;
  while (index-- > 0) text += strlen(text) + 1;
  return text;
}

static void end_now(void *unused) {
  (void)unused;
  RAW(SYS_exit, 0);
}

// Waits for a child of any exit signal; what it ends with is of no interest.
static void wait_for(long pid) {
  while (RAW(SYS_wait4, pid, 0, __WALL, 0) == -EINTR) continue;
}

// MAKE stays, count, tid …: a child, at numbers of its choice.
static int64_t make(const int32_t *at) {
  int32_t tids[SET_TID_MAX] = {0};
  const int count = at[1];
  for (int i = 0; i < count && i < SET_TID_MAX; i++) tids[i] = at[2 + i];
  struct forkless_clone_args args = {.exit_signal = SIGCHLD,
                                     .set_tid = count == 0 ? 0 : (uintptr_t)tids,
                                     .set_tid_size = (uint64_t)count};
  const long pid = RAW(SYS_clone3, &args, sizeof args);
  if (pid == 0) {
    if (at[0]) for (;;) RAW(SYS_wait4, -1, 0, 0, 0), pause();
    RAW(SYS_exit, 0);
  }
  if (pid > 0 && !at[0]) wait_for(pid);
  return pid;
}

static int64_t read_number(const char *path) {
  char text[24] = "";
  const long fd = RAW(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return fd;
  const long size = RAW(SYS_read, fd, text, sizeof text - 1);
  RAW(SYS_close, fd);
  if (size < 0) return size;
  int64_t value = 0;
  for (const char *digit = text; *digit >= '0' && *digit <= '9'; digit++) value = value * 10 + *digit - '0';
  return value;
}

static int64_t write_number(const char *path, int32_t value) {
  char text[16], *digit = text + sizeof text;
  uint32_t rest = value < 0 ? -(uint32_t)value : (uint32_t)value;
  do *--digit = (char)('0' + rest % 10); while ((rest /= 10) != 0);
  if (value < 0) *--digit = '-';
  const long fd = RAW(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return fd;
  const long size = RAW(SYS_write, fd, digit, text + sizeof text - digit);
  RAW(SYS_close, fd);
  return size < 0 ? size : 0;
}

// CLONE3 size, flags low, high, exit signal, stack, stack size, set_tid count, tid: 0 or a negated errno.
// The child ends at once. Where it shares our memory it has the stack that is offered, or waits on ours.
static int64_t ask_clone3(const struct asked *asked) {
  const int32_t *at = asked->at;
  int32_t pidfd = -1, tid[2] = {0, 0};
  int32_t tids[SET_TID_MAX] = {at[7]};
  struct forkless_clone_args args = {
      .flags = (uint32_t)at[1] | (uint64_t)(uint32_t)at[2] << 32,
      .pidfd = (uintptr_t)&pidfd,
      .child_tid = (uintptr_t)&tid[0],
      .parent_tid = (uintptr_t)&tid[1],
      .exit_signal = (uint64_t)(int64_t)at[3],
      .stack = at[4] ? (uintptr_t)asked->stack : 0,
      .stack_size = (uint64_t)(uint32_t)at[5],
      .set_tid = at[6] == 0 ? 0 : (uintptr_t)tids,
      .set_tid_size = (uint64_t)(uint32_t)at[6],
  };
  // Before the kernel does it, as a child on our own stack would run over us.
  const bool shares = (args.flags & CLONE_VM) != 0 && (args.flags & CLONE_VFORK) == 0;
  char *const block = asked->area;
  memset(block, 0, PAGE);
  memcpy(block, &args, sizeof args);
  const struct forkless_clone_args *last = (void *)block;
  if (shares && last->stack == 0) return -EOPNOTSUPP;
  const long pid = forkless_clone3((void *)block, (size_t)at[0], end_now, NULL);
  if (pid < 0) return pid;
  if ((args.flags & CLONE_THREAD) == 0) wait_for(pid);
  else while (RAW(SYS_tgkill, getpid(), pid, 0) == 0) RAW(SYS_sched_yield);
  return 0;
}

// EXECVE path, argc, argument …: 0 if it became the program.
static int64_t ask_execve(struct asked *asked) {
  char *argv[WORDS_MAX + 1] = {0};
  const int count = asked->at[1];
  for (int i = 0; i < count && i < WORDS_MAX; i++) argv[i] = (char *)string_of(asked, asked->at[2 + i]);
  *asked->answer = 0;
  struct forkless_clone_args args = {.exit_signal = SIGCHLD};
  const long pid = RAW(SYS_clone3, &args, sizeof args);
  if (pid == 0) {
    char *none[] = {NULL};
    *asked->answer = RAW(SYS_execve, string_of(asked, asked->at[0]), argv, none);
    RAW(SYS_exit, 0);
  }
  if (pid < 0) return pid;
  wait_for(pid);
  return *(volatile int64_t *)asked->answer;
}

// One word for each 64 nodes, the mask after it in pairs of 32 bits.
static const void *mask_at(const int32_t *words, int count, unsigned long *mask) {
  if (count == 0) return NULL;
  memcpy(mask, words, (size_t)count * sizeof *words);
  return mask;
}

static int64_t ask_memory(struct asked *asked, int question) {
  const int32_t *at = asked->at;
  unsigned long mask[WORDS_MAX] = {0}, other[WORDS_MAX] = {0};
  int32_t mode = -1, status = -1;
  void *page = asked->area;
  long result;
  switch (question) {
    case ASK_SET_MEMPOLICY:  // mode, maxnode, count, word …
      return RAW(SYS_set_mempolicy, at[0], mask_at(at + 3, at[2], mask), at[1]);
    case ASK_GET_MEMPOLICY:  // flags, whether with an address
      result = RAW(SYS_get_mempolicy, &mode, 0, 0, at[1] ? page : 0, at[0]);
      return result < 0 ? result : mode;
    case ASK_MBIND:  // mode, maxnode, flags, count, word …
      return RAW(SYS_mbind, page, PAGE, at[0], mask_at(at + 4, at[3], mask), at[1], at[2]);
    case ASK_HOME_NODE:  // node, flags
      return RAW(FORKLESS_SYS_set_mempolicy_home_node, page, PAGE, at[0], at[1]);
    case ASK_MOVE_PAGES:  // node, flags, whether the page is there: the status of the page, or the errno
      *(volatile char *)page = 1;
      if (!at[2]) RAW(SYS_madvise, page, PAGE, MADV_DONTNEED);
      result = RAW(SYS_move_pages, 0, 1, &page, at[0] < 0 ? 0 : &at[0], &status, at[1]);
      return result < 0 ? result : status;
    case ASK_MIGRATE_PAGES:  // maxnode, from, to
      mask[0] = (uint32_t)at[1];
      other[0] = (uint32_t)at[2];
      return RAW(SYS_migrate_pages, 0, at[0], mask, other);
    default:
      return -ENOSYS;
  }
}

static int64_t answer(struct asked *asked, int question) {
  switch (question) {
    case ASK_MAKE: return make(asked->at);
    case ASK_LAST_PID: return read_number("/proc/sys/kernel/ns_last_pid");
    case ASK_SET_LAST_PID: return write_number("/proc/sys/kernel/ns_last_pid", asked->at[0]);
    case ASK_SET_PID_MAX: return write_number("/proc/sys/kernel/pid_max", asked->at[0]);
    case ASK_CLONE3: return ask_clone3(asked);
    case ASK_EXECVE: return ask_execve(asked);
    default: return ask_memory(asked, question);
  }
}

static int64_t answer_all(const struct scratch *scratch) {
  struct asked asked = {.text = scratch->text};
  asked.stack = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  asked.area = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (asked.stack == MAP_FAILED || asked.area == MAP_FAILED) return -ENOMEM;
  const int32_t *at = scratch->questions;
  for (int i = 0; i < scratch->count; i++, at += 2 + at[1]) {
    asked.at = at + 2;
    asked.answer = &scratch->answers[1 + i];
    *asked.answer = answer(&asked, at[0]);
  }
  return 0;
}

// In a namespace of its own the process is its first, so that all it made ends with it.
static int64_t run(const struct scratch *scratch) {
  if (!scratch->own_pids) return answer_all(scratch);
  const long refused = RAW(SYS_unshare, CLONE_NEWPID);
  if (refused < 0) return refused;
  struct forkless_clone_args args = {.exit_signal = SIGCHLD};
  const long pid = RAW(SYS_clone3, &args, sizeof args);
  if (pid == 0) {
    scratch->answers[0] = answer_all(scratch);
    RAW(SYS_exit_group, 0);
  }
  if (pid < 0) return pid;
  wait_for(pid);
  return *(volatile int64_t *)scratch->answers;
}

int scratch_ask(const struct scratch *scratch) {
  const size_t size = ((size_t)scratch->count + 1) * sizeof(int64_t);
  int64_t *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (shared == MAP_FAILED) return errno;
  struct scratch inside = *scratch;
  inside.answers = shared;
  shared[0] = -EIO;
  // By raw calls, which leave none of the C library's own signals open to the child.
  const uint64_t all = ~0ULL;
  uint64_t before;
  RAW(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, 8);
  const pid_t pid = fork();
  if (pid == 0) {
    RAW(SYS_close_range, 3, ~0u, 0);
    shared[0] = run(&inside);
    RAW(SYS_exit_group, 0);
  }
  RAW(SYS_rt_sigprocmask, SIG_SETMASK, &before, 0, 8);
  if (pid > 0) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) continue;
    memcpy(scratch->answers, shared, size);
  }
  const int error = pid < 0 ? errno : 0;
  munmap(shared, size);
  return error;
}
