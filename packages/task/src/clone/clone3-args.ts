// The argument block of clone3: how it is read from user memory, and which of its values the call
// refuses before it looks at anything else.

import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import { MAX_PID_NS_LEVEL } from '@forkless/pid';
import type { KernelPreset } from '../kernel/kernel-preset.ts';
import type { UserPointer } from '../task/task.ts';
import { CLONE3_FLAGS, CLONE_FLAGS, CSIGNAL } from '../uapi/clone-flags.ts';
import { NSIG } from '../uapi/signals.ts';
import type { KernelCloneArgs } from './clone-args.ts';

/** Bytes of the block in its three published sizes. @see include/uapi/linux/sched.h */
export const CLONE_ARGS_SIZE_VER0 = 64;
export const CLONE_ARGS_SIZE_VER1 = 80;
export const CLONE_ARGS_SIZE_VER2 = 88;

const PAGE_SIZE = 4096;
/** The end of user addresses on x86-64 with four-level page tables. */
export const TASK_SIZE_MAX = 2 ** 47 - PAGE_SIZE;
const INT_MAX = 0x7fff_ffff;

/** The argument block by field. What is left out is zero. @see include/uapi/linux/sched.h, struct clone_args */
export interface Clone3Args {
  readonly flags?: bigint;
  readonly pidfd?: UserPointer;
  readonly childTid?: UserPointer;
  readonly parentTid?: UserPointer;
  readonly exitSignal?: number;
  readonly stack?: number;
  readonly stackSize?: number;
  readonly tls?: number;
  /** The array, or the address of one: none, or one that faults. */
  readonly setTid?: readonly number[] | UserPointer;
  readonly setTidSize?: number;
  readonly cgroup?: number;
}

/** The block in user memory. */
export interface Clone3Memory {
  readonly args: Clone3Args;
  /** Bytes that can be read from its beginning; all when left out. */
  readonly readableBytes?: number;
  /** Whether a byte beyond the fields is not zero. */
  readonly hasTail?: boolean;
}

/** The errnos of reading the block. */
export type Clone3ArgsErrno = 'E2BIG' | 'EINVAL' | 'EFAULT';

/**
 * Reads the block. O(set_tid).
 * @see kernel/fork.c, copy_clone_args_from_user(), clone3_args_valid(), v6.18
 */
export function readClone3Args(
  preset: KernelPreset,
  memory: Clone3Memory | UserPointer,
  sizeBytes: number = CLONE_ARGS_SIZE_VER2,
): KernelCloneArgs | Refusal<Clone3ArgsErrno> {
  if (sizeBytes > PAGE_SIZE) return refuse('E2BIG', `an argument block of ${sizeBytes} bytes`);
  if (sizeBytes < CLONE_ARGS_SIZE_VER0) {
    return refuse('EINVAL', `an argument block of ${sizeBytes} bytes`);
  }
  const args = copyBlock(memory, sizeBytes);
  if (isRefusal(args)) return args;
  const setTid = refuseFields(args, sizeBytes) ?? copySetTid(args);
  if (isRefusal(setTid)) return setTid;
  return refuseFlags(preset, args) ?? refuseStack(args) ?? kernelArgs(args, setTid);
}

function copyBlock(
  memory: Clone3Memory | UserPointer,
  sizeBytes: number,
): Clone3Args | Refusal<'EFAULT' | 'E2BIG'> {
  if (memory === null || memory === 'unmapped' || !('args' in memory)) {
    return refuse('EFAULT', 'the argument block is at no mapped address');
  }
  const { args, readableBytes = PAGE_SIZE, hasTail = false } = memory;
  if (sizeBytes > readableBytes) return refuse('EFAULT', 'the argument block ends too early');
  if (sizeBytes > CLONE_ARGS_SIZE_VER2 && hasTail) {
    return refuse('E2BIG', 'a field that this kernel does not know is set');
  }
  return truncate(args, sizeBytes);
}

/** Fields beyond the size are zero, whatever lies there. */
function truncate(args: Clone3Args, sizeBytes: number): Clone3Args {
  const { setTid, setTidSize, cgroup, ...first } = args;
  return {
    ...first,
    ...(sizeBytes >= 72 && setTid !== undefined ? { setTid } : {}),
    ...(sizeBytes >= 80 && setTidSize !== undefined ? { setTidSize } : {}),
    ...(sizeBytes >= CLONE_ARGS_SIZE_VER2 && cgroup !== undefined ? { cgroup } : {}),
  };
}

function refuseFields(args: Clone3Args, sizeBytes: number): Refusal<'EINVAL'> | undefined {
  const { flags = 0n, setTid = null, setTidSize = 0, exitSignal = 0, cgroup = 0 } = args;
  if (setTidSize > MAX_PID_NS_LEVEL) return refuse('EINVAL', `set_tid has ${setTidSize} numbers`);
  if ((setTid === null) !== (setTidSize === 0)) {
    return refuse('EINVAL', 'set_tid and its size are given only together');
  }
  if (exitSignal < 0 || exitSignal > NSIG) return refuse('EINVAL', `${exitSignal} is no signal`);
  const intoCgroup = (flags & CLONE3_FLAGS.CLONE_INTO_CGROUP) !== 0n;
  if (intoCgroup && (cgroup > INT_MAX || sizeBytes < CLONE_ARGS_SIZE_VER2)) {
    return refuse('EINVAL', 'CLONE_INTO_CGROUP without a descriptor');
  }
  return undefined;
}

function copySetTid({
  setTid = null,
  setTidSize = 0,
}: Clone3Args): readonly number[] | undefined | Refusal<'EFAULT'> {
  if (setTid === null) return undefined;
  if (setTid === 'unmapped' || !('length' in setTid)) {
    return refuse('EFAULT', 'set_tid is at no mapped address');
  }
  return Array.from({ length: setTidSize }, (_, at) => setTid[at] ?? 0);
}

function refuseFlags(preset: KernelPreset, args: Clone3Args): Refusal<'EINVAL'> | undefined {
  const { flags = 0n, exitSignal = 0 } = args;
  if ((flags & ~(0xffff_ffffn | preset.clone3Flags)) !== 0n) {
    return refuse('EINVAL', 'a flag that this kernel does not know');
  }
  const low = Number(flags & 0xffff_ffffn);
  if ((low & CLONE_FLAGS.CLONE_DETACHED) !== 0) return refuse('EINVAL', 'CLONE_DETACHED');
  if ((low & CSIGNAL & ~CLONE_FLAGS.CLONE_NEWTIME) !== 0) {
    return refuse('EINVAL', 'an exit signal among the flags');
  }
  const clears = (flags & CLONE3_FLAGS.CLONE_CLEAR_SIGHAND) !== 0n;
  if (clears && (low & CLONE_FLAGS.CLONE_SIGHAND) !== 0) {
    return refuse('EINVAL', 'CLONE_CLEAR_SIGHAND with CLONE_SIGHAND');
  }
  const joins = (low & (CLONE_FLAGS.CLONE_THREAD | CLONE_FLAGS.CLONE_PARENT)) !== 0;
  if (joins && exitSignal !== 0) return refuse('EINVAL', 'an exit signal that is not its own');
  return undefined;
}

function refuseStack({ stack = 0, stackSize = 0 }: Clone3Args): Refusal<'EINVAL'> | undefined {
  if ((stack === 0) !== (stackSize === 0)) {
    return refuse('EINVAL', 'stack and its size are given only together');
  }
  if (stack + stackSize > TASK_SIZE_MAX) return refuse('EINVAL', 'a stack outside user memory');
  return undefined;
}

function kernelArgs(args: Clone3Args, setTid: readonly number[] | undefined): KernelCloneArgs {
  const { flags = 0n } = args;
  return {
    flags: Number(flags & 0xffff_ffffn),
    highFlags: Number(flags >> 32n),
    exitSignal: args.exitSignal ?? 0,
    pidfd: args.pidfd ?? null,
    parentTid: args.parentTid ?? null,
    childTid: args.childTid ?? null,
    tls: args.tls ?? 0,
    setTid,
    cgroup: args.cgroup ?? 0,
  };
}
