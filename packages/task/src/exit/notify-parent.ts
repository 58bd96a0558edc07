// Telling a parent that a child has ended: the signal it gets, and whether anybody has to wait for the
// child at all.

import { sendSignal } from '../signal/send.ts';
import { pidSeenBy, type Task } from '../task/task.ts';
import { CLD, isSignal, SA, SIGNALS } from '../uapi/signals.ts';

/** How an exit status reads in a siginfo: what happened, and the exit code or signal. */
export function childEnd(exitCode: number): { code: number; status: number } {
  const signal = exitCode & 0x7f;
  if (signal === 0) return { code: CLD.CLD_EXITED, status: (exitCode >> 8) & 0xff };
  return { code: (exitCode & 0x80) !== 0 ? CLD.CLD_DUMPED : CLD.CLD_KILLED, status: signal };
}

/** What a wait for the process of `leader` reads. */
export function waitStatus({ group, exitCode }: Task): number {
  return group.exiting ? group.exitCode : exitCode;
}

/**
 * Sends `leader`'s exit signal to its parent. True when the child is not to be waited for.
 * @see kernel/signal.c, do_notify_parent(), v6.18
 */
export function notifyParent(leader: Task): boolean {
  const { parent } = leader;
  let signal = leader.exitSignal;
  // A parent that has run exec since does not know what it once asked for.
  if (signal !== SIGNALS.SIGCHLD && leader.parentExecId !== parent.selfExecId) {
    signal = SIGNALS.SIGCHLD;
  }
  const { handler, flags } = parent.sighand.action(SIGNALS.SIGCHLD);
  let reaped = false;
  if (signal === SIGNALS.SIGCHLD && (handler === 'IGN' || (flags & SA.SA_NOCLDWAIT) !== 0)) {
    reaped = true;
    if (handler === 'IGN') signal = 0;
  }
  if (leader.group.autoreap) {
    reaped = true;
    signal = 0;
  }
  if (isSignal(signal)) {
    const { code, status } = childEnd(leader.exitCode);
    const child = { pid: pidSeenBy(leader, parent), uid: leader.cred.uid, status };
    sendSignal(parent, { signal, from: leader, code, child }, 'process');
  }
  return reaped;
}
