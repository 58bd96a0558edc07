// Stopping and going on: a process has stopped when its last thread has, and its parent hears of it.

import type { Task } from '../task/task.ts';
import { pidSeenBy } from '../task/task.ts';
import { CLD, SA, SIGNALS } from '../uapi/signals.ts';
import { sendSignal } from './send.ts';

/**
 * `task` has taken a stop signal: it stops, and the other threads are told to.
 * @see kernel/signal.c, do_signal_stop(), v6.12
 */
export function beginGroupStop(task: Task, signal: number): void {
  const { group } = task;
  if (group.exiting) return;
  if (group.stopCount === 0) {
    group.exitCode = signal;
    for (const thread of group.threads) {
      if (thread.exiting || thread.stopped) continue;
      thread.stopPending = true;
      group.stopCount++;
    }
  }
  stopThread(task);
}

/** One thread stops; with the last one the process has. @see task_participate_group_stop() */
export function stopThread(task: Task): void {
  task.stopped = true;
  leaveGroupStop(task);
}

/** A thread that need no longer be waited for, as it has stopped or ended. */
export function leaveGroupStop(task: Task): void {
  const { group } = task;
  if (!task.stopPending) return;
  task.stopPending = false;
  if (--group.stopCount > 0) return;
  group.stopped = true;
  group.continued = false;
  notifyParentOfStop(task, 'stopped');
}

/** Tells the parent what it was not told when the process went on. */
export function notifyAfterContinue(task: Task): void {
  const { group } = task;
  const { notice } = group;
  group.notice = undefined;
  if (notice !== undefined) notifyParentOfStop(task, notice);
}

/**
 * SIGCHLD for a stop or a continuation, unless SA_NOCLDSTOP.
 * @see kernel/signal.c, do_notify_parent_cldstop(), v6.12
 */
function notifyParentOfStop({ group }: Task, what: 'stopped' | 'continued'): void {
  const { leader } = group;
  const { parent } = leader;
  const { handler, flags } = parent.sighand.action(SIGNALS.SIGCHLD);
  if (handler === 'IGN' || (flags & SA.SA_NOCLDSTOP) !== 0) return;
  const isStop = what === 'stopped';
  sendSignal(
    parent,
    {
      signal: SIGNALS.SIGCHLD,
      from: leader,
      code: isStop ? CLD.CLD_STOPPED : CLD.CLD_CONTINUED,
      child: {
        pid: pidSeenBy(leader, parent),
        uid: leader.cred.uid,
        status: isStop ? group.exitCode & 0x7f : SIGNALS.SIGCONT,
      },
    },
    'process',
  );
}
