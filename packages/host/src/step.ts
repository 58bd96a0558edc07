// The steps of a child between clone3 and execve, by the numbers of native/job.h, with the words in which
// a failing one is reported.

/** The numbers of `enum step` in native/job.h. */
export const step = {
  setsid: 1,
  setpgid: 2,
  ctty: 3,
  tcsetpgrp: 4,
  chdir: 5,
  fchdir: 6,
  setrlimit: 7,
  setpriority: 8,
  sched_setscheduler: 9,
  sched_setaffinity: 10,
  set_mempolicy: 11,
  setgroups: 12,
  setgid: 13,
  setuid: 14,
  umask: 15,
  grant: 16,
  dup2: 17,
  close: 18,
  open: 19,
  close_range: 20,
  no_new_privs: 21,
  pdeathsig: 22,
  ignore: 23,
  sigmask: 24,
  fchdirOwn: 25,
  execve: 26,
} as const;

/** What may fail while a child is made: a step, or one of what comes before them. */
export type StepName = keyof typeof step | 'clone3' | 'identity';

/** The words for `failed_step` below zero, see native/job.h. */
export function stepBefore(index: number): StepName {
  if (index === -2) return 'grant';
  return index === -3 ? 'identity' : 'clone3';
}
