// Who uses a pid, and as what: as its own number, as its process's, as its group's, as its session's. A
// number is free again when none of them is left, so a group outlives its leader.

import type { Pid } from '@forkless/pid';
import type { Kernel } from '../kernel/kernel.ts';
import type { Task } from './task.ts';

/** What a pid can be to a task. @see include/linux/pid.h, enum pid_type */
export type PidType = 'pid' | 'tgid' | 'pgid' | 'sid';

/** The users of one pid. Of a group and a session these are the leaders of processes. */
export interface PidLinks {
  /** One task has it as its number, and that of its process. */
  pid: Task | undefined;
  tgid: Task | undefined;
  /** Made with the first one. */
  pgid: Set<Task> | undefined;
  sid: Set<Task> | undefined;
}

/** `task` uses `pid` as that. @see kernel/pid.c, attach_pid() */
export function attachPid(kernel: Kernel, task: Task, type: PidType, pid: Pid): void {
  let links = kernel.linksOf(pid);
  if (links === undefined) {
    links = { pid: undefined, tgid: undefined, pgid: undefined, sid: undefined };
    pid.tasks = links;
  }
  if (type === 'pid' || type === 'tgid') links[type] = task;
  else (links[type] ??= new Set()).add(task);
}

/** `task` no longer uses `pid` as that; with its last user the number is free. */
export function detachPid(kernel: Kernel, task: Task, type: PidType, pid: Pid): void {
  const links = kernel.linksOf(pid);
  if (links === undefined) return;
  if (type === 'pgid' || type === 'sid') links[type]?.delete(task);
  else if (links[type] === task) links[type] = undefined;
  if (isUsed(links)) return;
  pid.tasks = undefined;
  kernel.freePid(pid);
}

function isUsed({ pid, tgid, pgid, sid }: PidLinks): boolean {
  const leaders = (pgid?.size ?? 0) + (sid?.size ?? 0);
  return pid !== undefined || tgid !== undefined || leaders > 0;
}

/** The tasks that use `pid` as that, oldest first. */
export function tasksOf(kernel: Kernel, pid: Pid, type: PidType): readonly Task[] {
  const users = kernel.linksOf(pid)?.[type];
  if (users === undefined) return [];
  return users instanceof Set ? [...users] : [users];
}

/** Whether any task uses `pid` as that. @see include/linux/pid.h, pid_has_task() */
export function pidHasTask(kernel: Kernel, pid: Pid, type: PidType): boolean {
  return pidTask(kernel, pid, type) !== undefined;
}

/** The first task that uses `pid` as that. @see kernel/pid.c, pid_task() */
export function pidTask(kernel: Kernel, pid: Pid, type: PidType): Task | undefined {
  const users = kernel.linksOf(pid)?.[type];
  if (!(users instanceof Set)) return users;
  for (const task of users) return task;
  return undefined;
}
