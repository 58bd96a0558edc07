// System V semaphores, as far as processes are told apart by them: sets belong to an ipc namespace, and a
// task keeps what would undo its operations, for itself or shared by CLONE_SYSVSEM.

import { refuse, type Refusal } from '@forkless/errors';
import type { Kernel } from '../kernel/kernel.ts';
import type { Task } from '../task/task.ts';

export const IPC_NOWAIT = 0o4000;
export const SEM_UNDO = 0x1000;
/** Most semaphores in a set, most operations in a call, and the largest value. */
const SEMMSL = 32_000;
const SEMOPM = 500;
const SEMVMX = 32_767;

/** The semaphores of a namespace: values by set number. */
export type SemaphoreSets = Map<number, number[]>;

/** What would undo the operations of the tasks that share it. @see ipc/sem.c, struct sem_undo_list */
export class SemUndo {
  users = 1;
  /** Adjustments by set and semaphore. */
  readonly adjustments = new Map<number[], number[]>();

  of(set: number[]): number[] {
    let adjustments = this.adjustments.get(set);
    if (adjustments === undefined) {
      this.adjustments.set(set, (adjustments = set.map(() => 0)));
    }
    return adjustments;
  }
}

/** One operation of semop. */
export interface SemOperation {
  readonly semaphore: number;
  readonly change: number;
  /** IPC_NOWAIT, SEM_UNDO. */
  readonly flags: number;
}

/** The operation sleeps until another task has changed a semaphore. */
export const SEM_SLEEPS = 'sleeps';

/** semget(2) for a new private set of `count` semaphores, all 0: its number. EINVAL for a bad count. */
export function semget(kernel: Kernel, caller: Task, count: number): number | Refusal<'EINVAL'> {
  if (count <= 0 || count > SEMMSL) return refuse('EINVAL', `a set has 1 to ${SEMMSL} semaphores`);
  const sets = setsOf(kernel, caller);
  const number = sets.size;
  sets.set(
    number,
    Array.from({ length: count }, () => 0),
  );
  return number;
}

/** The value of one semaphore. EINVAL without such a set or semaphore. @see semctl(2), GETVAL */
export function semValue(
  kernel: Kernel,
  caller: Task,
  number: number,
  at: number,
): number | Refusal<'EINVAL'> {
  return setsOf(kernel, caller).get(number)?.[at] ?? refuse('EINVAL', 'no such semaphore');
}

/**
 * semop(2): all of the operations or none. E2BIG for more than 500, EFBIG for a semaphore beyond the set,
 * EINVAL without such a set, ERANGE for a value above 32767, EAGAIN with IPC_NOWAIT where it would sleep.
 * @see ipc/sem.c, __do_semtimedop(), perform_atomic_semop(), v6.12
 */
export function semop(
  kernel: Kernel,
  caller: Task,
  number: number,
  operations: readonly SemOperation[],
): Refusal<'E2BIG' | 'EAGAIN' | 'EFBIG' | 'EINVAL' | 'ERANGE'> | typeof SEM_SLEEPS | null {
  if (operations.length === 0) return refuse('EINVAL', 'no operation');
  if (operations.length > SEMOPM) return refuse('E2BIG', `more than ${SEMOPM} operations`);
  const set = setsOf(kernel, caller).get(number);
  if (set === undefined) return refuse('EINVAL', `there is no set ${number}`);
  if (operations.some(({ semaphore }) => semaphore >= set.length)) {
    return refuse('EFBIG', 'a semaphore beyond the set');
  }
  const values = [...set];
  for (const { semaphore, change, flags } of operations) {
    const value = values[semaphore]! + change;
    const waits = change === 0 ? values[semaphore] !== 0 : value < 0;
    if (waits) {
      return (flags & IPC_NOWAIT) === 0 ? SEM_SLEEPS : refuse('EAGAIN', 'it would sleep');
    }
    if (value > SEMVMX) return refuse('ERANGE', `a value above ${SEMVMX}`);
    values[semaphore] = value;
  }
  for (const [at, value] of values.entries()) set[at] = value;
  for (const { semaphore, change, flags } of operations) {
    if ((flags & SEM_UNDO) !== 0) (caller.semUndo ??= new SemUndo()).of(set)[semaphore]! -= change;
  }
  return null;
}

/** CLONE_SYSVSEM: both undo together from now on. @see ipc/sem.c, copy_semundo(), v6.12 */
export function shareSemUndo(caller: Task, child: Task): void {
  child.semUndo = caller.semUndo ??= new SemUndo();
  child.semUndo.users++;
}

/**
 * A task lets go of its undo list; the last one that shares it undoes. A value stays between 0 and 32767.
 * @see ipc/sem.c, exit_sem(), v6.12
 */
export function leaveSemUndo(task: Task): void {
  const { semUndo } = task;
  if (semUndo === undefined) return;
  task.semUndo = undefined;
  if (--semUndo.users > 0) return;
  for (const [set, adjustments] of semUndo.adjustments) {
    for (const [at, change] of adjustments.entries()) {
      set[at] = Math.min(Math.max(set[at]! + change, 0), SEMVMX);
    }
  }
}

function setsOf({ semaphores }: Kernel, { nsproxy }: Task): SemaphoreSets {
  let sets = semaphores.get(nsproxy.ipc);
  if (sets === undefined) semaphores.set(nsproxy.ipc, (sets = new Map()));
  return sets;
}
