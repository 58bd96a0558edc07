// Process groups and sessions: who may move whom where.

import { refuse, type Refusal } from '@forkless/errors';
import { pidNumberIn } from '@forkless/pid';
import type { Kernel } from '../kernel/kernel.ts';
import { attachPid, detachPid, pidHasTask, pidTask } from '../task/pid-links.ts';
import { pidNamespaceOf, type Task } from '../task/task.ts';

/** The errnos of setpgid. */
export type SetpgidErrno = 'EACCES' | 'EINVAL' | 'EPERM' | 'ESRCH';

/**
 * setpgid(2): moves the caller, or a child of it that has not run exec, into a group of the session; 0
 * stands for the caller and for a group of the process's own.
 * @see kernel/sys.c, SYSCALL_DEFINE2(setpgid), v6.12
 */
export function setpgid(
  kernel: Kernel,
  caller: Task,
  number: number,
  groupNumber: number,
): Refusal<SetpgidErrno> | undefined {
  const asked = groupNumber === 0 ? number : groupNumber;
  if (asked < 0) return refuse('EINVAL', `${asked} is no group number`);
  const target = number === 0 ? caller.group.leader : kernel.find(caller, number);
  if (target === undefined) return refuse('ESRCH', `there is no process ${number}`);
  const refusal = refuseMove(caller, target);
  if (refusal !== undefined) return refusal;
  const { group } = target;
  let pgrp = target.pid;
  if (groupNumber !== 0 && groupNumber !== numberSeenBy(target, caller)) {
    const wanted = kernel.findPid(caller, groupNumber);
    const member = wanted && pidTask(kernel, wanted, 'pgid');
    if (wanted === undefined || member?.group.session !== caller.group.session) {
      return refuse('EPERM', `group ${groupNumber} is not of the session`);
    }
    pgrp = wanted;
  }
  moveToGroup(kernel, group.leader, pgrp);
  return undefined;
}

function refuseMove(caller: Task, target: Task): Refusal<SetpgidErrno> | undefined {
  const { group } = target;
  if (group.leader !== target) return refuse('EINVAL', 'a thread is in the group of its process');
  if (target.parent.group === caller.group) {
    if (group.session !== caller.group.session) {
      return refuse('EPERM', 'the child is in another session');
    }
    if (!target.forkedNoExec) return refuse('EACCES', 'the child has run exec');
  } else if (group !== caller.group) {
    return refuse('ESRCH', 'neither the caller nor a child of it');
  }
  return group.isSessionLeader
    ? refuse('EPERM', 'the leader of a session stays in its group')
    : undefined;
}

function moveToGroup(kernel: Kernel, leader: Task, pgrp: Task['pid']): void {
  const { group } = leader;
  const old = group.pgrp;
  if (old === pgrp) return;
  group.pgrp = pgrp;
  attachPid(kernel, leader, 'pgid', pgrp);
  detachPid(kernel, leader, 'pgid', old);
}

function numberSeenBy(target: Task, viewer: Task): number {
  return pidNumberIn(target.pid, pidNamespaceOf(viewer));
}

/** setsid(2): the number of the new session; EPERM for the leader of a group. @see ksys_setsid() */
export function setsid(kernel: Kernel, caller: Task): number | Refusal<'EPERM'> {
  const { group } = caller;
  const { leader } = group;
  if (group.isSessionLeader) return refuse('EPERM', 'the caller leads a session already');
  if (pidHasTask(kernel, leader.pid, 'pgid')) {
    return refuse('EPERM', "a group has the caller's number");
  }
  group.isSessionLeader = true;
  const old = group.session;
  group.session = leader.pid;
  attachPid(kernel, leader, 'sid', leader.pid);
  detachPid(kernel, leader, 'sid', old);
  moveToGroup(kernel, leader, leader.pid);
  group.tty = undefined;
  return numberSeenBy(leader, caller);
}

/** getpgid(2) and getsid(2); 0 when the number cannot be seen. ESRCH without such a process. */
export function groupNumberOf(
  kernel: Kernel,
  caller: Task,
  number: number,
  which: 'pgrp' | 'session',
): number | Refusal<'ESRCH'> {
  const target = number === 0 ? caller : kernel.find(caller, number);
  if (target === undefined) return refuse('ESRCH', `there is no process ${number}`);
  return pidNumberIn(target.group[which], pidNamespaceOf(caller));
}
