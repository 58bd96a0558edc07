// The flags of clone and clone3, with the kernel's spelling and numbers. Those above bit 31 reach the
// kernel through clone3 only, so a set of flags is a bigint at that border and nowhere else.

/** Flags of the low 32 bits, which every call takes. @see include/uapi/linux/sched.h */
export const CLONE_FLAGS = {
  CLONE_NEWTIME: 0x80,
  CLONE_VM: 0x100,
  CLONE_FS: 0x200,
  CLONE_FILES: 0x400,
  CLONE_SIGHAND: 0x800,
  CLONE_PIDFD: 0x1000,
  CLONE_PTRACE: 0x2000,
  CLONE_VFORK: 0x4000,
  CLONE_PARENT: 0x8000,
  CLONE_THREAD: 0x10000,
  CLONE_NEWNS: 0x20000,
  CLONE_SYSVSEM: 0x40000,
  CLONE_SETTLS: 0x80000,
  CLONE_PARENT_SETTID: 0x100000,
  CLONE_CHILD_CLEARTID: 0x200000,
  CLONE_DETACHED: 0x400000,
  CLONE_UNTRACED: 0x800000,
  CLONE_CHILD_SETTID: 0x1000000,
  CLONE_NEWCGROUP: 0x2000000,
  CLONE_NEWUTS: 0x4000000,
  CLONE_NEWIPC: 0x8000000,
  CLONE_NEWUSER: 0x10000000,
  CLONE_NEWPID: 0x20000000,
  CLONE_NEWNET: 0x40000000,
  CLONE_IO: 0x80000000,
} as const;

/** Flags of clone3 alone. @see include/uapi/linux/sched.h, v7.1 */
export const CLONE3_FLAGS = {
  CLONE_CLEAR_SIGHAND: 1n << 32n,
  CLONE_INTO_CGROUP: 1n << 33n,
  CLONE_AUTOREAP: 1n << 34n,
  CLONE_NNP: 1n << 35n,
  CLONE_PIDFD_AUTOKILL: 1n << 36n,
  CLONE_EMPTY_MNTNS: 1n << 37n,
} as const;

/** Flags of clone3 alone as bits of the high word, as the kernel's side of the border has them. */
export const CLONE_HIGH = {
  CLONE_CLEAR_SIGHAND: 1 << 0,
  CLONE_INTO_CGROUP: 1 << 1,
  CLONE_AUTOREAP: 1 << 2,
  CLONE_NNP: 1 << 3,
  CLONE_PIDFD_AUTOKILL: 1 << 4,
  CLONE_EMPTY_MNTNS: 1 << 5,
} as const satisfies Record<keyof typeof CLONE3_FLAGS, number>;

/** The byte of a legacy clone's flags that is the exit signal. */
export const CSIGNAL = 0xff;

/** Name of a flag of either kind. */
export type CloneFlagName = keyof typeof CLONE_FLAGS | keyof typeof CLONE3_FLAGS;

/** A set of flags by name, as clone3 takes it. */
export function cloneFlags(...names: readonly CloneFlagName[]): bigint {
  let flags = 0n;
  for (const name of names) {
    flags |= name in CLONE_FLAGS ? BigInt(CLONE_FLAGS[name as keyof typeof CLONE_FLAGS]) : 0n;
    flags |= name in CLONE3_FLAGS ? CLONE3_FLAGS[name as keyof typeof CLONE3_FLAGS] : 0n;
  }
  return flags;
}
