// Timers of timer_create: a process has them under small numbers, a child starts without any, and exec
// deletes them. MODEL: nothing expires, as there is no clock; whether a timer runs is all that is kept.

import { refuse, type Refusal } from '@forkless/errors';
import type { Task } from '../task/task.ts';

/** A timer of a process. */
export interface PosixTimer {
  readonly clock: number;
  isArmed: boolean;
}

/** Clocks a timer can be made on: real time, monotonic, both CPU times, boot time, TAI. */
const CLOCKS: ReadonlySet<number> = new Set([0, 1, 2, 3, 7, 11]);

/** timer_create(2): its number. EINVAL for a clock that is none. @see kernel/time/posix-timers.c, v6.12 */
export function timerCreate({ group }: Task, clock: number): number | Refusal<'EINVAL'> {
  if (!CLOCKS.has(clock)) return refuse('EINVAL', `no timer runs on clock ${clock}`);
  const timers = (group.posixTimers ??= new Map());
  const number = group.nextTimer++;
  timers.set(number, { clock, isArmed: false });
  return number;
}

/** timer_settime(2), as far as armed or not. EINVAL for a number that is no timer of the process. */
export function timerArm(task: Task, number: number, isArmed: boolean): Refusal<'EINVAL'> | null {
  const timer = timerAt(task, number);
  if ('ok' in timer) return timer;
  timer.isArmed = isArmed;
  return null;
}

/** The timer with that number; EINVAL when the process has none. */
export function timerAt({ group }: Task, number: number): PosixTimer | Refusal<'EINVAL'> {
  return group.posixTimers?.get(number) ?? refuse('EINVAL', `the process has no timer ${number}`);
}

/** timer_delete(2). EINVAL for a number that is no timer of the process. */
export function timerDelete({ group }: Task, number: number): Refusal<'EINVAL'> | null {
  const isGone = group.posixTimers?.delete(number) === true;
  return isGone ? null : refuse('EINVAL', `the process has no timer ${number}`);
}

/** Exec takes all of them away; interval timers stay. @see kernel/time/posix-timers.c, exit_itimers() */
export function deleteTimers({ group }: Task): void {
  group.posixTimers?.clear();
}
