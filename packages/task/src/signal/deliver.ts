// Taking signals on the way back to user mode: handlers run, stops stop, and what is fatal ends the
// process. Whoever runs a task calls this before each of its steps.

import { exitGroup, exitTask } from '../exit/exit.ts';
import { isCurrentGroupOrphaned } from '../exit/orphaned-group.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Task } from '../task/task.ts';
import {
  isCoreSignal,
  isIgnoredByDefault,
  isKernelOnly,
  isStopSignal,
  SA,
  SIGNALS,
} from '../uapi/signals.ts';
import { dumpCore } from './core-dump.ts';
import { beginGroupStop, notifyAfterContinue, stopThread } from './group-stop.ts';
import type { SigInfo } from './pending.ts';
import { hasDeliverable } from './pending-of.ts';
import type { SigAction } from './sighand.ts';

/** What a return to user mode came to. */
export interface Delivered {
  /** Handlers that ran, in order. */
  readonly handled: readonly SigInfo[];
  /** Whether a system call that slept must say EINTR: a handler without SA_RESTART ran. */
  readonly interrupts: boolean;
}

const NOTHING: Delivered = { handled: [], interrupts: false };

/**
 * Takes every signal the task can take now. Afterwards it may be stopped or gone.
 * @see kernel/signal.c, get_signal(), v6.12
 */
export function deliverSignals(kernel: Kernel, task: Task): Delivered {
  if (task.exiting || task.exitState !== 'none') return NOTHING;
  if (task.stopped) return NOTHING;
  if (task.group.notice !== undefined) notifyAfterContinue(task);
  if (!hasDeliverable(task)) return NOTHING;
  const handled: SigInfo[] = [];
  let interrupts = false;
  while (canGoOn(kernel, task)) {
    const info = task.pending.take(task.blocked) ?? task.group.pending.take(task.blocked);
    if (info === undefined) break;
    const action = task.sighand.action(info.signal);
    if (action.handler === 'handler') {
      runHandler(kernel, task, info, action);
      handled.push(info);
      interrupts ||= (action.flags & SA.SA_RESTART) === 0;
    } else if (action.handler === 'DFL') {
      takeDefault(kernel, task, info.signal);
    }
  }
  return { handled, interrupts };
}

/** Ends or stops a task whose process is ending or stopping; false when it takes no more signals. */
function canGoOn(kernel: Kernel, task: Task): boolean {
  if (task.exiting || task.stopped) return false;
  const { group } = task;
  if (group.exiting || (group.execThread !== undefined && group.execThread !== task)) {
    exitTask(kernel, task, group.exitCode);
    return false;
  }
  if (task.stopPending) {
    stopThread(task);
    return false;
  }
  return true;
}

function takeDefault(kernel: Kernel, task: Task, signal: number): void {
  if (isIgnoredByDefault(signal)) return;
  if (task.group.unkillable && !isKernelOnly(signal)) return;
  if (!isStopSignal(signal)) {
    const hasCore = isCoreSignal(signal) && dumpCore(task);
    exitGroup(kernel, task, signal | (hasCore ? 0x80 : 0));
    return;
  }
  if (signal !== SIGNALS.SIGSTOP && isCurrentGroupOrphaned(kernel, task)) return;
  beginGroupStop(task, signal);
}

/** MODEL: a handler takes no time, so what it would block meanwhile is never seen. */
function runHandler(kernel: Kernel, task: Task, info: SigInfo, action: SigAction): void {
  if ((action.flags & SA.SA_RESETHAND) !== 0) {
    task.sighand.setAction(info.signal, { ...action, handler: 'DFL' });
  }
  kernel.watch.handled?.(task, info);
}
