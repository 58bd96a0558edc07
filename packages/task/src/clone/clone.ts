// The calls that make a task. They differ in how the request is spelled; all of them run the one list of
// steps.

import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import { compile, deedOf, perform, type Deed } from '@forkless/sim';
import type { Kernel } from '../kernel/kernel.ts';
import { watchedPath } from '../kernel/object-watch.ts';
import type { Task, UserPointer } from '../task/task.ts';
import { CLONE_FLAGS } from '../uapi/clone-flags.ts';
import {
  forkArgs,
  hasFlag,
  legacyArgs,
  vforkArgs,
  type KernelCloneArgs,
  type LegacyCloneArgs,
} from './clone-args.ts';
import { CloneCall, type CloneErrno } from './clone-call.ts';
import { readClone3Args, type Clone3ArgsErrno, type Clone3Memory } from './clone3-args.ts';
import { copyProcessPath } from './copy-process-path.ts';

const { CLONE_PARENT_SETTID, CLONE_PIDFD } = CLONE_FLAGS;

const deed: Deed<CloneCall> = deedOf(compile(copyProcessPath()));
const watched: Deed<CloneCall> = deedOf(
  compile(
    watchedPath(copyProcessPath(), 'clone', ({ kernel, caller }) => ({
      watch: kernel.objects,
      running: caller.node,
    })),
  ),
);

/** fork(2): the child. */
export function fork(kernel: Kernel, caller: Task): Task | Refusal<CloneErrno> {
  return kernelClone(kernel, caller, forkArgs());
}

/** vfork(2): the child, for which the caller waits until it execs or exits. */
export function vfork(kernel: Kernel, caller: Task): Task | Refusal<CloneErrno> {
  return kernelClone(kernel, caller, vforkArgs());
}

/** clone(2), with flags and exit signal in one word. */
export function clone(
  kernel: Kernel,
  caller: Task,
  word: bigint,
  args: LegacyCloneArgs = {},
): Task | Refusal<CloneErrno> {
  return kernelClone(kernel, caller, legacyArgs(word, args));
}

/** clone3(2), with an argument block of `sizeBytes`. */
export function clone3(
  kernel: Kernel,
  caller: Task,
  memory: Clone3Memory | UserPointer,
  sizeBytes?: number,
): Task | Refusal<CloneErrno | Clone3ArgsErrno> {
  const args = readClone3Args(kernel.preset, memory, sizeBytes);
  return isRefusal(args) ? args : kernelClone(kernel, caller, args);
}

/** What all of them come down to. @see kernel/fork.c, kernel_clone(), v6.18 */
export function kernelClone(
  kernel: Kernel,
  caller: Task,
  args: KernelCloneArgs,
): Task | Refusal<CloneErrno> {
  const tellsBoth = hasFlag(args, CLONE_PIDFD) && hasFlag(args, CLONE_PARENT_SETTID);
  if (tellsBoth && args.pidfd === args.parentTid) {
    return refuse('EINVAL', 'pidfd and number would be written to one place');
  }
  const call = new CloneCall(kernel, false);
  call.begin(caller, args);
  const refusal = perform(kernel.objects === undefined ? deed : watched, call);
  return refusal === undefined ? call.child : (refusal as Refusal<CloneErrno>);
}
