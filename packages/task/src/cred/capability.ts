// The capabilities of the UAPI by number, and sets of them as 64-bit masks held in a bigint.

/** A set of capabilities: bit `n` is capability number `n`. */
export type CapSet = bigint;

export const CAP_CHOWN = 0;
export const CAP_DAC_OVERRIDE = 1;
export const CAP_DAC_READ_SEARCH = 2;
export const CAP_FOWNER = 3;
export const CAP_FSETID = 4;
export const CAP_KILL = 5;
export const CAP_SETGID = 6;
export const CAP_SETUID = 7;
export const CAP_SETPCAP = 8;
export const CAP_SYS_RAWIO = 17;
export const CAP_SYS_CHROOT = 18;
export const CAP_SYS_PTRACE = 19;
export const CAP_SYS_ADMIN = 21;
export const CAP_SYS_NICE = 23;
export const CAP_SYS_RESOURCE = 24;
export const CAP_MKNOD = 27;
export const CAP_CHECKPOINT_RESTORE = 40;

/** The highest capability number of 6.18. */
export const CAP_LAST_CAP = 40;

/** Every capability. */
export const CAP_FULL_SET: CapSet = (1n << BigInt(CAP_LAST_CAP + 1)) - 1n;

/** The empty set. */
export const CAP_EMPTY_SET: CapSet = 0n;

/**
 * What a process loses when its file-system uid leaves 0: the capabilities that only concern files.
 *
 * @see include/uapi/linux/capability.h and include/linux/capability.h, CAP_FS_SET, v6.12
 */
export const CAP_FS_SET: CapSet = [0, 1, 2, 3, 4, 9, 27, 32].reduce(
  (set, cap) => set | (1n << BigInt(cap)),
  0n,
);

/** The set of exactly these capabilities. */
export function capSet(...caps: readonly number[]): CapSet {
  return caps.reduce((set, cap) => set | (1n << BigInt(cap)), 0n);
}

const BITS: readonly CapSet[] = Array.from({ length: 64 }, (_, cap) => 1n << BigInt(cap));

/** Whether `set` has capability `cap`. */
export function capRaised(set: CapSet, cap: number): boolean {
  return (set & BITS[cap]!) !== CAP_EMPTY_SET;
}

/** Whether every capability of `subset` is in `set`. */
export function capIsSubset(subset: CapSet, set: CapSet): boolean {
  return subset === set || (subset & ~set) === CAP_EMPTY_SET;
}

/** The capabilities of both. As a rule one is empty, and no bigint has to be made. */
export function capUnion(one: CapSet, other: CapSet): CapSet {
  return other === CAP_EMPTY_SET || one === other ? one : one | other;
}
