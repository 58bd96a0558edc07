// The options of wait4 and waitid and the kinds of id of waitid.

/**
 * Options. WUNTRACED of wait4 and WSTOPPED of waitid are one bit; the last three have two
 * underscores before their names in C.
 * @see include/uapi/linux/wait.h
 */
export const WAIT = {
  WNOHANG: 1,
  WUNTRACED: 2,
  WSTOPPED: 2,
  WEXITED: 4,
  WCONTINUED: 8,
  WNOWAIT: 0x01000000,
  WNOTHREAD: 0x20000000,
  WALL: 0x40000000,
  WCLONE: 0x80000000,
} as const;

/** Kinds of id. @see include/uapi/linux/wait.h */
export const ID_TYPES = { P_ALL: 0, P_PID: 1, P_PGID: 2, P_PIDFD: 3 } as const;
