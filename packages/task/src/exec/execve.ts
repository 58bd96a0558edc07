// execve(2) and execveat(2): one run of the list of steps.

import type { Refusal } from '@forkless/errors';
import {
  compile,
  deedOf,
  execute,
  perform,
  type Deed,
  type Execution,
  type Program,
} from '@forkless/sim';
import type { Kernel } from '../kernel/kernel.ts';
import { watchedPath } from '../kernel/object-watch.ts';
import type { Task } from '../task/task.ts';
import type { ExecErrno, ExecRequest } from './binprm.ts';
import { ExecCall, type ExecPlace, type ExecResult } from './exec-call.ts';
import { execPath } from './exec-path.ts';

const program: Program<ExecCall> = compile(execPath());
const deed: Deed<ExecCall> = deedOf(program);
const watched: Deed<ExecCall> = deedOf(
  compile(
    watchedPath(execPath(), 'exec', ({ kernel, task }) => ({
      watch: kernel.objects,
      running: task.node,
    })),
  ),
);

/**
 * execveat(2); execve(2) is the same without `dirfd` and flags. After `killed` the caller gets SIGSEGV
 * instead of running on. A refusal leaves the task as it was. Cost: the walks, the argument runs, the
 * descriptors, the threads.
 *
 * @see fs/exec.c, do_execveat_common(), v6.18
 */
export function execve(
  kernel: Kernel,
  task: Task,
  request: ExecRequest,
  place: ExecPlace = {},
): ExecResult {
  return execveCall(kernel, task, request, place, false).result;
}

/** The same with the call, which knows what it took if it keeps that. */
export function execveCall(
  kernel: Kernel,
  task: Task,
  request: ExecRequest,
  place: ExecPlace = {},
  keepsWork = true,
): { readonly result: ExecResult; readonly call: ExecCall } {
  const call = new ExecCall(kernel, task, request, place, keepsWork);
  const refusal = perform(kernel.objects === undefined ? deed : watched, call);
  return { result: (refusal as Refusal<ExecErrno> | undefined) ?? call.result, call };
}

/** The same with the objects of its steps counted too. */
export function execveCounted(
  kernel: Kernel,
  task: Task,
  request: ExecRequest,
  place: ExecPlace = {},
): { readonly result: ExecResult; readonly counted: Execution; readonly call: ExecCall } {
  const call = new ExecCall(kernel, task, request, place);
  const counted = execute(program, call);
  const refusal = counted.refusal as Refusal<ExecErrno> | undefined;
  return { result: refusal ?? call.result, counted, call };
}
