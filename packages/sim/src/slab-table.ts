// Slab objects by cache and node: how many were allocated and freed where. Counts only; the cost of
// an allocation is a figure of the profile.

import type { SlabLedger } from './ledger.ts';
import type { CacheSymbol } from './program.ts';

/** The counts of every slab cache a program uses, on every node. */
export class SlabTable {
  readonly #caches: readonly CacheSymbol[];
  readonly #nodeCount: number;
  readonly #allocs: Float64Array;
  readonly #frees: Float64Array;

  constructor(caches: readonly CacheSymbol[], nodeCount: number) {
    this.#caches = caches;
    this.#nodeCount = nodeCount;
    this.#allocs = new Float64Array(caches.length * nodeCount);
    this.#frees = new Float64Array(caches.length * nodeCount);
  }

  /** Counts `count` objects of a cache allocated on a node. */
  alloc(cache: number, node: number, count: number): void {
    const at = cache * this.#nodeCount + node;
    this.#allocs[at] = this.#allocs[at]! + count;
  }

  /** Counts `count` objects of a cache freed by a CPU of a node. */
  free(cache: number, node: number, count: number): void {
    const at = cache * this.#nodeCount + node;
    this.#frees[at] = this.#frees[at]! + count;
  }

  /** A row for each cache and node with any traffic. */
  ledger(): SlabLedger[] {
    const rows: SlabLedger[] = [];
    this.#caches.forEach(({ name, bytes }, cache) => {
      for (let node = 0; node < this.#nodeCount; node++) {
        const allocs = this.#allocs[cache * this.#nodeCount + node]!;
        const frees = this.#frees[cache * this.#nodeCount + node]!;
        if (allocs + frees > 0) rows.push({ cache: name, node, objectBytes: bytes, allocs, frees });
      }
    });
    return rows;
  }
}
