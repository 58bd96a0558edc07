// How an allocator is guarded and where its memory comes from: parameters beside the design, because the
// thread about the next allocator argues about them apart from it.

import { ConfigError } from '@forkless/errors';
import type { LockSpec } from '@forkless/sim';
import type { LockingName } from './designs/design.ts';
import type { IdAllocator } from './id-allocator.ts';
import type { PidKernel } from './kernel-preset.ts';
import { BARN_LOCK, PIDFS_LOCK, PIDMAP_LOCK, STOCK_LOCK } from './pid-lines.ts';

/**
 * Where the objects come from that a call needs while it holds a lock:
 * - `preload`: they were set aside before it (IDR)
 * - `drop-and-retry`: the lock is dropped, the objects are made, and the search begins anew (XArray)
 * - `atomic`: they are made under the lock
 */
export type MemoryName = 'preload' | 'drop-and-retry' | 'atomic';

/** The slab allocator: with a shared slow path only, or behind per-CPU arrays of free objects. */
export type SlabName = 'slub' | 'sheaves';

/** Everything about a lock and memory that a path is built by. */
export interface PidLocking {
  /**
   * - `each-level`: one lock, a trip for each level and one to publish (until 6.18)
   * - `one-trip`: one lock, one trip for all (7.0)
   * - `per-namespace`: a lock a namespace, two trips through each (Foster's series of 2022)
   * - `owner-cpu`: a lock a CPU or group, one trip for all levels as long as its ranges last
   * - `none`: atomic operations alone
   */
  readonly lock: LockingName;
  readonly memory: MemoryName;
  readonly slab: SlabName;
}

/** The locking a kernel has of its own. */
export function lockingOf(kernel: PidKernel): PidLocking {
  const lock = kernel.allocTrips === 'one' ? 'one-trip' : 'each-level';
  return { lock, memory: 'preload', slab: 'slub' };
}

/** Throws a `ConfigError` for a locking the allocator cannot be run under. */
export function checkLocking(locking: PidLocking, ids: IdAllocator<unknown>): void {
  if (locking.lock === 'owner-cpu' && ids.shards === undefined) {
    throw new ConfigError(
      'locking owner-cpu: expected an allocator that falls into shards, got one that a single lock has to guard',
    );
  }
}

/** The locks a simulation of the paths has to be told of. */
export function pidLocks(
  locking: PidLocking,
  ids: IdAllocator<unknown>,
  namespaceCount: number,
): Readonly<Record<string, LockSpec>> {
  const counts: Readonly<Partial<Record<LockingName, number>>> = {
    'owner-cpu': ids.shards?.shardCount ?? 1,
    'per-namespace': namespaceCount,
  };
  const kind = 'queued';
  return {
    [PIDMAP_LOCK]: { kind, count: counts[locking.lock] ?? 1 },
    [STOCK_LOCK]: { kind },
    [PIDFS_LOCK]: { kind },
    [BARN_LOCK]: { kind },
  };
}
