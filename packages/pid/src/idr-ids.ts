// The kernel's own choice: an IDR, with the cache lines of its nodes as they lie in memory.

import { assert, isRefusal, refuse, type Refusal } from '@forkless/errors';
import { arenaByteLength, Idr, type IdrErrno } from '@forkless/xarray';
import type { DesignOptions } from './designs/design.ts';
import type { IdAllocator, IdEntry, Traffic } from './id-allocator.ts';
import { NODE_SLAB, NodeLines } from './node-lines.ts';
import { treeWords } from './tree-place.ts';

/**
 * Pids from an IDR. Every call is O(log64 of the largest id).
 * @see lib/idr.c, lib/radix-tree.c, include/linux/xarray.h (struct xa_node), v6.12
 */
export class IdrIds<T> implements IdAllocator<T> {
  readonly slab = NODE_SLAB;
  readonly #lines: NodeLines = new NodeLines();
  readonly #isNoting: boolean = false;
  readonly #words: Int32Array | undefined;
  readonly #idr: Idr<T, IdrErrno>;

  /** One that grows and notes its traffic, or as the options have it. */
  constructor(options: DesignOptions = { end: Infinity, notesTraffic: true }) {
    this.#isNoting = Boolean(options.notesTraffic);
    this.#words = treeWords(options);
    this.#idr = new Idr<T, IdrErrno>({
      ...(this.#isNoting ? { observer: this.#lines } : {}),
      ...(this.#words === undefined ? {} : { buffer: this.#words.buffer, values: 'integers' }),
    });
  }

  /** The shared words the state lies in; an empty array where it lies in a buffer of its own. */
  get words(): Int32Array {
    return this.#words ?? new Int32Array(0);
  }

  get traffic(): Traffic {
    return this.#lines;
  }

  get stateBytes(): number {
    return arenaByteLength(this.#idr.nodeCount);
  }

  get cursor(): number {
    return this.#idr.cursor;
  }

  set cursor(cursor: number) {
    this.#idr.cursor = cursor;
  }

  allocCyclic(min: number, end: number): number | Refusal<'ENOSPC'> {
    if (this.#isNoting) this.#lines.begin();
    return noMemoryRunsOut(this.#idr.allocCyclic(null, min, end));
  }

  allocExact(id: number): number | Refusal<'ENOSPC'> {
    if (this.#isNoting) this.#lines.begin();
    const taken = this.#idr.allocU32(null, id, id);
    return isRefusal(taken) ? refuse('ENOSPC', `id ${id} is taken`) : taken;
  }

  publish(id: number, value: T): void {
    if (this.#isNoting) this.#lines.begin();
    this.#idr.replace(id, value);
  }

  free(id: number): void {
    if (this.#isNoting) this.#lines.begin();
    this.#idr.remove(id);
  }

  find(id: number): T | undefined {
    if (this.#isNoting) {
      this.#lines.begin();
      this.#lines.readLeaf(id, id);
    }
    return this.#idr.find(id) ?? undefined;
  }

  next(from: number): IdEntry<T> | undefined {
    if (this.#isNoting) this.#lines.begin();
    const found = this.#idr.next(from);
    if (this.#isNoting && found !== undefined) this.#lines.readLeaf(from, found.id);
    return found;
  }
}

/** Over shared words there is room for every id from the start. */
function noMemoryRunsOut(answer: number | Refusal<IdrErrno>): number | Refusal<'ENOSPC'> {
  if (typeof answer === 'number') return answer;
  assert(answer.errno === 'ENOSPC', 'the words of an IDR have room for the nodes of every id');
  return refuse('ENOSPC', answer.reason);
}
