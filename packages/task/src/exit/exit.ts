// The end of a task: what it holds is given back in the kernel's order, its children get another parent,
// and it stays as a zombie until somebody has waited for it.

import { leaveSemUndo } from '../ipc/semaphores.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { leaveSession } from '../jobs/hangup.ts';
import { leaveGroupStop } from '../signal/group-stop.ts';
import { beginGroupExit } from '../signal/send.ts';
import { putFiles, putFs } from '../task/parts.ts';
import type { Task } from '../task/task.ts';
import { clearChildTid, completeVfork } from './mm-release.ts';
import { notifyParent } from './notify-parent.ts';
import { killOrphanedGroup } from './orphaned-group.ts';
import { releaseTask } from './release.ts';
import { reparentChildren } from './reparent.ts';
import { needsZap, zapNamespace } from './zap-namespace.ts';

/** exit(2): the calling thread ends with that code. */
export function exit(kernel: Kernel, task: Task, code: number): void {
  exitTask(kernel, task, (code & 0xff) << 8);
}

/** exit_group(2): the whole process ends with that code. */
export function exitGroupWith(kernel: Kernel, task: Task, code: number): void {
  exitGroup(kernel, task, (code & 0xff) << 8);
}

/** The process ends with a wait status; its other threads as soon as they run. @see do_group_exit() */
export function exitGroup(kernel: Kernel, task: Task, status: number): void {
  const { group } = task;
  if (!group.exiting) beginGroupExit(task, status);
  exitTask(kernel, task, group.exitCode);
}

/** One thread ends with a wait status. @see kernel/exit.c, do_exit(), v6.12 */
export function exitTask(kernel: Kernel, task: Task, status: number): void {
  if (task.exiting) return;
  beginExit(task, status);
  letGoOfMemory(task);
  leaveSemUndo(task);
  letGoOfFiles(task);
  leaveGroups(kernel, task);
  exitNotify(kernel, task);
}

/** From here on the task is ending: no signal stops it, nobody makes it a parent. */
export function beginExit(task: Task, status: number): void {
  const { group } = task;
  task.exiting = true;
  leaveGroupStop(task);
  if (--group.live === 0) group.disarmTimers();
  task.exitCode = status;
}

/** Whoever waits in vfork goes on, and the last user of the memory unmaps it. @see exit_mm(), v6.12 */
export function letGoOfMemory(task: Task): void {
  clearChildTid(task);
  completeVfork(task);
  const { mm } = task;
  task.mm = null;
  mm?.put();
}

/** Descriptors and the place in the file system. @see exit_files(), exit_fs(), v6.12 */
export function letGoOfFiles(task: Task): void {
  const { files, fs } = task;
  task.files = null;
  if (files !== null) putFiles(files);
  task.fs = null;
  if (fs !== null) putFs(fs);
}

/** The terminal of a session leader, and the control groups. */
export function leaveGroups(kernel: Kernel, task: Task): void {
  if (task.group.live === 0) leaveSession(kernel, task);
  task.cgroups.unified.taskCount--;
  task.cgroups.pids.taskCount--;
}

/** The init of a namespace first ends everybody else in it, which may take until others have waited. */
function exitNotify(kernel: Kernel, task: Task): void {
  const finish = () => finishExit(kernel, task);
  if (needsZap(kernel, task)) zapNamespace(kernel, task, finish);
  else finish();
}

/** @see kernel/exit.c, exit_notify(), v6.12 */
function finishExit(kernel: Kernel, task: Task): void {
  const reaped = handOver(kernel, task);
  becomeZombie(task);
  if (tellParent(task)) releaseTask(kernel, task);
  for (const child of reaped) releaseTask(kernel, child);
}

/** The children get another parent; those come back whom nobody has to wait for. */
export function handOver(kernel: Kernel, task: Task): readonly Task[] {
  const reaped = reparentChildren(kernel, task);
  const { group } = task;
  if (group.live === 0) killOrphanedGroup(kernel, group.leader);
  return reaped;
}

/** The task can be waited for. */
export function becomeZombie(task: Task): void {
  task.exitState = 'zombie';
}

/** The parent is told of a process that is over; true when nobody has to wait for the task. */
export function tellParent(task: Task): boolean {
  return task === task.group.leader ? task.group.isSingle && notifyParent(task) : true;
}
