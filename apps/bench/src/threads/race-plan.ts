// What the threads of a race are told, and what of it lies in memory they share.

import type { LockingName, PidDesign } from '@forkless/pid';
import { ConfigError } from '@forkless/errors';
import { lockWords } from './futex-locks.ts';

/** A race as its threads are told of it: plain data and shared memory. */
export interface RacePlan {
  /** A name of the registry, or the path of a module that exports a `design`. */
  readonly design: string;
  readonly workerCount: number;
  /** Allocations and frees of each worker. */
  readonly operationCount: number;
  /** Ids each worker keeps. */
  readonly liveCount: number;
  /** Ids are below this. */
  readonly end: number;
  readonly lock: 'one-trip' | 'owner-cpu' | 'none';
  readonly seed: number;
  /** The worker of this number ends at once when half done, holding a lock; for the test of it. */
  readonly dyingWorker?: number;
  readonly shared: RaceMemory;
}

/** The memory of a race. */
export interface RaceMemory {
  /** The allocator's own words. */
  readonly state: Int32Array;
  readonly locks: Int32Array;
  /** By id, who holds it, plus one. */
  readonly holders: Int32Array;
  /** The ids a worker holds at the end, `liveCount` words each. */
  readonly held: Int32Array;
  /** The first word is set when the race is called off; then operations done, one word a worker. */
  readonly control: Int32Array;
}

/** Words between the counters of two workers. */
export const CONTROL_STRIDE = 16;

/** The lowest id that is handed out. */
export const ID_MIN = 300;

/** The locking a design races under: its own first one that threads have. */
export function raceLocking(design: PidDesign): RacePlan['lock'] {
  const isRaced = (name: LockingName): name is RacePlan['lock'] =>
    name === 'one-trip' || name === 'owner-cpu' || name === 'none';
  const lock = design.lockings.find(isRaced);
  if (lock === undefined) {
    throw new ConfigError(
      `allocator ${design.name}: expected a locking one-trip, owner-cpu or none, got ${design.lockings.join(', ')}`,
    );
  }
  return lock;
}

/** Lays out the memory of a race; the allocator's words are made by the design itself. */
export function layRace(design: PidDesign, plan: Omit<RacePlan, 'shared' | 'lock'>): RaceMemory {
  const { workerCount, end, liveCount } = plan;
  const words = (count: number) => new Int32Array(new SharedArrayBuffer(count * 4));
  const ids = design.create<number>({
    end,
    cpuCount: workerCount,
    place: 'shared',
    liveMax: workerCount * (liveCount + 2),
  });
  if (ids.words === undefined) {
    throw new ConfigError(
      `allocator ${design.name}: expected words that threads can share, got none`,
    );
  }
  const shardCount = ids.shards?.shardCount ?? 1;
  return {
    state: ids.words,
    locks: words(lockWords(shardCount + 1)),
    holders: words(end),
    held: words(workerCount * liveCount),
    control: words((workerCount + 1) * CONTROL_STRIDE),
  };
}
