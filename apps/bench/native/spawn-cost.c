// What `forkless host calibrate` and `predict` measure with: a parent of a given state that makes children in
// a given way, and single operations. A program of its own, so that nothing of Node is in the figures.
//
//   spawn-cost spawn STATIC name=value …    times of making a child and waiting for it
//   spawn-cost operations GROUP PROGRAM     times of single operations
//   spawn-cost probe                        whether it may be first in line
//
// Prints lines of a name, the median, p10, p90 and least in ns, and how many samples there were.
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif

extern char **environ;

enum { PAGE = 4096, STACK = 64 << 10, HUGE = 2 << 20, MIB = 1 << 20 };
enum { BAD_USE = 2, NO_ROOM = 3, NO_CHILD = 4, NO_BEAT = 5 };

static double now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e9 + now.tv_nsec;
}

static int ascending(const void *a, const void *b) {
  const double difference = *(const double *)a - *(const double *)b;
  return (difference > 0) - (difference < 0);
}

static double median(double *values, int count) {
  qsort(values, (size_t)count, sizeof *values, ascending);
  return values[count / 2];
}

static void report(const char *name, double *values, int count) {
  if (count == 0) return;
  const double middle = median(values, count);
  printf("%s %.1f %.1f %.1f %.1f %d\n", name, middle, values[count / 10], values[count - 1 - count / 10],
         values[0], count);
}

static int is(const char *a, const char *b) { return strcmp(a, b) == 0; }

// On one CPU, and first in line where we may: what others do must not be measured, nor whether a second
// CPU had to be woken. Children inherit both.
static void hold_still(void) {
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(sched_getcpu(), &cpus);
  sched_setaffinity(0, sizeof cpus, &cpus);
  const struct sched_param first = {.sched_priority = 5};
  printf("first-in-line %d 0 0 0 1\n", sched_setscheduler(0, SCHED_FIFO, &first) == 0);
}

static void *map_private(size_t size, int advice) {
  void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED) exit(NO_ROOM);
  if (advice >= 0) madvise(at, size, advice);
  return at;
}

static void write_range(volatile char *at, size_t size) {
  for (size_t i = 0; i < size; i += PAGE) at[i]++;
}

// ---- the state of a parent

struct state {
  const char *mechanism, *program, *history;
  long rss, huge, mappings, touched, files, inherit, threads, ms;
};

static char *memory;
static size_t memory_size;

static uint64_t random_next(void) {
  static uint64_t state = 88172645463325252u;
  state ^= state << 13;
  state ^= state >> 7;
  return state ^= state << 17;
}

// A child keeps the old pages while ours are copied, in an order of chance: afterwards neighbours in memory
// are no neighbours in the machine.
static void scatter(void) {
  const size_t count = memory_size / PAGE;
  uint32_t *order = malloc(count * sizeof *order);
  if (order == NULL) exit(NO_ROOM);
  for (size_t i = 0; i < count; i++) order[i] = (uint32_t)i;
  for (size_t i = count; i > 1; i--) {
    const size_t j = random_next() % i;
    const uint32_t kept = order[i - 1];
    order[i - 1] = order[j];
    order[j] = kept;
  }
  const pid_t keeper = fork();
  if (keeper < 0) exit(NO_CHILD);
  if (keeper == 0) for (;;) pause();
  for (size_t i = 0; i < count; i++) ((volatile char *)memory)[(size_t)order[i] * PAGE]++;
  kill(keeper, SIGKILL);
  waitpid(keeper, NULL, 0);
  free(order);
}

static int is_scattered(const struct state *state) {
  return is(state->history, "scattered") || is(state->history, "churned");
}

static int is_rewritten(const struct state *state) {
  return is(state->history, "rewritten") || is(state->history, "churned");
}

static char *huge_page(char *at) {
  return (char *)(((uintptr_t)at + HUGE - 1) & ~(uintptr_t)(HUGE - 1));
}

static void take_memory(const struct state *state) {
  memory_size = (size_t)state->rss * MIB;
  if (memory_size > 0) {
    memory = map_private(memory_size, MADV_NOHUGEPAGE);
    write_range(memory, memory_size);
    if (is_scattered(state)) scatter();
  }
  if (state->huge > 0) {
    char *at = huge_page(map_private((size_t)state->huge * MIB + HUGE, -1));
    madvise(at, (size_t)state->huge * MIB, MADV_HUGEPAGE);
    write_range(at, (size_t)state->huge * MIB);
  }
}

// Every other page of a range has other rights, so that no two become one mapping.
static void take_mappings(const struct state *state) {
  if (state->mappings == 0) return;
  // Between two pages without rights: else they might become one with the memory next to them, and have
  // what a touched mapping has.
  const size_t size = (size_t)state->mappings * PAGE;
  char *at = mmap(NULL, size + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (at == MAP_FAILED || mprotect(at += PAGE, size, PROT_READ | PROT_WRITE) != 0) exit(NO_ROOM);
  madvise(at, size, MADV_NOHUGEPAGE);
  for (long i = 0; i < state->mappings; i++) {
    if (state->touched) at[i * PAGE] = 1;
    if (i % 2 && mprotect(at + i * PAGE, PAGE, PROT_READ) != 0) exit(NO_ROOM);
  }
}

static void take_files(const struct state *state) {
  struct rlimit limit;
  getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  for (long i = 0; i < state->files; i++)
    if (open("/dev/null", O_RDONLY | (state->inherit ? 0 : O_CLOEXEC)) < 0) exit(NO_ROOM);
}

static void *wait_forever(void *unused) {
  for (;;) pause();
  return unused;
}

static void take_threads(const struct state *state) {
  for (long i = 1; i < state->threads; i++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, wait_forever, NULL) != 0) exit(NO_ROOM);
  }
  usleep(2000);
}

// ---- ways to make a child

static char *child_argv[2];
static char *child_stack;

static void child_is(const char *program) { child_argv[0] = (char *)program; }

static int run_child(void *unused) {
  (void)unused;
  execve(child_argv[0], child_argv, environ);
  _exit(127);
}

static int end_child(void *unused) {
  (void)unused;
  _exit(0);
}

static int run_child_closing(void *unused) {
  syscall(SYS_close_range, 3, ~0u, 0);
  return run_child(unused);
}

static int run_child_with_own_table(void *unused) {
  enum { UNSHARE = 2 };
  syscall(SYS_close_range, 3, ~0u, UNSHARE);
  return run_child(unused);
}

static pid_t by_vfork(int (*run)(void *), int flags) {
  return clone(run, child_stack + STACK, CLONE_VM | CLONE_VFORK | flags | SIGCHLD, NULL);
}

static pid_t by_fork(int (*run)(void *)) {
  const pid_t pid = fork();
  if (pid == 0) run(NULL);
  return pid;
}

static pid_t make_child(const char *mechanism) {
  pid_t pid = -1;
  if (is(mechanism, "fork")) return by_fork(run_child);
  if (is(mechanism, "fork-exit")) return by_fork(end_child);
  if (is(mechanism, "vfork")) return by_vfork(run_child, 0);
  if (is(mechanism, "vfork-exit")) return by_vfork(end_child, 0);
  if (is(mechanism, "vfork-close")) return by_vfork(run_child_closing, 0);
  if (is(mechanism, "vfork-own-table")) return by_vfork(run_child_with_own_table, CLONE_FILES);
  if (is(mechanism, "posix-spawn"))
    return posix_spawn(&pid, child_argv[0], NULL, NULL, child_argv, environ) == 0 ? pid : -1;
  exit(BAD_USE);
}

// ---- the metronome: three loads of fixed size in a process of its own, by which a busy machine shows

struct beat {
  double near, far, calls;  // a fork of few pages, a fork of many, a vfork
};

static double beat_once(const char *mechanism) {
  const double before = now_ns();
  const pid_t pid = make_child(mechanism);
  if (pid < 0 || waitpid(pid, NULL, 0) != pid) exit(NO_CHILD);
  return now_ns() - before;
}

// The first one warms up.
static double beat_median(const char *mechanism, int count) {
  double values[8];
  beat_once(mechanism);
  for (int i = 0; i < count; i++) values[i] = beat_once(mechanism);
  return median(values, count);
}

static void run_metronome(int ask, int answer) {
  enum { NEAR = 16 * MIB, FAR = 128 * MIB };
  char *own = map_private(FAR, MADV_NOHUGEPAGE);
  write_range(own, FAR);
  char byte;
  while (read(ask, &byte, 1) == 1) {
    struct beat beat;
    madvise(own + NEAR, FAR - NEAR, MADV_DOFORK);
    beat.far = beat_median("fork-exit", 3);
    madvise(own + NEAR, FAR - NEAR, MADV_DONTFORK);
    beat.near = beat_median("fork-exit", 5);
    beat.calls = beat_median("vfork", 5);
    if (write(answer, &beat, sizeof beat) < 0) break;
  }
  _exit(0);
}

static int beat_ask, beat_answer;

static void start_metronome(void) {
  int ask[2], answer[2];
  if (pipe2(ask, O_CLOEXEC) != 0 || pipe2(answer, O_CLOEXEC) != 0) exit(NO_ROOM);
  const pid_t pid = fork();
  if (pid < 0) exit(NO_CHILD);
  if (pid == 0) {
    close(ask[1]);
    run_metronome(ask[0], answer[1]);
  }
  close(ask[0]);
  close(answer[1]);
  beat_ask = ask[1];
  beat_answer = answer[0];
}

static struct beat take_beat(void) {
  struct beat beat = {0, 0, 0};
  if (write(beat_ask, "b", 1) != 1 || read(beat_answer, &beat, sizeof beat) != sizeof beat) exit(NO_BEAT);
  return beat;
}

// ---- measuring a parent

// In blocks, with a beat before each, so that what others do to the machine meanwhile is known.
static void measure_spawns(const struct state *state) {
  enum { SAMPLES_MAX = 400, BLOCKS_MAX = 40, BLOCK_MAX = 13, BLOCK_MS = 60 };
  static double call[SAMPLES_MAX], total[SAMPLES_MAX], touch[SAMPLES_MAX];
  static double near[BLOCKS_MAX], far[BLOCKS_MAX], calls[BLOCKS_MAX];
  const int rewrites = is_rewritten(state);
  const double until = now_ns() + (double)state->ms * 1e6;
  int samples = 0, blocks = 0;
  while (blocks < BLOCKS_MAX && (blocks < 2 || now_ns() < until)) {
    const struct beat beat = take_beat();
    near[blocks] = beat.near;
    far[blocks] = beat.far;
    calls[blocks++] = beat.calls;
    const double block_until = now_ns() + BLOCK_MS * 1e6;
    for (int i = 0; samples < SAMPLES_MAX && i < BLOCK_MAX && (i < 2 || now_ns() < block_until); i++) {
      const double before = now_ns();
      const pid_t pid = make_child(state->mechanism);
      const double called = now_ns();
      if (pid < 0 || waitpid(pid, NULL, 0) != pid) exit(NO_CHILD);
      const double ended = now_ns();
      if (rewrites) write_range(memory, memory_size);
      if (i == 0) continue;
      call[samples] = called - before;
      total[samples] = ended - before;
      touch[samples++] = now_ns() - ended;
    }
  }
  report("call", call, samples);
  report("total", total, samples);
  if (rewrites) report("touch", touch, samples);
  report("beat-near", near, blocks);
  report("beat-far", far, blocks);
  report("beat-calls", calls, blocks);
}

static void read_state(struct state *state, int count, char **words) {
  const struct {
    const char *name;
    const char **text;
    long *number;
  } fields[] = {
      {"mechanism", &state->mechanism, NULL}, {"program", &state->program, NULL},
      {"history", &state->history, NULL},     {"rss", NULL, &state->rss},
      {"huge", NULL, &state->huge},           {"mappings", NULL, &state->mappings},
      {"touched", NULL, &state->touched},     {"files", NULL, &state->files},
      {"inherit", NULL, &state->inherit},     {"threads", NULL, &state->threads},
      {"ms", NULL, &state->ms},
  };
  for (int i = 0; i < count; i++) {
    char *value = strchr(words[i], '=');
    if (value == NULL) exit(BAD_USE);
    *value++ = '\0';
    size_t field = 0;
    while (field < sizeof fields / sizeof *fields && !is(words[i], fields[field].name)) field++;
    if (field == sizeof fields / sizeof *fields) exit(BAD_USE);
    if (fields[field].text != NULL) *fields[field].text = value;
    else *fields[field].number = atol(value);
  }
}

static void spawn_command(const char *beat_program, int count, char **words) {
  struct state state = {.mechanism = "fork", .program = beat_program, .history = "fresh", .threads = 1, .ms = 300};
  read_state(&state, count, words);
  child_stack = map_private(STACK, -1);
  // Before the state is taken on: the metronome is to have nothing of it.
  child_is(beat_program);
  start_metronome();
  take_memory(&state);
  take_mappings(&state);
  take_files(&state);
  take_threads(&state);
  child_is(state.program);
  measure_spawns(&state);
}

// ---- single operations

enum { ROUNDS = 41 };

// `count` times `body` a sample, in ns each; `before` is not timed.
#define MEASURE(name, count, before, body)                                  \
  do {                                                                      \
    static double values[ROUNDS];                                           \
    for (int round = -1; round < ROUNDS; round++) {                         \
      before;                                                               \
      const double started = now_ns();                                      \
      for (int i = 0; i < (count); i++) { body; }                           \
      if (round >= 0) values[round] = (now_ns() - started) / (count);       \
    }                                                                       \
    report(name, values, ROUNDS);                                           \
  } while (0)

static int kept[2048];

static void open_many(int count) {
  for (int i = 0; i < count; i++) kept[i] = open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void close_many(int count) {
  for (int i = 0; i < count; i++) close(kept[i]);
}

// In a table of its own, so that the last reference goes with the entry.
static void *close_range_of_many(void *result) {
  enum { COUNT = 1000 };
  unshare(CLONE_FILES);
  open_many(COUNT);
  const double started = now_ns();
  syscall(SYS_close_range, kept[0], kept[COUNT - 1], 0);
  *(double *)result = (now_ns() - started) / COUNT;
  return NULL;
}

static void measure_files(const char *program) {
  static double values[ROUNDS];
  char byte = 0;
  int ends[2] = {-1, -1};
  MEASURE("open-close", 200, , close(open("/dev/null", O_RDONLY | O_CLOEXEC)));
  MEASURE("open-close-program", 200, , close(open(program, O_RDONLY | O_CLOEXEC)));
  MEASURE("open", 200, close_many(round < 0 ? 0 : 200), kept[i] = open("/dev/null", O_RDONLY | O_CLOEXEC));
  close_many(200);
  MEASURE("close", 200, open_many(200), close(kept[i]));
  MEASURE("dup-close", 200, , close(dup(0)));
  MEASURE("pipe-close", 100, , if (pipe2(ends, O_CLOEXEC) == 0) { close(ends[0]); close(ends[1]); });
  if (pipe2(ends, O_CLOEXEC) != 0) exit(NO_ROOM);
  MEASURE("pipe-byte", 500, , if (write(ends[1], &byte, 1) != 1 || read(ends[0], &byte, 1) != 1) exit(NO_ROOM));
  MEASURE("eventfd-close", 200, , close(eventfd(0, EFD_CLOEXEC)));
  MEASURE("pidfd-close", 200, , close((int)syscall(SYS_pidfd_open, getpid(), 0)));
  for (int round = 0; round < ROUNDS; round++) {
    pthread_t thread;
    pthread_create(&thread, NULL, close_range_of_many, &values[round]);
    pthread_join(thread, NULL);
  }
  report("close-range", values, ROUNDS);
}

static void measure_calls(const char *program) {
  struct timespec time;
  struct stat status;
  sigset_t set;
  cpu_set_t cpus;
  unsigned long node = 1;
  int mode;
  char *argv[] = {(char *)"x", NULL};
  sigemptyset(&set);
  sched_getaffinity(0, sizeof cpus, &cpus);
  MEASURE("syscall", 2000, , syscall(SYS_getppid));
  MEASURE("clock", 5000, , clock_gettime(CLOCK_MONOTONIC, &time));
  MEASURE("sigprocmask", 2000, , sigprocmask(SIG_SETMASK, &set, NULL));
  MEASURE("path-hit", 500, , stat(program, &status));
  MEASURE("path-access", 500, , access(program, X_OK));
  MEASURE("path-miss", 500, , stat("/usr/bin/forkless-no-such-program", &status));
  MEASURE("execve-miss", 500, , execve("/usr/bin/forkless-no-such-program", argv, environ));
  MEASURE("setaffinity", 500, , sched_setaffinity(0, sizeof cpus, &cpus));
  if (syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0) != 0) return;
  MEASURE("mempolicy-bind", 500, , syscall(SYS_set_mempolicy, 2, &node, 64));
  MEASURE("mempolicy-default", 500, , syscall(SYS_set_mempolicy, 0, NULL, 0));
  MEASURE("mempolicy-get", 500, , syscall(SYS_get_mempolicy, &mode, NULL, 0, NULL, 0));
}

static char *area;

static void renew_area(size_t size, int advice) {
  if (area != NULL) munmap(area, size);
  area = map_private(size, advice);
}

// Pages that a child has too; it ends before they are written again, or lives on meanwhile.
static pid_t share_area(size_t size, int stays) {
  renew_area(size, MADV_NOHUGEPAGE);
  write_range(area, size);
  const pid_t pid = fork();
  if (pid == 0) {
    if (stays) for (;;) pause();
    _exit(0);
  }
  if (!stays) waitpid(pid, NULL, 0);
  return pid;
}

static void measure_memory(const char *program) {
  enum { COUNT = 2000, SIZE = COUNT * PAGE };
  pid_t keeper = -1;
  volatile char *at;
  MEASURE("mmap-munmap", 200, , munmap(map_private(PAGE, -1), PAGE));
  MEASURE("mmap-touch-munmap", 200, , at = map_private(PAGE, -1); *at = 1; munmap((void *)at, PAGE));
  MEASURE("fault-write", COUNT, renew_area(SIZE, MADV_NOHUGEPAGE), area[i * PAGE] = 1);
  MEASURE("unmap-page", COUNT, renew_area(SIZE, MADV_NOHUGEPAGE); write_range(area, SIZE),
          if (i == 0) madvise(area, SIZE, MADV_DONTNEED));
  MEASURE("fault-read", COUNT, renew_area(SIZE, MADV_NOHUGEPAGE), (void)*(volatile char *)(area + i * PAGE));
  MEASURE("fault-cow-reuse", COUNT, share_area(SIZE, 0), area[i * PAGE]++);
  MEASURE("fault-cow-copy", COUNT, keeper = share_area(SIZE, 1), area[i * PAGE]++;
          if (i == COUNT - 1) { kill(keeper, SIGKILL); waitpid(keeper, NULL, 0); });
  MEASURE("mprotect-split", 500, renew_area(SIZE, MADV_NOHUGEPAGE), mprotect(area + 2 * i * PAGE, PAGE, PROT_READ));
  renew_area(SIZE, -1);
  munmap(area, SIZE);
  area = NULL;
  MEASURE("fault-huge", 8, renew_area(10 * HUGE, MADV_HUGEPAGE), huge_page(area)[(size_t)i * HUGE] = 1);
  munmap(area, 10 * HUGE);
  area = NULL;
  const int fd = open(program, O_RDONLY | O_CLOEXEC);
  MEASURE("map-file-read", 100, , at = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0); (void)*at; munmap((void *)at, PAGE));
  MEASURE("map-file-write", 100, , at = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
          *at = 1; munmap((void *)at, PAGE));
}

static void *end_thread(void *unused) { return unused; }

static void answer_bytes(int ask, int answer) {
  char byte;
  while (read(ask, &byte, 1) == 1 && write(answer, &byte, 1) == 1) continue;
  _exit(0);
}

static void measure_processes(const char *program) {
  pthread_t thread;
  int ask[2], answer[2];
  char byte = 0;
  child_stack = map_private(STACK, -1);
  child_is(program);
  MEASURE("thread-create-join", 20, , pthread_create(&thread, NULL, end_thread, NULL); pthread_join(thread, NULL));
  MEASURE("vfork-exit", 20, , waitpid(by_vfork(end_child, 0), NULL, 0));
  if (pipe2(ask, O_CLOEXEC) != 0 || pipe2(answer, O_CLOEXEC) != 0) exit(NO_ROOM);
  const pid_t pid = fork();
  if (pid == 0) {
    close(ask[1]);
    answer_bytes(ask[0], answer[1]);
  }
  MEASURE("ping-pong", 50, , if (write(ask[1], &byte, 1) != 1 || read(answer[0], &byte, 1) != 1) exit(NO_BEAT));
  kill(pid, SIGKILL);
  waitpid(pid, NULL, 0);
}

static int operations_command(const char *group, const char *program) {
  if (is(group, "calls")) measure_calls(program);
  else if (is(group, "files")) measure_files(program);
  else if (is(group, "memory")) measure_memory(program);
  else if (is(group, "processes")) measure_processes(program);
  else return BAD_USE;
  return 0;
}

int main(int argc, char **argv) {
  if (argc < 2) return BAD_USE;
  hold_still();
  if (is(argv[1], "probe")) return 0;
  if (argc < 3) return BAD_USE;
  if (is(argv[1], "spawn")) {
    spawn_command(argv[2], argc - 3, argv + 3);
    return 0;
  }
  return is(argv[1], "operations") && argc == 4 ? operations_command(argv[2], argv[3]) : BAD_USE;
}
