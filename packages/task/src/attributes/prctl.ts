// What a process says about itself with prctl: what it gets when its parent ends, whose orphans it takes,
// its name, and what it gives up.

import { refuse, type Refusal } from '@forkless/errors';
import type { Task } from '../task/task.ts';
import { isSignal } from '../uapi/signals.ts';

const COMM_LENGTH = 15;

/** PR_SET_PDEATHSIG; 0 is none. @see kernel/sys.c, SYSCALL_DEFINE5(prctl), v6.12 */
export function setPdeathSignal(task: Task, signal: number): Refusal<'EINVAL'> | undefined {
  if (signal !== 0 && !isSignal(signal)) return refuse('EINVAL', `${signal} is no signal`);
  task.pdeathSignal = signal;
  return undefined;
}

/**
 * PR_SET_CHILD_SUBREAPER: the process takes the orphans below it. Descendants note that a search for one
 * is worth it. O(descendants) when set.
 * @see kernel/sys.c, propagate_has_child_subreaper(), v6.12
 */
export function setChildSubreaper({ group }: Task, on: boolean): void {
  group.isChildSubreaper = on;
  if (!on) return;
  const below = group.threads.flatMap(({ children }) => children);
  for (let child = below.pop(); child !== undefined; child = below.pop()) {
    const { group: process } = child;
    // Whoever has it has told those below; the init of a namespace takes its own orphans.
    if (process.hasChildSubreaper || process.unkillable) continue;
    process.hasChildSubreaper = true;
    below.push(...process.threads.flatMap(({ children }) => children));
  }
}

/** PR_SET_NAME: the first 15 bytes. */
export function setName(task: Task, name: string): void {
  task.comm = name.slice(0, COMM_LENGTH);
}

/** PR_SET_NO_NEW_PRIVS: only ever on. */
export function setNoNewPrivs(task: Task, value: number): Refusal<'EINVAL'> | undefined {
  if (value !== 1) return refuse('EINVAL', 'it can only be set');
  task.noNewPrivs = true;
  return undefined;
}

/** PR_SET_DUMPABLE: 0 or 1. */
export function setDumpable({ mm }: Task, value: number): Refusal<'EINVAL'> | undefined {
  if (value !== 0 && value !== 1) return refuse('EINVAL', 'neither 0 nor 1');
  if (mm !== null) mm.dumpable = value;
  return undefined;
}

/** PR_SET_TIMERSLACK in ns; 0 is the default. */
export function setTimerSlack(task: Task, slackNs: number): void {
  task.timerSlackNs = slackNs > 0 ? slackNs : 50_000;
}
