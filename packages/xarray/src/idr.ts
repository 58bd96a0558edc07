// IDR: small integers handed out, lowest free or cyclic, and what is stored under them. An id may be
// taken with nothing stored: it is not free then, though a lookup finds nothing.

import { refuse, type Refusal } from '@forkless/errors';
import { EMPTY, entryToHandle, handleToEntry } from './entry.ts';
import { FREE, FULL, NO_MEMORY } from './idr-layout.ts';
import { IdrTree } from './idr-tree.ts';
import { NONE } from './node-layout.ts';
import type { NodeObserver } from './node-observer.ts';
import { IntegerValues, ObjectValues, type Values, type ValuesSnapshot } from './values.ts';

/** The largest id of the int calls. */
export const INT_MAX = 0x7fff_ffff;
/** The largest id. */
export const ID_MAX = 0xffff_ffff;

/** An id and what is stored under it. */
export interface IdrEntry<T> {
  readonly id: number;
  readonly value: T;
}

/** The errnos of the calls that take an id; ENOMEM only over a given buffer. */
export type IdrErrno = 'ENOSPC' | 'ENOMEM';

/** What an IDR is made of. */
export interface IdrOptions {
  /** The lowest id; 0 when left out. */
  readonly base?: number;
  /** `integers` keeps values from 0 to 2^31 − 2 in the buffer itself; `objects` when left out. */
  readonly values?: 'objects' | 'integers';
  /** Where the state lies, also a shared one; ENOMEM when it is full. One that grows when left out. */
  readonly buffer?: ArrayBufferLike;
  readonly observer?: NodeObserver;
  /** Told what the kernel would print a warning about. */
  readonly onWarning?: (what: string) => void;
}

/** A copy of an IDR's state. */
export interface IdrSnapshot<T> {
  readonly words: Int32Array;
  readonly values: ValuesSnapshot<T>;
}

/**
 * The kernel's IDR. Locking is the caller's. Every call is O(log64 of the largest id). Over a given buffer
 * memory can run out: `Errno` says so.
 * @see lib/idr.c, lib/radix-tree.c, v6.12
 */
export class Idr<T, Errno extends IdrErrno = 'ENOSPC'> {
  readonly #tree: IdrTree;
  readonly #values: Values<T>;
  readonly #warn: (what: string) => void;
  readonly #base: number = 0;

  constructor({ base = 0, values, buffer, observer, onWarning }: IdrOptions = {}) {
    this.#tree = new IdrTree(buffer, observer);
    this.#values = values === 'integers' ? new IntegerValues<T>() : new ObjectValues<T>();
    this.#base = base;
    this.#warn = onWarning ?? (() => undefined);
  }

  /** Where the next cyclic search begins: the id handed out cyclically last, plus one. A raw u32. */
  get cursor(): number {
    return this.#tree.cursor;
  }

  set cursor(cursor: number) {
    this.#tree.cursor = cursor;
  }

  /** Nodes in use. */
  get nodeCount(): number {
    return this.#tree.nodes.nodeCount;
  }

  /** Whether no id is taken. */
  get isEmpty(): boolean {
    return this.#tree.isEmpty;
  }

  /** Takes the lowest free id in [start, maxInclusive], unsigned. ENOSPC when there is none. */
  allocU32(value: T | null, start: number, maxInclusive: number): number | Refusal<Errno> {
    const first = Math.max(start, this.#base) - this.#base;
    const index = this.#take(first, maxInclusive - this.#base, value);
    if (index >= 0) return index + this.#base;
    const refusal: Refusal<IdrErrno> =
      index === NO_MEMORY
        ? refuse('ENOMEM', 'the buffer has no room for more nodes')
        : refuse('ENOSPC', `no free id from ${start} to ${maxInclusive}`);
    return refusal as Refusal<Errno>;
  }

  /** Takes the lowest free id in [start, end); end ≤ 0 means up to INT_MAX. EINVAL for start < 0. */
  alloc(value: T | null, start: number, end: number): number | Refusal<Errno | 'EINVAL'> {
    if (start < 0) {
      this.#warn('ids begin at 0');
      return refuse('EINVAL', `ids begin at 0, not at ${start}`);
    }
    return this.allocU32(value, start, end > 0 ? end - 1 : INT_MAX);
  }

  /** As `alloc`, but searches from the cursor on first, and moves the cursor behind the id it took. */
  allocCyclic(value: T | null, start: number, end: number): number | Refusal<Errno> {
    const max = end > 0 ? end - 1 : INT_MAX;
    const from = Math.max(this.cursor | 0, start);
    let id = this.allocU32(value, from >>> 0, max);
    if (typeof id !== 'number' && id.errno === 'ENOSPC' && from >>> 0 > start >>> 0)
      id = this.allocU32(value, start >>> 0, max);
    if (typeof id === 'number') this.cursor = id + 1;
    return id;
  }

  /** What is stored under `id`; null also where the id is free. */
  find(id: number): T | null {
    const tree = this.#tree;
    const index = id - this.#base;
    if (index < 0 || index > ID_MAX) return null;
    if (tree.isHeadOnly) return index === 0 ? this.#valueOf(tree.lone) : null;
    const leaf = tree.leafOf(index);
    return leaf === NONE ? null : this.#valueOf(tree.wordAt(leaf, index));
  }

  /** Stores another value under a taken id and returns the old one. ENOENT when the id is free. */
  replace(id: number, value: T | null): T | null | Refusal<'ENOENT'> {
    const index = id - this.#base;
    const leaf = this.#tree.takenLeafOf(index);
    if (leaf === FREE) return refuse('ENOENT', `id ${id} is free`);
    const old = this.#release(this.#tree.wordAt(leaf, index));
    this.#tree.put(leaf, index, this.#entryOf(value));
    return old;
  }

  /** Frees an id and returns what was stored; null, and nothing done, when it was free. */
  remove(id: number): T | null {
    const index = id - this.#base;
    const leaf = this.#tree.takenLeafOf(index);
    if (leaf === FREE) return null;
    const old = this.#release(this.#tree.wordAt(leaf, index));
    this.#tree.free(leaf, index);
    return old;
  }

  /** The lowest id ≥ `from` with a value other than null, with that value. @see lib/idr.c, idr_get_next_ul() */
  next(from: number): IdrEntry<T> | undefined {
    const tree = this.#tree;
    let index = Math.max(0, from - this.#base);
    if (tree.isHeadOnly) {
      const value = index === 0 ? this.#valueOf(tree.lone) : null;
      return value === null ? undefined : { id: this.#base, value };
    }
    for (;;) {
      index = tree.nextTaken(index);
      if (index < 0) return undefined;
      const value = this.#valueOf(tree.wordAt(tree.foundLeaf, index));
      if (value !== null) return { id: index + this.#base, value };
      index++;
    }
  }

  /**
   * As `next` for ids of type int: none, with a warning, when the lowest is above INT_MAX or `from` is
   * negative. @see lib/idr.c, idr_get_next()
   */
  nextInt(from: number): IdrEntry<T> | undefined {
    const found = from < 0 ? undefined : this.next(from);
    if (from >= 0 && (found === undefined || found.id <= INT_MAX)) return found;
    this.#warn('an id is not from 0 to INT_MAX');
    return undefined;
  }

  /**
   * Visits ids in order from 0 on, those with null passed over; stops when `visit` answers other than 0,
   * and answers that. Stops with a warning above INT_MAX. The IDR may change meanwhile.
   * @see lib/idr.c, idr_for_each()
   */
  forEach(visit: (id: number, value: T) => number): number {
    for (let at = this.next(0); at !== undefined; at = this.next(at.id + 1)) {
      if (at.id > INT_MAX) {
        this.#warn('an id is above INT_MAX');
        break;
      }
      const answer = visit(at.id, at.value);
      if (answer !== 0) return answer;
    }
    return 0;
  }

  /** Every taken id in order, those with null too. The IDR must not change meanwhile. */
  *taken(): Generator<{ readonly id: number; readonly value: T | null }, void> {
    const tree = this.#tree;
    if (tree.isHeadOnly) {
      if (!tree.isEmpty) yield { id: this.#base, value: this.#valueOf(tree.lone) };
      return;
    }
    for (let index = tree.nextTaken(0); index >= 0; index = tree.nextTaken(index + 1)) {
      yield { id: index + this.#base, value: this.#valueOf(tree.wordAt(tree.foundLeaf, index)) };
    }
  }

  /** Makes sure of the memory for one id to be taken; ENOMEM where the buffer is too small for that. */
  preload(): Refusal<'ENOMEM'> | undefined {
    if (this.#tree.nodes.preload()) return undefined;
    return refuse('ENOMEM', 'the buffer has no room for more nodes');
  }

  /** Frees every id; the cursor stays. */
  destroy(): void {
    this.#tree.clear();
    this.#values.clear();
  }

  /** A copy of the state. Linear in the nodes. */
  snapshot(): IdrSnapshot<T> {
    return { words: this.#tree.nodes.snapshot(), values: this.#values.snapshot() };
  }

  /** Makes the state as it was when the copy was taken. */
  restore({ words, values }: IdrSnapshot<T>): void {
    this.#tree.nodes.restore(words);
    this.#values.restore(values);
  }

  /** Takes the lowest free index in [first, max] and stores under it; the index, `FULL` or `NO_MEMORY`. */
  #take(first: number, max: number, value: T | null): number {
    if (first > max) return FULL;
    const index = this.#tree.search(first, max);
    if (index >= 0) this.#tree.take(index, this.#entryOf(value));
    return index;
  }

  #entryOf(value: T | null): number {
    return value === null ? EMPTY : handleToEntry(this.#values.put(value));
  }

  #valueOf(entry: number): T | null {
    return entry > EMPTY ? this.#values.get(entryToHandle(entry)) : null;
  }

  /** The value of a word that is in the tree no longer. */
  #release(entry: number): T | null {
    if (entry <= EMPTY) return null;
    const handle = entryToHandle(entry);
    const value = this.#values.get(handle);
    this.#values.release(handle);
    return value;
  }
}
