// The plainest allocator that follows the rules: a Map, searched one id at a time. It touches no lines.

import { refuse } from '@forkless/errors';
import type { IdAllocator } from '../../src/index.ts';

/** A slow, obvious `IdAllocator`. */
export class SortedIds<T> implements IdAllocator<T> {
  readonly slab = { cache: 'none', bytes: 8 };
  readonly traffic = { reads: [], writes: [], objectsMade: 0, objectsFreed: 0 };
  readonly #taken = new Map<number, T | undefined>();
  cursor = 0;

  allocCyclic(min: number, end: number) {
    for (const [from, to] of [
      [Math.max(min, this.cursor), end],
      [min, Math.min(end, this.cursor)],
    ] as const) {
      for (let id = from; id < to; id++) {
        if (this.#taken.has(id)) continue;
        this.#taken.set(id, undefined);
        this.cursor = id + 1;
        return id;
      }
    }
    return refuse('ENOSPC', 'all taken');
  }

  allocExact(id: number) {
    if (this.#taken.has(id)) return refuse('ENOSPC', 'taken');
    this.#taken.set(id, undefined);
    return id;
  }

  publish(id: number, value: T) {
    this.#taken.set(id, value);
  }

  free(id: number) {
    this.#taken.delete(id);
  }

  find(id: number) {
    return this.#taken.get(id);
  }

  next(from: number) {
    const published = [...this.#taken].filter(([id, value]) => id >= from && value !== undefined);
    const entry = published.toSorted(([a], [b]) => a - b)[0];
    return entry && { id: entry[0], value: entry[1]! };
  }
}
