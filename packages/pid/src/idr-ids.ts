// The kernel's own choice: an IDR, with the cache lines of its nodes as they lie in memory.

import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import { Idr, type IdrObserver, type NodeUse } from '@forkless/xarray';
import type { IdAllocator, IdEntry, Traffic } from './id-allocator.ts';

/** Bytes of a radix tree node before its slots, of a slot, and where its marks begin. */
const SLOTS_AT_BYTES = 40;
const SLOT_BYTES = 8;
const MARKS_AT_BYTES = SLOTS_AT_BYTES + 64 * SLOT_BYTES;
const NODE_BYTES = 576;
const LINE_BYTES = 64;
const NODE_LINES = NODE_BYTES / LINE_BYTES;

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
    return this.#idr.find(id) ?? undefined;
  }

  next(from: number): IdEntry<T> | undefined {
    this.#lines.begin();
    return this.#idr.next(from);
  }
}

/** The lines of the nodes that a call touched. */
class NodeLines implements IdrObserver, Traffic {
  readonly reads: number[] = [];
  readonly writes: number[] = [];
  objectsMade = 0;
  objectsFreed = 0;

  begin(): void {
    this.reads.length = 0;
    this.writes.length = 0;
    this.objectsMade = 0;
    this.objectsFreed = 0;
  }

  touched(node: number, offset: number, use: NodeUse): void {
    const first = node * NODE_LINES;
    const slot = first + Math.floor((SLOTS_AT_BYTES + offset * SLOT_BYTES) / LINE_BYTES);
    const marks = first + Math.floor(MARKS_AT_BYTES / LINE_BYTES);
    if (use === 'walk' || use === 'search') {
      this.#add(this.reads, first);
      this.#add(this.reads, use === 'walk' ? slot : marks);
    } else {
      this.#add(this.writes, slot);
      // Storing under a taken id changes neither the count nor the marks.
      if (use !== 'store') {
        this.#add(this.writes, first);
        this.#add(this.writes, marks);
      }
    }
  }

  made(): void {
    this.objectsMade++;
  }

  freed(): void {
    this.objectsFreed++;
  }

  #add(lines: number[], line: number): void {
    if (!lines.includes(line)) lines.push(line);
  }
}
