// PID namespaces and the struct pid that has a number in each of them, from the namespace it was made
// in up to the initial one.

import { assert, refuse, type Refusal } from '@forkless/errors';
import type { IdAllocator } from './id-allocator.ts';

/** Deepest level of a namespace; making one below it is refused. @see include/linux/pid_namespace.h */
export const MAX_PID_NS_LEVEL = 32;

/** Ids below this are handed out on the first pass only. @see kernel/pid.c, RESERVED_PIDS */
export const RESERVED_PIDS = 300;

/** The largest pid_max on 64 bits. @see include/linux/threads.h, PID_MAX_LIMIT */
export const PID_MAX_LIMIT = 4_194_304;

const PID_MAX_DEFAULT = 32_768;
const PIDS_PER_CPU_DEFAULT = 1024;
const PIDS_PER_CPU_MIN = 8;

/** The range of pid_max and its default for a machine of that many possible CPUs. */
export function pidMaxBounds(possibleCpuCount: number): {
  min: number;
  max: number;
  initial: number;
} {
  const min = Math.max(RESERVED_PIDS + 1, PIDS_PER_CPU_MIN * possibleCpuCount);
  const wanted = Math.max(PID_MAX_DEFAULT, PIDS_PER_CPU_DEFAULT * possibleCpuCount);
  return { min, max: PID_MAX_LIMIT, initial: Math.min(PID_MAX_LIMIT, wanted) };
}

/** As many as a pid can have. */
const NO_NUMBERS: readonly number[] = Array.from({ length: MAX_PID_NS_LEVEL + 1 }, () => 0);

/** A process id as the kernel holds it: one number a namespace level. */
export class Pid {
  /** The namespaces it has a number in, outermost first. */
  readonly namespaces: readonly PidNamespace[];
  /** The numbers, by level; 0 until taken. */
  readonly numbers: number[];
  /** Which of the machine's `struct pid` slots it lies in; slots are used again, the last one first. */
  readonly slot: number;
  /** Who holds it: its ids count as one until a grace period after they are gone; 0 once it is freed. */
  count = 1;
  /** Who uses it as what, in the hands of whoever has tasks. @see include/linux/pid.h, struct pid, tasks */
  tasks: unknown;

  constructor(namespace: PidNamespace, slot: number) {
    this.namespaces = namespace.chain;
    this.numbers = NO_NUMBERS.slice(0, namespace.level + 1);
    this.slot = slot;
  }

  /** The level of the namespace it was made in. */
  get level(): number {
    return this.numbers.length - 1;
  }
}

/** A PID namespace. */
export class PidNamespace {
  /** Its number among the machine's namespaces, the initial one 0. */
  readonly id: number;
  readonly level: number;
  readonly parent: PidNamespace | undefined;
  /** The namespaces from the initial one down to this. */
  readonly chain: readonly PidNamespace[];
  readonly ids: IdAllocator<Pid>;
  /** Ids handed out are below this. */
  pidMax: number;
  /** Published pids. */
  pidAllocated = 0;
  /** False once its init is gone: nothing more is published here. */
  open = true;
  /** The pid of its init, from whose death on nothing is allocated. */
  reaper: Pid | undefined;

  constructor(id: number, parent: PidNamespace | undefined, ids: IdAllocator<Pid>, pidMax: number) {
    this.id = id;
    this.level = parent === undefined ? 0 : parent.level + 1;
    this.parent = parent;
    this.chain = parent === undefined ? [this] : [...parent.chain, this];
    this.ids = ids;
    this.pidMax = pidMax;
  }
}

/**
 * Whether a namespace may be made below `parent`; ENOSPC when it would lie too deep.
 * @see kernel/pid_namespace.c, create_pid_namespace()
 */
export function refuseChildNamespace(parent: PidNamespace): Refusal<'ENOSPC'> | undefined {
  if (parent.level < MAX_PID_NS_LEVEL) return undefined;
  return refuse('ENOSPC', `a pid namespace below level ${MAX_PID_NS_LEVEL} is too deep`);
}

/** The number of `pid` in `namespace`, 0 where it cannot be seen. @see kernel/pid.c, pid_nr_ns() */
export function pidNumberIn(pid: Pid, namespace: PidNamespace): number {
  return pid.namespaces[namespace.level] === namespace ? pid.numbers[namespace.level]! : 0;
}

/**
 * Holds a pid, so that the struct stays when its ids are gone; also one that is dying, which a reader may
 * still see. @see include/linux/pid.h, get_pid()
 */
export function getPid(pid: Pid): Pid {
  assert(pid.count > 0, 'a pid that is freed is not held any more');
  pid.count++;
  return pid;
}

/** The pid with that number; undefined when there is none. @see kernel/pid.c, find_pid_ns() */
export function findPid(namespace: PidNamespace, number: number): Pid | undefined {
  return namespace.ids.find(number);
}

/** The pid with the lowest number ≥ `number`; `/proc` walks with it. @see kernel/pid.c, find_ge_pid() */
export function findGePid(namespace: PidNamespace, number: number): Pid | undefined {
  return namespace.ids.next(number)?.value;
}

/** What `ns_last_pid` reads. @see kernel/pid_namespace.c, pid_ns_ctl_handler() */
export function lastPid(namespace: PidNamespace): number {
  return namespace.ids.cursor - 1;
}

/** Writes `ns_last_pid`: the next id searched for is `number` + 1. EINVAL outside 0..pid_max. */
export function setLastPid(namespace: PidNamespace, number: number): Refusal<'EINVAL'> | undefined {
  if (!Number.isInteger(number) || number < 0 || number > namespace.pidMax) {
    return refuse('EINVAL', `ns_last_pid goes from 0 to ${namespace.pidMax}`);
  }
  namespace.ids.cursor = number + 1;
  return undefined;
}

/**
 * Sets a namespace's pid_max. EINVAL outside the bounds of the machine.
 * @see kernel/pid.c, pid_max of struct pid_namespace, v6.14; one for the machine before
 */
export function setPidMax(
  namespace: PidNamespace,
  pidMax: number,
  { min, max }: { readonly min: number; readonly max: number },
): Refusal<'EINVAL'> | undefined {
  if (!Number.isInteger(pidMax) || pidMax < min || pidMax > max) {
    return refuse('EINVAL', `pid_max goes from ${min} to ${max}`);
  }
  namespace.pidMax = pidMax;
  return undefined;
}

/** The init of a namespace is gone: what is not published yet never will be. */
export function closeNamespace(namespace: PidNamespace): void {
  assert(namespace.open, 'a namespace is closed once');
  namespace.open = false;
}
