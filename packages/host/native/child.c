// What a child does between clone3 and execve. It runs on a stack of its own in memory it shares with the
// process that waits for it, so: raw system calls only, no allocation, no library, no lock.
#include <asm/ioctls.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "job.h"
#include "raw.h"

#include <errno.h>

#if defined(__GNUC__) && !defined(__clang__)
#define PLAIN __attribute__((no_sanitize("address", "undefined")))
#else
#define PLAIN __attribute__((no_sanitize("all")))
#endif

static const int last_signal = 64;

// CLONE_CLEAR_SIGHAND resets handlers but keeps what is ignored, and Node ignores SIGPIPE and SIGXFSZ.
PLAIN static void reset_signals(void) {
  struct forkless_sigaction action = {.handler = SIG_DFL};
  for (int signal = 1; signal <= last_signal; signal++) {
    if (signal == SIGKILL || signal == SIGSTOP) continue;
    RAW(SYS_rt_sigaction, signal, &action, 0, 8);
  }
}

// A granted descriptor that lies where a step may write is moved out of the way first.
PLAIN static long move_granted(struct job *job) {
  for (int i = 0; i < job->granted_count; i++) {
    if (job->pulled[i] < 0 || job->pulled[i] >= job->high) continue;
    const long moved = RAW(SYS_fcntl, job->pulled[i], F_DUPFD_CLOEXEC, job->high);
    if (moved < 0) return moved;
    job->pulled[i] = (int32_t)moved;
  }
  return 0;
}

PLAIN static long take_inherited(const struct inherited *from) {
  RAW(SYS_setpriority, PRIO_PROCESS, 0, from->nice);
  RAW(SYS_sched_setaffinity, 0, sizeof from->cpus, from->cpus);
  RAW(SYS_set_mempolicy, from->mode, from->nodes, 8 * sizeof from->nodes);
  return 0;
}

PLAIN static long grant(struct job *job, int index, int target, int flags) {
  const int from = job->pulled[index];
  const int cloexec = flags & GRANT_CLOEXEC;
  if (from < 0) return from;
  if (flags & GRANT_BLOCKING) {
    const long status = RAW(SYS_fcntl, from, F_GETFL, 0);
    if (status >= 0 && status & O_NONBLOCK) RAW(SYS_fcntl, from, F_SETFL, status & ~O_NONBLOCK);
  }
  // dup3 refuses equal numbers, and then the flag alone is to be set.
  if (from == target) return RAW(SYS_fcntl, target, F_SETFD, cloexec ? FD_CLOEXEC : 0);
  return RAW(SYS_dup3, from, target, cloexec ? O_CLOEXEC : 0);
}

PLAIN static long dup2_as_posix_spawn(int from, int to) {
  if (from == to) return RAW(SYS_fcntl, to, F_SETFD, 0);
  return RAW(SYS_dup3, from, to, 0);
}

// posix_spawn closes the target first, so that an open at the limit of descriptors succeeds.
PLAIN static long open_as_posix_spawn(const char *path, int flags, int mode, int target) {
  RAW(SYS_close, target);
  const long opened = RAW(SYS_openat, AT_FDCWD, path, flags, mode);
  if (opened < 0 || opened == target) return opened;
  const long moved = RAW(SYS_dup3, opened, target, flags & O_CLOEXEC);
  RAW(SYS_close, opened);
  return moved;
}

PLAIN static uint64_t wide(const int32_t *words) {
  return (uint32_t)words[0] | (uint64_t)(uint32_t)words[1] << 32;
}

PLAIN static long set_rlimit(const int32_t *operands) {
  uint64_t limit[2] = {wide(operands + 1), wide(operands + 3)};
  return RAW(SYS_prlimit64, 0, operands[0], limit, 0);
}

PLAIN static long ignore_signals(uint64_t set) {
  struct forkless_sigaction action = {.handler = SIG_IGN};
  for (int signal = 1; signal <= last_signal; signal++) {
    if (!(set >> (signal - 1) & 1)) continue;
    const long result = RAW(SYS_rt_sigaction, signal, &action, 0, 8);
    if (result < 0) return result;
  }
  return 0;
}

PLAIN static long set_mask(uint64_t set) { return RAW(SYS_rt_sigprocmask, SIG_SETMASK, &set, 0, 8); }

// The group of the terminal is set by a process of the background, which SIGTTOU would stop; it is
// blocked here until the mask is set at the end.
PLAIN static long own_terminal(int fd) {
  const int group = (int)RAW(SYS_getpgid, 0);
  return RAW(SYS_ioctl, fd, TIOCSPGRP, &group);
}

// An errno after which execvp and posix_spawnp go on to the next directory.
PLAIN static bool search_goes_on(long result) {
  return result == -EACCES || result == -ENOENT || result == -ESTALE || result == -ENOTDIR ||
         result == -ENODEV || result == -ETIMEDOUT;
}

PLAIN static long execute(struct job *job) {
  bool refused = false;
  long result = -ENOENT;
  for (int i = 0; job->paths[i] != 0; i++) {
    job->path_index = i;
    result = RAW(SYS_execve, job->paths[i], job->argv, job->envp);
    if (result == -ENOEXEC && job->flags & JOB_SHELL_FALLBACK) {
      char **argv = job->argv - 1;
      argv[0] = (char *)"/bin/sh";
      argv[1] = job->paths[i];
      result = RAW(SYS_execve, argv[0], argv, job->envp);
    }
    if (!search_goes_on(result)) return result;
    refused |= result == -EACCES;
  }
  return refused ? -EACCES : result;
}

// One step, whose operands are at `at`. Sets how many operands it took.
PLAIN static long perform(struct job *job, int step, const int32_t *at, int *taken) {
  switch (step) {
    case STEP_SETSID: return RAW(SYS_setsid);
    case STEP_SETPGID: *taken = 1; return RAW(SYS_setpgid, 0, at[0]);
    case STEP_CTTY: *taken = 1; return RAW(SYS_ioctl, at[0], TIOCSCTTY, 0);
    case STEP_TCSETPGRP: *taken = 1; return own_terminal(at[0]);
    case STEP_CHDIR: *taken = 1; return RAW(SYS_chdir, job->strings[at[0]]);
    case STEP_FCHDIR:
      *taken = 1;
      return job->pulled[at[0]] < 0 ? job->pulled[at[0]] : RAW(SYS_fchdir, job->pulled[at[0]]);
    case STEP_FCHDIR_FD: *taken = 1; return RAW(SYS_fchdir, at[0]);
    case STEP_RLIMIT: *taken = 5; return set_rlimit(at);
    case STEP_NICE: *taken = 1; return RAW(SYS_setpriority, PRIO_PROCESS, 0, at[0]);
    case STEP_SCHED: *taken = 2; return RAW(SYS_sched_setscheduler, 0, at[0], &at[1]);
    case STEP_AFFINITY: *taken = 1 + at[0]; return RAW(SYS_sched_setaffinity, 0, 4 * at[0], at + 1);
    case STEP_MEMPOLICY:
      *taken = 2 + at[1];
      // The kernel reads one bit less than it is told.
      return RAW(SYS_set_mempolicy, at[0], at[1] == 0 ? 0 : at + 2, 32 * at[1] + (at[1] != 0));
    case STEP_GROUPS: *taken = 1 + at[0]; return RAW(SYS_setgroups, at[0], at + 1);
    case STEP_GID: *taken = 1; return RAW(SYS_setresgid, at[0], at[0], at[0]);
    case STEP_UID: *taken = 1; return RAW(SYS_setresuid, at[0], at[0], at[0]);
    case STEP_UMASK: *taken = 1; RAW(SYS_umask, at[0]); return 0;
    case STEP_GRANT: *taken = 3; return grant(job, at[0], at[1], at[2]);
    case STEP_DUP2: *taken = 2; return dup2_as_posix_spawn(at[0], at[1]);
    case STEP_CLOSE: *taken = 1; RAW(SYS_close, at[0]); return 0;
    case STEP_OPEN:
      *taken = 4;
      return open_as_posix_spawn(job->strings[at[0]], at[1], at[2], at[3]);
    case STEP_CLOSE_RANGE: *taken = 2; return RAW(SYS_close_range, (uint32_t)at[0], (uint32_t)at[1], 0);
    case STEP_NO_NEW_PRIVS: return RAW(SYS_prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    case STEP_PDEATHSIG: *taken = 1; return RAW(SYS_prctl, PR_SET_PDEATHSIG, at[0], 0, 0, 0);
    case STEP_IGNORE: *taken = 2; return ignore_signals(wide(at));
    case STEP_MASK: *taken = 2; return set_mask(wide(at));
    case STEP_EXEC: return execute(job);
    default: return -EINVAL;
  }
}

PLAIN void child_run(void *argument) {
  struct job *job = argument;
  int index = FAILED_IN_GRANT;
  long result = move_granted(job);
  if (result >= 0) {
    reset_signals();
    if (job->differs) take_inherited(&job->inherited);
    index = -1;
  }
  for (int at = 0; result >= 0 && at < job->program_length;) {
    int taken = 0;
    index++;
    result = perform(job, job->program[at], job->program + at + 1, &taken);
    at += 1 + taken;
  }
  job->error = result < 0 ? (int)-result : EINVAL;
  job->failed_step = index;
  RAW(SYS_exit_group, 127);
}
