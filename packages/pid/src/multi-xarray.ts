// Several XArrays that share one lock, after a plan that Matthew Wilcox names in the thread of
// 2025-11-23: each holds the ids of one part of the space, and so is one level lower than one for all.

import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import { arenaByteLength, XArray } from '@forkless/xarray';
import { noneFree } from './designs/bitmap-hash.ts';
import type { DesignOptions } from './designs/design.ts';
import type { IdAllocator, IdEntry, Traffic } from './id-allocator.ts';
import { NODE_SLAB, NodeLines } from './node-lines.ts';

/** Ids of a part: what a tree of three levels reaches. */
const PART_IDS = 64 ** 3;

/** Lines that one part's nodes are numbered by at most. */
const PART_LINES = 2 ** 17;

/** Options of `MultiXArrayIds`. */
export interface MultiXArrayOptions extends DesignOptions {
  /** Ids of a part; 64³ when left out. */
  readonly partIds?: number;
}

/** Ids from several XArrays. Every call is O(log64 of a part), a search O(parts) besides. */
export class MultiXArrayIds<T> implements IdAllocator<T> {
  readonly kind = 'xarray';
  readonly slab = NODE_SLAB;
  readonly #lines = new NodeLines();
  readonly #partIds: number;
  readonly #parts: readonly XArray<T>[];
  cursor = 0;

  constructor({ end, notesTraffic = false, partIds = PART_IDS }: MultiXArrayOptions) {
    const options = { kind: 'alloc' as const, ...(notesTraffic ? { observer: this.#lines } : {}) };
    this.#partIds = partIds;
    this.#parts = Array.from({ length: Math.ceil(end / partIds) }, () => new XArray<T>(options));
  }

  get traffic(): Traffic {
    return this.#lines;
  }

  get stateBytes(): number {
    return this.#parts.reduce((sum, part) => sum + arenaByteLength(part.nodeCount), 0);
  }

  allocCyclic(min: number, end: number): number | Refusal<'ENOSPC'> {
    this.#lines.begin();
    const from = Math.max(this.cursor, min);
    let id = this.#take(from, end);
    if (id < 0) id = this.#take(min, Math.min(from, end));
    if (id < 0) return noneFree(min, end);
    this.cursor = id + 1;
    return id;
  }

  allocExact(id: number): number | Refusal<'ENOSPC'> {
    this.#lines.begin();
    const refused = this.#partOf(id).insert(id % this.#partIds, null);
    return isRefusal(refused) ? refuse('ENOSPC', `id ${id} is taken`) : id;
  }

  publish(id: number, value: T): void {
    this.#lines.begin();
    this.#partOf(id).store(id % this.#partIds, value);
  }

  free(id: number): void {
    this.#lines.begin();
    this.#partOf(id).erase(id % this.#partIds);
  }

  find(id: number): T | undefined {
    this.#lines.begin();
    return this.#partOf(id).load(id % this.#partIds) ?? undefined;
  }

  next(from: number): IdEntry<T> | undefined {
    this.#lines.begin();
    for (let at = from; at < this.#parts.length * this.#partIds;) {
      const base = at - (at % this.#partIds);
      const found = this.#partOf(at).find(at - base);
      if (found !== undefined) return { id: base + Number(found.index), value: found.value };
      at = base + this.#partIds;
    }
    return undefined;
  }

  /** Takes the first free id from `from` to below `end`, −1 when there is none. */
  #take(from: number, end: number): number {
    const last = Math.min(end, this.#parts.length * this.#partIds);
    for (let at = from; at < last;) {
      const base = at - (at % this.#partIds);
      const high = Math.min(this.#partIds, last - base) - 1;
      const index = this.#partOf(at).alloc(null, at - base, high);
      if (typeof index === 'number') return base + index;
      at = base + this.#partIds;
    }
    return -1;
  }

  #partOf(id: number): XArray<T> {
    const part = Math.floor(id / this.#partIds);
    this.#lines.from = part * PART_LINES;
    return this.#parts[part]!;
  }
}
