// The end of a session's leader: its terminal is taken away from the session, and who is in the
// foreground hears of it.

import type { Kernel } from '../kernel/kernel.ts';
import { sendSignal } from '../signal/send.ts';
import { tasksOf } from '../task/pid-links.ts';
import type { Task } from '../task/task.ts';
import { SIGNALS } from '../uapi/signals.ts';

const HANGUP = [SIGNALS.SIGHUP, SIGNALS.SIGCONT];

/**
 * A process gives up its terminal as it ends; a session leader takes it from the whole session.
 * @see drivers/tty/tty_jobctrl.c, disassociate_ctty(), session_clear_tty(), v6.12
 */
export function leaveSession(kernel: Kernel, { group }: Task): void {
  const { tty } = group;
  if (!group.isSessionLeader) return;
  if (tty !== undefined) {
    // A terminal that hangs up signals its session's leader and the foreground.
    for (const signal of HANGUP) {
      sendSignal(group.leader, { signal, from: 'kernel' }, 'process');
      if (tty.foreground === undefined) continue;
      for (const member of tasksOf(kernel, tty.foreground, 'pgid')) {
        sendSignal(member, { signal, from: 'kernel' }, 'process');
      }
    }
    tty.session = undefined;
    tty.foreground = undefined;
  }
  for (const member of tasksOf(kernel, group.session, 'sid')) member.group.tty = undefined;
}
