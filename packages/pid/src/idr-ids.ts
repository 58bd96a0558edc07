// The kernel's own choice: an IDR, with the cache lines of its nodes as they lie in memory.

import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import { LineSet } from '@forkless/sim';
import { Idr, type IdrObserver, type NodeUse } from '@forkless/xarray';
import type { IdAllocator, IdEntry, Traffic } from './id-allocator.ts';

/** Bytes of a radix tree node before its slots, and of a slot; the marks follow the slots. */
const SLOTS_AT_BYTES = 40;
const SLOT_BYTES = 8;
const NODE_BYTES = 576;
const LINE_SHIFT = 6;
const NODE_LINES = NODE_BYTES >> LINE_SHIFT;
/** Ids in a leaf, and the first number of the lines of leaves that lookups read. */
const LEAF_IDS = 64;
const LEAF_LINES_FROM = 2 ** 22;
const MARKS_LINE = (SLOTS_AT_BYTES + 64 * SLOT_BYTES) >> LINE_SHIFT;

/**
 * Pids from an IDR. A node is nine lines: its header with the count is on the first, its marks are on
 * the last.
 * MODEL: a node's number stands for its address, and all namespaces count their nodes from 0.
 *
 * @see lib/idr.c, lib/radix-tree.c, include/linux/xarray.h (struct xa_node), v6.12
 */
export class IdrIds<T> implements IdAllocator<T> {
  readonly slab = { cache: 'radix_tree_node', bytes: NODE_BYTES };
  readonly #lines = new NodeLines();
  readonly #idr = new Idr<T>({ observer: this.#lines });

  get traffic(): Traffic {
    return this.#lines;
  }

  get cursor(): number {
    return this.#idr.cursor;
  }

  set cursor(cursor: number) {
    this.#idr.cursor = cursor;
  }

  allocCyclic(min: number, end: number): number | Refusal<'ENOSPC'> {
    this.#lines.begin();
    return this.#idr.allocCyclic(null, min, end);
  }

  allocExact(id: number): number | Refusal<'ENOSPC'> {
    this.#lines.begin();
    const taken = this.#idr.alloc(null, id, id + 1);
    return isRefusal(taken) ? refuse('ENOSPC', `id ${id} is taken`) : taken;
  }

  publish(id: number, value: T): void {
    this.#lines.begin();
    this.#idr.replace(id, value);
  }

  free(id: number): void {
    this.#lines.begin();
    this.#idr.remove(id);
  }

  find(id: number): T | undefined {
    this.#lines.begin();
    this.#lines.readLeaf(id, id);
    return this.#idr.find(id) ?? undefined;
  }

  next(from: number): IdEntry<T> | undefined {
    this.#lines.begin();
    const found = this.#idr.next(from);
    if (found !== undefined) this.#lines.readLeaf(from, found.id);
    return found;
  }
}

/** The lines of the nodes that a call touched. */
class NodeLines implements IdrObserver, Traffic {
  readonly reads = new LineSet();
  readonly writes = new LineSet();
  objectsMade = 0;
  objectsFreed = 0;

  begin(): void {
    this.reads.clear();
    this.writes.clear();
    this.objectsMade = 0;
    this.objectsFreed = 0;
  }

  /**
   * Notes the slots of a leaf that a lookup read, from `from` on where that lies in the leaf of `id`.
   * MODEL: these lines are numbered by their ids, as a lookup is not told its leaf; nothing writes them.
   */
  readLeaf(from: number, id: number): void {
    const leaf = Math.floor(id / LEAF_IDS);
    const first = LEAF_LINES_FROM + leaf * NODE_LINES;
    const start = Math.floor(from / LEAF_IDS) === leaf ? from % LEAF_IDS : 0;
    for (let offset = start; offset <= id % LEAF_IDS; offset++) {
      this.reads.add(first + ((SLOTS_AT_BYTES + offset * SLOT_BYTES) >> LINE_SHIFT));
    }
  }

  touched(node: number, offset: number, use: NodeUse): void {
    const first = node * NODE_LINES;
    const slot = first + ((SLOTS_AT_BYTES + offset * SLOT_BYTES) >> LINE_SHIFT);
    const marks = first + MARKS_LINE;
    if (use === 'walk' || use === 'search') {
      this.reads.add(first);
      this.reads.add(use === 'walk' ? slot : marks);
    } else {
      this.writes.add(slot);
      // Storing under a taken id changes neither the count nor the marks.
      if (use !== 'store') {
        this.writes.add(first);
        this.writes.add(marks);
      }
    }
  }

  made(): void {
    this.objectsMade++;
  }

  freed(): void {
    this.objectsFreed++;
  }
}
