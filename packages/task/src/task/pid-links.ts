// Who uses a pid, and as what: as its own number, as its process's, as its group's, as its session's. A
// number is free again when none of them is left, so a group outlives its leader.

import type { Pid } from '@forkless/pid';
import type { Kernel } from '../kernel/kernel.ts';
import type { Task } from './task.ts';

/** What a pid can be to a task. @see include/linux/pid.h, enum pid_type */
export type PidType = 'pid' | 'tgid' | 'pgid' | 'sid';

/** The users of one pid. Of a group and a session these are the leaders of processes. */
export interface PidLinks {
  readonly pid: Set<Task>;
  readonly tgid: Set<Task>;
  readonly pgid: Set<Task>;
  readonly sid: Set<Task>;
}

/** `task` uses `pid` as that. @see kernel/pid.c, attach_pid() */
export function attachPid(kernel: Kernel, task: Task, type: PidType, pid: Pid): void {
  let links = kernel.pidLinks.get(pid);
  if (links === undefined) {
    links = {
      pid: new Set(),
      tgid: new Set(),
      pgid: new Set(),
      sid: new Set(),
    };
    kernel.pidLinks.set(pid, links);
  }
  links[type].add(task);
}

/** `task` no longer uses `pid` as that; with its last user the number is free. */
export function detachPid(kernel: Kernel, task: Task, type: PidType, pid: Pid): void {
  const links = kernel.pidLinks.get(pid);
  if (links === undefined) return;
  links[type].delete(task);
  if (links.pid.size + links.tgid.size + links.pgid.size + links.sid.size > 0) return;
  kernel.pidLinks.delete(pid);
  kernel.freePid(pid);
}

/** The tasks that use `pid` as that, oldest first. */
export function tasksOf(kernel: Kernel, pid: Pid, type: PidType): readonly Task[] {
  return [...(kernel.pidLinks.get(pid)?.[type] ?? [])];
}

/** Whether any task uses `pid` as that. @see include/linux/pid.h, pid_has_task() */
export function pidHasTask(kernel: Kernel, pid: Pid, type: PidType): boolean {
  return (kernel.pidLinks.get(pid)?.[type].size ?? 0) > 0;
}

/** The first task that uses `pid` as that. @see kernel/pid.c, pid_task() */
export function pidTask(kernel: Kernel, pid: Pid, type: PidType): Task | undefined {
  const links = kernel.pidLinks.get(pid);
  if (links === undefined) return undefined;
  for (const task of links[type]) return task;
  return undefined;
}
