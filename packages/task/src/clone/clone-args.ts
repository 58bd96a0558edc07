// What every call that makes a task comes down to, and how the older calls say it.

import type { UserPointer } from '../task/task.ts';
import { CLONE_FLAGS, CSIGNAL } from '../uapi/clone-flags.ts';
import { SIGNALS } from '../uapi/signals.ts';

/** The request of copy_process. @see include/linux/sched/task.h, struct kernel_clone_args */
export interface KernelCloneArgs {
  /** The flags of the low 32 bits, without an exit signal. */
  readonly flags: number;
  /** The flags above them, bits of `CLONE_HIGH`. */
  readonly highFlags: number;
  readonly exitSignal: number;
  readonly pidfd: UserPointer;
  readonly parentTid: UserPointer;
  readonly childTid: UserPointer;
  readonly tls: number;
  /** Wanted numbers, innermost namespace first. */
  readonly setTid: readonly number[] | undefined;
  /** Descriptor of the control group to be born in. */
  readonly cgroup: number;
}

const PLAIN: KernelCloneArgs = {
  flags: 0,
  highFlags: 0,
  exitSignal: SIGNALS.SIGCHLD,
  pidfd: null,
  parentTid: null,
  childTid: null,
  tls: 0,
  setTid: undefined,
  cgroup: 0,
};

/** What the legacy clone takes besides its word of flags. */
export interface LegacyCloneArgs {
  readonly parentTid?: UserPointer;
  readonly childTid?: UserPointer;
  readonly tls?: number;
}

/** fork(2). @see kernel/fork.c, SYSCALL_DEFINE0(fork) */
export function forkArgs(): KernelCloneArgs {
  return PLAIN;
}

/** vfork(2). @see kernel/fork.c, SYSCALL_DEFINE0(vfork) */
export function vforkArgs(): KernelCloneArgs {
  return { ...PLAIN, flags: CLONE_FLAGS.CLONE_VFORK | CLONE_FLAGS.CLONE_VM };
}

/**
 * clone(2): flags and exit signal in one word, of which bits above 31 are dropped and no exit signal is
 * refused; a pidfd goes where the child's number would.
 * @see kernel/fork.c, SYSCALL_DEFINE5(clone), v6.12
 */
export function legacyArgs(word: bigint, args: LegacyCloneArgs = {}): KernelCloneArgs {
  const low = Number(word & 0xffff_ffffn);
  const pointer = args.parentTid ?? null;
  return {
    ...PLAIN,
    flags: low & ~CSIGNAL,
    exitSignal: low & CSIGNAL,
    pidfd: pointer,
    parentTid: pointer,
    childTid: args.childTid ?? null,
    tls: args.tls ?? 0,
  };
}

/** Whether `args` has a flag of the low word, one of `CLONE_FLAGS`. */
export function hasFlag(args: KernelCloneArgs, flag: number): boolean {
  return (args.flags & flag) !== 0;
}

/** Whether `args` has a flag that only clone3 takes, one of `CLONE_HIGH`. */
export function hasHighFlag(args: KernelCloneArgs, flag: number): boolean {
  return (args.highFlags & flag) !== 0;
}
