// Questions that a process made for them asks the kernel; src/oracle/scratch.ts has the same numbers.
#ifndef FORKLESS_SCRATCH_H
#define FORKLESS_SCRATCH_H

#include <stdbool.h>
#include <stdint.h>

#ifndef SYS_set_mempolicy_home_node
#define FORKLESS_SYS_set_mempolicy_home_node 450
#else
#define FORKLESS_SYS_set_mempolicy_home_node SYS_set_mempolicy_home_node
#endif

enum question {
  ASK_MAKE = 1,
  ASK_LAST_PID,
  ASK_SET_LAST_PID,
  ASK_SET_PID_MAX,
  ASK_CLONE3,
  ASK_EXECVE,
  ASK_SET_MEMPOLICY,
  ASK_GET_MEMPOLICY,
  ASK_MBIND,
  ASK_HOME_NODE,
  ASK_MOVE_PAGES,
  ASK_MIGRATE_PAGES,
};

struct scratch {
  bool own_pids;             // in a pid namespace of its own
  int count;
  const int32_t *questions;  // each a number, how many operands, and these
  const char *text;          // strings, each ended by NUL
  int64_t *answers;          // first of all whether they could be asked, then one a question
};

// Blocks until all are answered. 0, or the errno for which there is no such process.
int scratch_ask(const struct scratch *scratch);

#endif
