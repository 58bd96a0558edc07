// One child to be made: what the event loop's thread prepared, and what came of it. Everything the child
// reads lies in one block of plain memory built beforehand, as the child must not allocate.
#ifndef FORKLESS_JOB_H
#define FORKLESS_JOB_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

// What a child does before it becomes another program: a list of these, each with its operands, compiled
// by src/program.ts, which has the same numbers.
enum step {
  STEP_SETSID = 1,
  STEP_SETPGID,    // pgid
  STEP_CTTY,       // fd
  STEP_TCSETPGRP,  // fd
  STEP_CHDIR,      // string
  STEP_FCHDIR,     // granted
  STEP_RLIMIT,     // resource, soft low, soft high, hard low, hard high
  STEP_NICE,       // nice
  STEP_SCHED,      // policy, priority
  STEP_AFFINITY,   // words, word …
  STEP_MEMPOLICY,  // mode, words, word …
  STEP_GROUPS,     // count, gid …
  STEP_GID,        // gid
  STEP_UID,        // uid
  STEP_UMASK,      // mask
  STEP_GRANT,      // granted, target, grant_flag
  STEP_DUP2,       // from, to
  STEP_CLOSE,      // fd
  STEP_OPEN,       // string, flags, mode, target
  STEP_CLOSE_RANGE,  // first, last
  STEP_NO_NEW_PRIVS,
  STEP_PDEATHSIG,  // signal
  STEP_IGNORE,     // signals low, high
  STEP_MASK,       // signals low, high
  STEP_FCHDIR_FD,  // fd
  STEP_EXEC,       // the last one
};

// Programs do not expect a standard stream that does not block, as those are that an event loop reads.
enum grant_flag { GRANT_CLOEXEC = 1, GRANT_BLOCKING = 2 };

// Failures before there is a child, in place of an index into the list.
enum { FAILED_IN_CLONE = -1, FAILED_IN_GRANT = -2, FAILED_STALE = -3 };

enum job_flag {
  JOB_SHELL_FALLBACK = 1,  // ENOEXEC: run it by /bin/sh, as execvp does
  JOB_CHANGES_IDS = 2,
  JOB_CHECK_IDENTITY = 8,
};

enum { MASK_WORDS = 16, IDENTITY_WORDS = 9 };

// What a child has from the thread that asks for it, not from the thread that makes it.
struct inherited {
  int nice;
  int mode;  // of the memory policy
  unsigned long cpus[MASK_WORDS];
  unsigned long nodes[MASK_WORDS];
};

enum job_state { JOB_QUEUED, JOB_RUNNING, JOB_FAILED, JOB_ENDED };

struct job {
  struct job *next;  // in one list at a time: the queue, what the owner is to be told, what is polled
  struct job *after, **before;  // among those the owner watches
  struct owner *owner;          // the Node environment it is for
  uint32_t id;
  int references;  // under lock: JavaScript's, and one until it is finished
  pthread_mutex_t lock;
  pthread_cond_t decided;

  uint32_t flags;
  char **argv;  // argv[-1] is free, for the shell
  char **envp;
  char **paths;  // tried one after the other, NULL at the end
  char **strings;
  const int32_t *program;
  int program_length;
  int granted_count;
  int32_t *granted;        // copies of descriptors of the process, ours until it has started
  int32_t *pulled;         // the same ones where the child finds them; negative: a negated errno
  int high;                // above every descriptor that a step names
  int cgroup;              // index into granted, or -1
  struct inherited inherited;
  bool differs;  // inherited is not what the helper has
  int64_t identity[IDENTITY_WORDS];

  // Written by the child into memory it shares; the vfork orders it before the helper goes on.
  volatile int error;
  volatile int failed_step;
  volatile int path_index;

  enum job_state state;  // under lock
  pid_t pid;
  int pidfd;  // of the owner, in the table of the process; -1: a helper looks after it
  int code, signal;
  int64_t user_us, system_us, rss_kib;
};

// The child: runs the program of the job and executes. Returns only if a step failed.
void child_run(void *job);

void job_release(struct job *job);
// Reaps this child, and no other, if it has ended: then true.
bool job_reap(struct job *job);
// It ended, or could not be made, and that has been told or is for nobody.
void job_finish(struct job *job);

// Helpers: the threads that make children.
int helpers_probe(int *clone_error, int *getfd_error);
int helpers_submit(struct job *job);
// A child that nobody watches, from here on looked after at intervals.
void helpers_poll(struct job *job);
int helpers_set_limit(int limit);
void inherited_read(struct inherited *inherited);
// Adds one to an eventfd of the process, on a helper's thread only. It is taken while it is surely the one
// that is meant, and rung once no lock is held that whoever wakes up needs.
int helper_take_bell(int bell);
void helper_ring(int taken);

// A job that started, failed or ended is to be told. Called by helpers with no lock held. The owner then has
// the job, unless it ended and its environment is gone: then false.
bool owner_tell(struct job *job);
void owner_release(struct owner *owner);

#endif
