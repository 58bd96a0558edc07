// The small interface every PID allocator stands behind. A design says, besides its answers, which
// cache lines its last call touched and how many slab objects it made and freed, so that a path can
// charge for them; nothing in a design knows about locks or time.

import type { Refusal } from '@forkless/errors';
import type { LineSet } from '@forkless/sim';

/** What the last call of an allocator did to memory. The sets are used again by the next call. */
export interface Traffic {
  /** Lines read, numbered by the allocator. */
  readonly reads: LineSet;
  /** Lines written. */
  readonly writes: LineSet;
  /** Slab objects the call made and freed. */
  readonly objectsMade: number;
  readonly objectsFreed: number;
}

/** An id with what is stored under it. */
export interface IdEntry<T> {
  readonly id: number;
  readonly value: T;
}

/** A shard that cannot be had: a refill would find nothing. */
export const NO_DONOR = -2;
/** The common stock, which is no shard's and is guarded by the shared lock. */
export const COMMON_STOCK = -1;

/**
 * How an allocator falls into shards, each with a lock of its own. A CPU takes ids from its home shard
 * under that shard's lock. What needs more than that is a refill, or giving something back: then the
 * shared lock is held, and after it those of the shards. Only a holder of the shared lock holds two.
 */
export interface IdShards {
  readonly shardCount: number;
  /** The shard a CPU allocates from next. */
  homeOf(cpu: number): number;
  /** The shard whose lock guards a taken id, or a free one that is asked for by number. */
  ownerOf(id: number, cpu: number): number;
  /** Where the next search of a CPU begins. */
  cursorOf(cpu: number): number;
  /** Whether the home shard cannot serve an allocation. Caller holds the home shard's lock. */
  needsRefill(cpu: number, min: number, end: number): boolean;
  /**
   * The shard a refill would take from, `COMMON_STOCK`, or `NO_DONOR`. Caller holds the shared lock and
   * the home shard's.
   */
  donorFor(cpu: number, min: number, end: number): number;
  /** Gets the home shard something to take from. Caller holds those locks and the donor's. */
  refill(cpu: number, min: number, end: number): void;
  /** Frees an id, and says whether there is something to give back. Caller holds the owner's lock. */
  freeOwned(id: number): boolean;
  /** Gives back what an id lay in, if still nobody uses it. Caller holds the shared and owner's lock. */
  giveBack(id: number): void;
}

/** What the work of an allocator is like: a profile has figures for each kind. */
export type IdKind = 'radix' | 'xarray' | 'bitmap' | 'ranges';

/** Hands out small integers and finds what is stored under them. Ids go from 0 to 2^31 − 1. */
export interface IdAllocator<T> {
  /** The slab cache its objects come from, and their size in bytes. */
  readonly slab: { readonly cache: string; readonly bytes: number };
  /** `radix` when left out. */
  readonly kind?: IdKind;
  /** What the last call did to memory. */
  readonly traffic: Traffic;
  /** The id after the one handed out last; where the next cyclic search begins. */
  cursor: number;
  /** Absent where one lock has to guard it all. */
  readonly shards?: IdShards;
  /** The words the state lies in, where another thread could go on with them. */
  readonly words?: Int32Array;
  /** Bytes of the state, without what is stored. */
  readonly stateBytes?: number;
  /**
   * Takes a free id from `min` to below `end` for a CPU (0 when left out), a cyclic design the first
   * one at or after the cursor; stores nothing under it yet, so that no lookup finds it. ENOSPC when
   * all are taken.
   */
  allocCyclic(min: number, end: number, cpu?: number): number | Refusal<'ENOSPC'>;
  /** Takes exactly `id`, leaving the cursor alone; ENOSPC when it is taken. */
  allocExact(id: number, cpu?: number): number | Refusal<'ENOSPC'>;
  /** Stores a value under a taken id that has none yet. */
  publish(id: number, value: T): void;
  /** Gives an id back. Harmless when it is free. */
  free(id: number): void;
  /** What is published under `id`. */
  find(id: number): T | undefined;
  /** The lowest published id at or above `from`. */
  next(from: number): IdEntry<T> | undefined;
}
