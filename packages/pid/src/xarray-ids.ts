// What is to replace the IDR: an XArray, in which a taken id is a reservation until it is published.

import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import { arenaByteLength, XArray, type XaCyclic } from '@forkless/xarray';
import { noneFree } from './designs/bitmap-hash.ts';
import type { DesignOptions } from './designs/design.ts';
import { LINE_WORDS } from './designs/line-words.ts';
import type { IdAllocator, IdEntry, Traffic } from './id-allocator.ts';
import { NODE_SLAB, NodeLines } from './node-lines.ts';
import { treeWords } from './tree-place.ts';

/**
 * Ids from an XArray. Every call is O(log64 of the largest id).
 * @see lib/xarray.c, v6.12; B. Foster, "[PATCH v3 0/5] pid: replace idr api with xarray", 2022-12-02
 */
export class XArrayIds<T> implements IdAllocator<T> {
  readonly kind = 'xarray';
  readonly slab = NODE_SLAB;
  readonly words: Int32Array;
  readonly #lines = new NodeLines();
  readonly #isNoting: boolean = false;
  readonly #array: XArray<T>;
  readonly #cyclic: XaCyclic;

  constructor(options: DesignOptions) {
    const words = treeWords(options);
    this.#isNoting = Boolean(options.notesTraffic);
    this.words = words ?? new Int32Array(LINE_WORDS);
    this.#array = new XArray<T>({
      kind: 'alloc',
      ...(this.#isNoting ? { observer: this.#lines } : {}),
      ...(words === undefined ? {} : { buffer: words.buffer, values: 'integers' }),
    });
    this.#cyclic = cursorIn(this.words.subarray(this.words.length - LINE_WORDS));
  }

  get traffic(): Traffic {
    return this.#lines;
  }

  get stateBytes(): number {
    return arenaByteLength(this.#array.nodeCount);
  }

  get cursor(): number {
    return this.#cyclic.next;
  }

  set cursor(cursor: number) {
    this.#cyclic.next = cursor;
  }

  allocCyclic(min: number, end: number): number | Refusal<'ENOSPC'> {
    if (this.#isNoting) this.#lines.begin();
    const id = this.#array.allocCyclic(null, min, end - 1, this.#cyclic);
    return typeof id === 'number' ? id : noneFree(min, end);
  }

  allocExact(id: number): number | Refusal<'ENOSPC'> {
    if (this.#isNoting) this.#lines.begin();
    const refused = this.#array.insert(id, null);
    return isRefusal(refused) ? refuse('ENOSPC', `id ${id} is taken`) : id;
  }

  publish(id: number, value: T): void {
    if (this.#isNoting) this.#lines.begin();
    this.#array.store(id, value);
  }

  free(id: number): void {
    if (this.#isNoting) this.#lines.begin();
    this.#array.erase(id);
  }

  find(id: number): T | undefined {
    if (this.#isNoting) this.#lines.begin();
    return this.#array.load(id) ?? undefined;
  }

  next(from: number): IdEntry<T> | undefined {
    if (this.#isNoting) this.#lines.begin();
    const found = this.#array.find(from);
    return found === undefined ? undefined : { id: Number(found.index), value: found.value };
  }
}

/** A cursor in a word, so that threads have one. */
function cursorIn(words: Int32Array): XaCyclic {
  return {
    get next() {
      return words[0]! >>> 0;
    },
    set next(next) {
      words[0] = next | 0;
    },
    wrapped: false,
  };
}
