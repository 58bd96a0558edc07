// Orphaned process groups: nobody outside the group, but in its session, is left to continue it. A group
// that becomes orphaned with a stopped member is woken up.

import type { Pid } from '@forkless/pid';
import type { Kernel } from '../kernel/kernel.ts';
import { sendSignal } from '../signal/send.ts';
import { tasksOf } from '../task/pid-links.ts';
import type { Task } from '../task/task.ts';
import { SIGNALS } from '../uapi/signals.ts';

/**
 * Whether the group is orphaned once `ignored` is left out of account.
 * @see kernel/exit.c, will_become_orphaned_pgrp(), v6.12
 */
function isOrphaned(kernel: Kernel, pgrp: Pid, ignored: Task | undefined): boolean {
  return tasksOf(kernel, pgrp, 'pgid').every((task) => {
    if (task === ignored || (task.exitState !== 'none' && task.group.isSingle)) return true;
    if (task.parent === kernel.init) return true;
    const { group: parent } = task.parent;
    return parent.pgrp === pgrp || parent.session !== task.group.session;
  });
}

/** Whether the caller's group is orphaned. @see kernel/exit.c, is_current_pgrp_orphaned() */
export function isCurrentGroupOrphaned(kernel: Kernel, { group }: Task): boolean {
  return isOrphaned(kernel, group.pgrp, undefined);
}

/**
 * `task` is about to leave its parent `exiting` (or to exit itself, without one): SIGHUP and SIGCONT for
 * its group when that makes it orphaned and a member is stopped.
 * @see kernel/exit.c, kill_orphaned_pgrp(), v6.12
 */
export function killOrphanedGroup(kernel: Kernel, task: Task, exiting?: Task): void {
  const { pgrp, session } = task.group;
  const parent = exiting ?? task.parent;
  const ignored = exiting === undefined ? task : undefined;
  if (parent.group.pgrp === pgrp || parent.group.session !== session) return;
  if (!isOrphaned(kernel, pgrp, ignored)) return;
  const members = tasksOf(kernel, pgrp, 'pgid');
  if (!members.some(({ group }) => group.stopped)) return;
  for (const signal of [SIGNALS.SIGHUP, SIGNALS.SIGCONT]) {
    for (const member of members) sendSignal(member, { signal, from: 'kernel' }, 'process');
  }
}
