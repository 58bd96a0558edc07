// What the exit status of the command means.

/** 0 fine · 1 a check failed · 2 usage or bad input · 70 our own bug (EX_SOFTWARE of sysexits.h) · 130 stopped by a signal. */
export const exitStatus = {
  fine: 0,
  checkFailed: 1,
  badInput: 2,
  ourBug: 70,
  interrupted: 130,
} as const;

/** One of the statuses. */
export type ExitStatus = (typeof exitStatus)[keyof typeof exitStatus];
