// What is pending for a task: of its own, or of its process.

import type { Task } from '../task/task.ts';
import { SIGNALS } from '../uapi/signals.ts';
import { SigSet } from './sigset.ts';

/** Whether a signal that is not blocked waits for the task. @see kernel/signal.c, recalc_sigpending() */
export function hasDeliverable(task: Task): boolean {
  const { pending, blocked, group } = task;
  return (
    pending.signals.hasOutside(blocked) ||
    group.pending.signals.hasOutside(blocked) ||
    task.stopPending ||
    (group.exiting && !task.exiting)
  );
}

/** Whether the task is being killed. @see include/linux/sched/signal.h, fatal_signal_pending() */
export function hasFatalPending(task: Task): boolean {
  return task.pending.signals.has(SIGNALS.SIGKILL);
}

/** The signals pending for the task or its process that it blocks. @see kernel/signal.c, do_sigpending() */
export function blockedPending(task: Task): SigSet {
  const set = new SigSet();
  for (const signal of task.blocked.toArray()) {
    if (task.pending.signals.has(signal) || task.group.pending.signals.has(signal)) set.add(signal);
  }
  return set;
}
