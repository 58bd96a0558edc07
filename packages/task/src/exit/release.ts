// The last of a task: it leaves the tables, its number may be used again, and a leader whose threads are
// all gone is at last reported.

import { assert } from '@forkless/errors';
import type { Kernel } from '../kernel/kernel.ts';
import { detachPid } from '../task/pid-links.ts';
import type { Task } from '../task/task.ts';
import { notifyParent } from './notify-parent.ts';

/** Takes a task that has ended out of everything. @see kernel/exit.c, release_task(), v6.12 */
export function releaseTask(kernel: Kernel, task: Task): void {
  assert(task.exitState !== 'none', 'a task is released once it has ended');
  task.exitState = 'dead';
  kernel.ucounts.of(task.cred.userNs, task.cred.uid).addTasks(-1);
  task.cgroups.pids.charge(-1);
  task.sighand.users--;
  const { group } = task;
  const isLeader = task === group.leader;
  removeFrom(group.threads, task);
  kernel.tasks.delete(task);
  if (isLeader) {
    removeFrom(task.parent.children, task);
    detachPid(kernel, task, 'tgid', task.pid);
    detachPid(kernel, task, 'pgid', group.pgrp);
    detachPid(kernel, task, 'sid', group.session);
  }
  detachPid(kernel, task, 'pid', task.pid);
  if (!isLeader) reportLeader(kernel, group.leader);
}

/** The last thread is gone: a leader that ended before is told of now. */
function reportLeader(kernel: Kernel, leader: Task): void {
  if (!leader.group.isSingle || leader.exitState !== 'zombie') return;
  if (notifyParent(leader)) releaseTask(kernel, leader);
}

function removeFrom(list: Task[], task: Task): void {
  const at = list.lastIndexOf(task);
  if (at === list.length - 1) list.pop();
  else if (at >= 0) list.splice(at, 1);
}
