// The time a process has run, its own and that of the children it has waited for. Nobody runs here: whoever
// plays the scheduler charges a task, and the sums follow from who shares, forks, ends and waits.

import type { Task } from '../task/task.ts';
import type { ThreadGroup } from '../task/thread-group.ts';

/** Time on a CPU, in ns, in user space and in the kernel. */
export interface CpuTime {
  userNs: number;
  systemNs: number;
}

/** What times(2) and getrusage(2) tell of a process. */
export interface ProcessTimes {
  /** All its threads, those that have ended too; the CPU-time clock of the process is the sum of both. */
  readonly self: Readonly<CpuTime>;
  /** Children it has waited for, and what those had waited for. */
  readonly children: Readonly<CpuTime>;
}

const NONE: Readonly<CpuTime> = { userNs: 0, systemNs: 0 };

/** A task has run for that long. */
export function chargeCpu(task: Task, { userNs, systemNs }: Readonly<CpuTime>): void {
  const { group } = task;
  task.cpuTime = sum(task.cpuTime, { userNs, systemNs });
  group.cpuTime = sum(group.cpuTime, { userNs, systemNs });
}

/** The CPU-time clock of one thread, in ns. @see kernel/fork.c, copy_process(): a new task has run 0 */
export function threadCpuTime({ cpuTime = NONE }: Task): Readonly<CpuTime> {
  return cpuTime;
}

/** times(2) of a process. @see kernel/sys.c, do_sys_times(), v6.12 */
export function processTimes({ group }: Task): ProcessTimes {
  return { self: group.cpuTime ?? NONE, children: group.childCpuTime ?? NONE };
}

/**
 * What a process has run counts for whoever has waited for it; nobody gets it when nobody had to wait.
 * @see kernel/exit.c, wait_task_zombie(), v6.12
 */
export function addChildTimes(waiter: ThreadGroup, child: ThreadGroup): void {
  for (const time of [child.cpuTime, child.childCpuTime]) {
    if (time !== undefined) waiter.childCpuTime = sum(waiter.childCpuTime, time);
  }
}

function sum(one: Readonly<CpuTime> = NONE, other: Readonly<CpuTime>): CpuTime {
  return { userNs: one.userNs + other.userNs, systemNs: one.systemNs + other.systemNs };
}
