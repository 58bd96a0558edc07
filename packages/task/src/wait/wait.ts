// Waiting for children: looking once through those that are meant, taking the first change there is. A
// wait that finds none sleeps; whoever runs the caller asks again when something has changed.

import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import { addChildTimes } from '../attributes/cpu-times.ts';
import { childEnd, waitStatus } from '../exit/notify-parent.ts';
import { releaseTask } from '../exit/release.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { pidHasTask } from '../task/pid-links.ts';
import { pidSeenBy, type Task } from '../task/task.ts';
import { CLD, SIGNALS } from '../uapi/signals.ts';
import { WAIT } from '../uapi/wait-options.ts';
import { wait4Request, waitidRequest, type WaitRequest } from './wait-request.ts';

/** A child that changed. */
export interface WaitedChild {
  readonly pid: number;
  readonly uid: number;
  /** What happened: one of `CLD`. */
  readonly code: number;
  /** The exit code or the signal. */
  readonly status: number;
  /** The same as wait4 writes it. */
  readonly waitStatus: number;
  /** The child itself; of no use to a modelled program, but to who runs the model. */
  readonly task: Task;
}

/** The wait sleeps: children are there, and none has changed. */
export const SLEEPS = 'sleeps';

/** What a wait comes to; `nothing` with WNOHANG when no child has changed. */
export type WaitResult<Errno extends string> =
  | WaitedChild
  | 'nothing'
  | typeof SLEEPS
  | Refusal<Errno | 'ECHILD'>;

/** wait4(2). ECHILD without such children. O(children). */
export function wait4(
  kernel: Kernel,
  caller: Task,
  number: number,
  options = 0,
): WaitResult<'EINVAL' | 'ESRCH'> {
  const request = wait4Request(kernel, caller, number, options);
  return isRefusal(request) ? request : doWait(kernel, caller, request);
}

/** waitid(2). ECHILD without such children, EAGAIN with a non-blocking pidfd. O(children). */
export function waitid(
  kernel: Kernel,
  caller: Task,
  idType: number,
  id: number,
  options: number,
): WaitResult<'EINVAL' | 'EBADF' | 'EAGAIN'> {
  const request = waitidRequest(kernel, caller, idType, id, options);
  if (isRefusal(request)) return request;
  const result = doWait(kernel, caller, request);
  if (result === 'nothing' && request.again) {
    return refuse('EAGAIN', 'the process of a non-blocking pidfd still runs');
  }
  return result;
}

/** @see kernel/exit.c, __do_wait(), v6.12 */
function doWait(kernel: Kernel, caller: Task, request: WaitRequest): WaitResult<never> {
  const { type, pid, options } = request;
  const exists = type === undefined || (pid !== undefined && pidHasTask(kernel, pid, type));
  if (!exists) return refuse('ECHILD', 'no process has that number');
  let found = false;
  const waiters = (options & WAIT.WNOTHREAD) !== 0 ? [caller] : caller.group.threads;
  for (const waiter of waiters) {
    for (const child of waiter.children) {
      const result = consider(kernel, caller, child, request);
      if (result === undefined) continue;
      if (result !== SLEEPS) return result;
      found = true;
    }
  }
  if (!found) return refuse('ECHILD', 'no such child');
  return (options & WAIT.WNOHANG) !== 0 ? 'nothing' : SLEEPS;
}

/**
 * A child's change; that it may yet change; or undefined when it is not meant.
 * @see kernel/exit.c, wait_consider_task(), v6.12
 */
function consider(
  kernel: Kernel,
  caller: Task,
  child: Task,
  request: WaitRequest,
): WaitedChild | typeof SLEEPS | undefined {
  if (child.exitState === 'dead' || !isMeant(child, request)) return undefined;
  const { options } = request;
  if (child.exitState === 'zombie' && child.group.isSingle) {
    return (options & WAIT.WEXITED) === 0 ? undefined : takeZombie(kernel, caller, child, options);
  }
  return (
    takeStopped(caller, child, options) ??
    takeContinued(caller, child, options) ??
    mayChange(child, options)
  );
}

/** A leader that has ended before its threads can only end, or go on, for a waiter. */
function mayChange(child: Task, options: number): typeof SLEEPS | undefined {
  if (child.exitState === 'none') return SLEEPS;
  return (options & (WAIT.WCONTINUED | WAIT.WEXITED)) !== 0 ? SLEEPS : undefined;
}

/** @see kernel/exit.c, eligible_pid(), eligible_child() */
function isMeant(child: Task, { type, pid, options }: WaitRequest): boolean {
  if (type === 'pgid' && child.group.pgrp !== pid) return false;
  if (type === 'tgid' && child.pid !== pid) return false;
  if ((options & WAIT.WALL) !== 0) return true;
  const wantsClone = (options & WAIT.WCLONE) !== 0;
  return (child.exitSignal !== SIGNALS.SIGCHLD) === wantsClone;
}

function takeZombie(kernel: Kernel, caller: Task, child: Task, options: number): WaitedChild {
  const status = waitStatus(child);
  const { code, status: end } = childEnd(status);
  const result: WaitedChild = {
    pid: pidSeenBy(child, caller),
    uid: child.cred.uid,
    code,
    status: end,
    waitStatus: status,
    task: child,
  };
  if ((options & WAIT.WNOWAIT) === 0) {
    addChildTimes(caller.group, child.group);
    releaseTask(kernel, child);
  }
  return result;
}

/** @see kernel/exit.c, wait_task_stopped(), v6.12 */
function takeStopped(caller: Task, child: Task, options: number): WaitedChild | undefined {
  const { group } = child;
  if ((options & WAIT.WSTOPPED) === 0 || !group.stopped || group.exitCode === 0) return undefined;
  const status = group.exitCode;
  if ((options & WAIT.WNOWAIT) === 0) group.exitCode = 0;
  return {
    ...waited(caller, child),
    code: CLD.CLD_STOPPED,
    status,
    waitStatus: (status << 8) | 0x7f,
  };
}

/** @see kernel/exit.c, wait_task_continued(), v6.12 */
function takeContinued(caller: Task, child: Task, options: number): WaitedChild | undefined {
  const { group } = child;
  if ((options & WAIT.WCONTINUED) === 0 || !group.continued) return undefined;
  if ((options & WAIT.WNOWAIT) === 0) group.continued = false;
  const status = SIGNALS.SIGCONT;
  return { ...waited(caller, child), code: CLD.CLD_CONTINUED, status, waitStatus: 0xffff };
}

function waited(caller: Task, child: Task): { pid: number; uid: number; task: Task } {
  return { pid: pidSeenBy(child, caller), uid: child.cred.uid, task: child };
}
