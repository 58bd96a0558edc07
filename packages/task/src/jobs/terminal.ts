// The controlling terminal: how a session gets one, and who may put which group into the foreground.

import { refuse, type Refusal } from '@forkless/errors';
import { pidNumberIn } from '@forkless/pid';
import { CAP_SYS_ADMIN } from '../cred/capability.ts';
import { capable } from '../cred/cred.ts';
import { isCurrentGroupOrphaned } from '../exit/orphaned-group.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { sendSignal } from '../signal/send.ts';
import { tasksOf } from '../task/pid-links.ts';
import { pidNamespaceOf, type Task } from '../task/task.ts';
import { SIGNALS } from '../uapi/signals.ts';
import type { Tty } from './tty.ts';

/**
 * TIOCSCTTY: the terminal becomes that of the caller's session. EPERM unless the caller leads a session
 * without a terminal and the terminal has none (`steal` takes it from another one, with CAP_SYS_ADMIN).
 * @see drivers/tty/tty_jobctrl.c, tiocsctty(), v6.12
 */
export function setControllingTty(
  kernel: Kernel,
  caller: Task,
  tty: Tty,
  steal = false,
): Refusal<'EPERM'> | undefined {
  const { group } = caller;
  if (group.isSessionLeader && tty.session === group.session) return undefined;
  if (!group.isSessionLeader || group.tty !== undefined) {
    return refuse('EPERM', 'only the leader of a session without a terminal gets one');
  }
  if (tty.session !== undefined) {
    if (!steal || !capable(caller.cred, CAP_SYS_ADMIN)) {
      return refuse('EPERM', 'the terminal is that of another session');
    }
    for (const member of tasksOf(kernel, tty.session, 'sid')) member.group.tty = undefined;
  }
  tty.session = group.session;
  tty.foreground = group.pgrp;
  group.tty = tty;
  return undefined;
}

/** TIOCGPGRP on the terminal itself: ENOTTY unless it is the caller's. @see tiocgpgrp() */
export function foregroundGroup(caller: Task, tty: Tty): number | Refusal<'ENOTTY'> {
  if (caller.group.tty !== tty) return refuse('ENOTTY', "not the caller's terminal");
  const { foreground } = tty;
  return foreground === undefined ? 0 : pidNumberIn(foreground, pidNamespaceOf(caller));
}

/** A caller in the background that is stopped instead of having its way; it asks again when it goes on. */
export const STOPS = 'stops';

/** The errnos of TIOCSPGRP. */
export type ForegroundErrno = 'EINVAL' | 'ENOTTY' | 'EPERM' | 'ESRCH';

/**
 * TIOCSPGRP: puts a group into the foreground. From the background SIGTTOU goes to the caller's group,
 * unless it ignores or blocks it.
 * @see drivers/tty/tty_jobctrl.c, tiocspgrp(), __tty_check_change(), v6.12
 */
export function setForegroundGroup(
  kernel: Kernel,
  caller: Task,
  tty: Tty,
  number: number,
): typeof STOPS | Refusal<ForegroundErrno> | undefined {
  const { group } = caller;
  const isBackground = group.tty === tty && tty.foreground !== group.pgrp;
  if (isBackground && tty.foreground !== undefined && !ignoresTtou(caller)) {
    if (isCurrentGroupOrphaned(kernel, caller)) {
      return refuse('ENOTTY', 'an orphaned group in the background (EIO inside)');
    }
    for (const member of tasksOf(kernel, group.pgrp, 'pgid')) {
      sendSignal(member, { signal: SIGNALS.SIGTTOU, from: 'kernel' }, 'process');
    }
    return STOPS;
  }
  if (number < 0) return refuse('EINVAL', `${number} is no group number`);
  if (group.tty !== tty || tty.session !== group.session) {
    return refuse('ENOTTY', "not the terminal of the caller's session");
  }
  const pgrp = kernel.findPid(caller, number);
  if (pgrp === undefined) return refuse('ESRCH', `there is no process group ${number}`);
  const [member] = tasksOf(kernel, pgrp, 'pgid');
  if (member?.group.session !== group.session) {
    return refuse('EPERM', 'the group is of another session');
  }
  tty.foreground = pgrp;
  return undefined;
}

function ignoresTtou({ blocked, sighand }: Task): boolean {
  return blocked.has(SIGNALS.SIGTTOU) || sighand.action(SIGNALS.SIGTTOU).handler === 'IGN';
}
