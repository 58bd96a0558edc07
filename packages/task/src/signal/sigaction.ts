// The calls by which a task says what it does with signals: its actions and its mask, and those by which
// it takes one without a handler.

import { refuse, type Refusal } from '@forkless/errors';
import type { Task } from '../task/task.ts';
import { isIgnoredByDefault, isKernelOnly, isSignal, SIGNALS } from '../uapi/signals.ts';
import type { SigInfo } from './pending.ts';
import type { SigAction } from './sighand.ts';
import type { SigSet } from './sigset.ts';

/**
 * rt_sigaction(2): sets an action, or only asks for it. A signal that is now ignored and pending is
 * dropped. EINVAL for what is no signal, and for setting SIGKILL or SIGSTOP.
 * @see kernel/signal.c, do_sigaction(), v6.12
 */
export function sigaction(
  task: Task,
  signal: number,
  action?: SigAction,
): SigAction | Refusal<'EINVAL'> {
  if (!isSignal(signal)) return refuse('EINVAL', `${signal} is no signal`);
  if (action !== undefined && isKernelOnly(signal)) {
    return refuse('EINVAL', 'what this signal does cannot be changed');
  }
  const old = task.sighand.action(signal);
  if (action === undefined) return old;
  task.sighand.setAction(signal, action);
  const { handler } = action;
  if (handler === 'IGN' || (handler === 'DFL' && isIgnoredByDefault(signal))) {
    task.group.pending.drop(signal);
    for (const thread of task.group.threads) thread.pending.drop(signal);
  }
  return old;
}

/** What sigprocmask does with the set it is given. */
export type MaskChange = 'SIG_BLOCK' | 'SIG_UNBLOCK' | 'SIG_SETMASK';

/** rt_sigprocmask(2): changes the mask; SIGKILL and SIGSTOP never get into it. Returns the old one. */
export function sigprocmask(task: Task, how: MaskChange, set: SigSet): SigSet {
  const old = task.blocked.clone();
  const { blocked } = task;
  if (how === 'SIG_SETMASK') blocked.copy(set);
  else if (how === 'SIG_BLOCK') blocked.addAll(set);
  else blocked.deleteAll(set);
  blocked.delete(SIGNALS.SIGKILL);
  blocked.delete(SIGNALS.SIGSTOP);
  return old;
}

/** rt_sigtimedwait(2), once: takes a pending signal of the set. @see kernel/signal.c, do_sigtimedwait() */
export function takeSignal(task: Task, set: SigSet): SigInfo | undefined {
  const wanted = set.clone();
  wanted.delete(SIGNALS.SIGKILL);
  wanted.delete(SIGNALS.SIGSTOP);
  return task.pending.takeOf(wanted) ?? task.group.pending.takeOf(wanted);
}
