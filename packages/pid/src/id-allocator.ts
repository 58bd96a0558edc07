// The small interface every PID allocator stands behind. A design says, besides its answers, which
// cache lines its last call touched and how many slab objects it made and freed, so that a path can
// charge for them; nothing in a design knows about locks or time.

import type { Refusal } from '@forkless/errors';

/** What the last call of an allocator did to memory. Arrays are used again by the next call. */
export interface Traffic {
  /** Lines read, numbered by the allocator. */
  readonly reads: readonly number[];
  /** Lines written. */
  readonly writes: readonly number[];
  /** Slab objects the call made and freed. */
  readonly objectsMade: number;
  readonly objectsFreed: number;
}

/** An id with what is stored under it. */
export interface IdEntry<T> {
  readonly id: number;
  readonly value: T;
}

/** Hands out small integers and finds what is stored under them. Ids go from 0 to 2^31 − 1. */
export interface IdAllocator<T> {
  /** The slab cache its objects come from, and their size in bytes. */
  readonly slab: { readonly cache: string; readonly bytes: number };
  /** What the last call did to memory. */
  readonly traffic: Traffic;
  /** The id after the one handed out last; where the next cyclic search begins. */
  cursor: number;
  /**
   * Takes the first free id at or after the cursor, below `end`, then from `min` on; stores nothing
   * under it yet, so that no lookup finds it. ENOSPC when all are taken.
   */
  allocCyclic(min: number, end: number): number | Refusal<'ENOSPC'>;
  /** Takes exactly `id`, leaving the cursor alone; ENOSPC when it is taken. */
  allocExact(id: number): number | Refusal<'ENOSPC'>;
  /** Stores a value under a taken id. */
  publish(id: number, value: T): void;
  /** Gives an id back. Harmless when it is free. */
  free(id: number): void;
  /** What is published under `id`. */
  find(id: number): T | undefined;
  /** The lowest published id at or above `from`. */
  next(from: number): IdEntry<T> | undefined;
}
