// XArray: an array of 2^64 entries of which few are in use, with marks, reservations, entries that cover
// many indices, and free indices handed out. Locking is the caller's.

import { refuse, type Refusal } from '@forkless/errors';
import { EMPTY, entryToHandle, handleToEntry, isValue, RESERVED } from './entry.ts';
import type { Mark } from './node-arena.ts';
import type { NodeObserver } from './node-observer.ts';
import { IntegerValues, ObjectValues, type Values, type ValuesSnapshot } from './values.ts';
import { nodesNeeded } from './xa-create.ts';
import { find, findFree, findMarked } from './xa-find.ts';
import { highOf, indexOf, lowOf, XA_INDEX_MAX, type XaIndex } from './xa-index.ts';
import { clearMark, loadMark, setMark } from './xa-marks.ts';
import { orderOf, setPiece, spanOf, split, splitNodeCount } from './xa-split.ts';
import { isNowhere, XaState } from './xa-state.ts';
import { store } from './xa-store.ts';
import { XaTree, type XArrayKind } from './xa-tree.ts';
import { XA_RETRY, XA_ZERO, type XaValue } from './xa-value.ts';
import { XaCursor } from './xarray-cursor.ts';
import { FREE_MARK, RESTART } from './xa-places.ts';

/** What a search looks for: any entry, or those with a mark. */
export type XaFilter = 'present' | Mark;

/** An entry and its index. */
export interface XaFound<T> {
  readonly index: XaIndex;
  readonly value: T;
}

/** Where a cyclic search goes on, kept by the caller. */
export interface XaCyclic {
  /** The index after the one handed out last, as a u32. */
  next: number;
  /** Whether the last search came round. */
  wrapped: boolean;
}

/** What an XArray is made of. */
export interface XArrayOptions {
  /** `alloc` hands out indices from 0, `alloc1` from 1; `plain`, when left out, none. */
  readonly kind?: XArrayKind;
  /** `integers` keeps values from 0 to 2^31 − 2 in the buffer itself; `objects` when left out. */
  readonly values?: 'objects' | 'integers';
  /** Where the state lies, also a shared one; ENOMEM when it is full. One that grows when left out. */
  readonly buffer?: ArrayBufferLike;
  readonly observer?: NodeObserver;
  /** Told what the kernel would print a warning about. */
  readonly onWarning?: (what: string) => void;
}

/** A copy of an array's state. */
export interface XArraySnapshot<T> {
  readonly words: Int32Array;
  readonly values: ValuesSnapshot<T>;
}

const U32_MAX = 0xffff_ffff;

/**
 * The kernel's XArray, with its shape and its rules. Calls are O(log64 of the largest index) unless they
 * say otherwise. Refusals leave the array as it was.
 * @see lib/xarray.c, include/linux/xarray.h, v6.12
 */
export class XArray<T> {
  readonly #tree: XaTree;
  readonly #xas: XaState;
  readonly #values: Values<T>;
  readonly #warn: (what: string) => void;

  constructor({ kind = 'plain', values, buffer, observer, onWarning }: XArrayOptions = {}) {
    this.#tree = new XaTree({ kind, buffer, observer });
    this.#xas = new XaState(this.#tree);
    this.#values = values === 'integers' ? new IntegerValues<T>() : new ObjectValues<T>();
    this.#tree.dropped = (entry) => this.#values.release(entryToHandle(entry));
    this.#warn = onWarning ?? (() => undefined);
  }

  /** Nodes in use. */
  get nodeCount(): number {
    return this.#tree.arena.nodeCount;
  }

  /** Whether nothing is taken. */
  get isEmpty(): boolean {
    return this.#tree.head === EMPTY;
  }

  /** What is stored at an index; null also where it is only reserved. */
  load(index: XaIndex): T | null {
    return this.#shown(this.#at(index).load());
  }

  /**
   * Stores and returns what was there. Null erases, but in an array that hands out indices it reserves.
   * Marks stay. EINVAL for an internal entry, ENOMEM.
   */
  store(index: XaIndex, value: XaValue<T>): T | null | Refusal<'EINVAL' | 'ENOMEM'> {
    if (value === XA_RETRY) return this.#refuseInternal();
    const { tracksFree } = this.#tree;
    if (value === null && !tracksFree) return this.erase(index);
    const xas = this.#at(index);
    if (this.#lacksNodes(xas)) return noMemory();
    const before = store(xas, this.#keep(value));
    if (tracksFree) clearMark(xas, FREE_MARK);
    return this.#take(before);
  }

  /** Takes out what is there, of a wider entry all of it, and returns it. An index handed out is free again. */
  erase(index: XaIndex): T | null {
    return this.#take(store(this.#at(index), EMPTY));
  }

  /** Stores where nothing is. EBUSY where something is, a reservation included; null reserves. */
  insert(index: XaIndex, value: XaValue<T>): Refusal<'EBUSY' | 'EINVAL' | 'ENOMEM'> | undefined {
    if (value === XA_RETRY) return this.#refuseInternal();
    const xas = this.#at(index);
    if (xas.load() !== EMPTY) return refuse('EBUSY', `index ${index} is taken`);
    if (this.#lacksNodes(xas)) return noMemory();
    store(xas, this.#keep(value));
    if (this.#tree.tracksFree) clearMark(xas, FREE_MARK);
    return undefined;
  }

  /**
   * Stores `value` where `old` is; returns what was there, which tells whether it did. A reservation
   * equals `XA_ZERO` and not null, and is returned as null. Null truly erases.
   */
  cmpxchg(
    index: XaIndex,
    old: T | null | typeof XA_ZERO,
    value: XaValue<T>,
  ): T | null | Refusal<'EINVAL' | 'ENOMEM'> {
    if (value === XA_RETRY) return this.#refuseInternal();
    const xas = this.#at(index);
    const current = xas.load();
    if (!this.#equals(current, old)) return this.#shown(current);
    if (value === null) return this.#take(store(xas, EMPTY));
    if (this.#lacksNodes(xas)) return noMemory();
    store(xas, this.#keep(value));
    if (this.#tree.tracksFree && current === EMPTY) clearMark(xas, FREE_MARK);
    return this.#take(current);
  }

  /** Makes sure that a store at `index` will need no memory; does nothing where something is. */
  reserve(index: XaIndex): Refusal<'ENOMEM'> | undefined {
    const answer = this.insert(index, XA_ZERO);
    return answer?.errno === 'ENOMEM' ? noMemory() : undefined;
  }

  /** Takes a reservation back, unless something has been stored there. */
  release(index: XaIndex): void {
    const xas = this.#at(index);
    if (xas.load() === RESERVED) store(xas, EMPTY);
  }

  /** Takes the lowest free index in [min, max], u32. EBUSY when there is none; EINVAL in a plain array. */
  alloc(
    value: XaValue<T>,
    min = 0,
    max = U32_MAX,
  ): number | Refusal<'EBUSY' | 'EINVAL' | 'ENOMEM'> {
    if (value === XA_RETRY) return this.#refuseInternal();
    if (!this.#tree.tracksFree) {
      this.#warn('a plain array hands out no indices');
      return refuse('EINVAL', 'a plain array hands out no indices');
    }
    const xas = this.#at(min);
    findFree(xas, max);
    if (xas.node === RESTART) return refuse('EBUSY', `no free index from ${min} to ${max}`);
    const index = xas.low >>> 0;
    if (this.#lacksNodes(xas)) return noMemory();
    store(xas, this.#keep(value));
    clearMark(xas, FREE_MARK);
    return index;
  }

  /**
   * As `alloc`, but searches from `cyclic.next` on first, and moves that behind the index it took. Which
   * searches count as come round is told one call late when the index was 2^32 − 1.
   * @see lib/xarray.c, __xa_alloc_cyclic()
   */
  allocCyclic(
    value: XaValue<T>,
    min: number,
    max: number,
    cyclic: XaCyclic,
  ): number | Refusal<'EBUSY' | 'EINVAL' | 'ENOMEM'> {
    const from = Math.max(min, cyclic.next);
    let index = this.alloc(value, from, max);
    let wrapped = false;
    if (typeof index === 'number' && this.#tree.wrapped) {
      this.#tree.wrapped = false;
      wrapped = true;
    } else if (typeof index !== 'number' && from > min) {
      index = this.alloc(value, min, max);
      wrapped = typeof index === 'number';
    }
    if (typeof index !== 'number') return index;
    cyclic.next = (index + 1) >>> 0;
    cyclic.wrapped = wrapped;
    if (cyclic.next === 0) this.#tree.wrapped = true;
    return index;
  }

  /** Marks what is stored or reserved at an index; does nothing where nothing is. */
  setMark(index: XaIndex, mark: Mark): void {
    const xas = this.#at(index);
    if (xas.load() !== EMPTY) setMark(xas, mark);
  }

  /** Takes a mark away. */
  clearMark(index: XaIndex, mark: Mark): void {
    const xas = this.#at(index);
    if (xas.load() !== EMPTY) clearMark(xas, mark);
  }

  /** Whether what is at an index has the mark. */
  getMark(index: XaIndex, mark: Mark): boolean {
    return loadMark(this.#at(index), mark);
  }

  /** Whether anything has the mark. O(1). */
  marked(mark: Mark): boolean {
    return this.#tree.hasRootMark(mark);
  }

  /**
   * The entry with the lowest index in [index, max]. Begun inside a wider entry the answer's index is
   * `index`, but that of a marked entry of several slots is its first. Reservations are passed over.
   */
  find(index: XaIndex, max?: XaIndex, filter: XaFilter = 'present'): XaFound<T> | undefined {
    const xas = this.#at(index);
    const high = max === undefined ? -1 : highOf(max);
    const low = max === undefined ? -1 : lowOf(max);
    let entry: number;
    do entry = findNext(xas, high, low, filter);
    while (entry === RESERVED);
    return this.#found(xas, entry);
  }

  /**
   * The entry with the lowest index in (index, max]; the rest of the entry that `index` lies in is passed
   * over. None after 2^64 − 1.
   */
  findAfter(index: XaIndex, max?: XaIndex, filter: XaFilter = 'present'): XaFound<T> | undefined {
    const xas = this.#at(index);
    xas.add(1, 0);
    if (xas.high === 0 && xas.low === 0) return undefined;
    const high = max === undefined ? -1 : highOf(max);
    const low = max === undefined ? -1 : lowOf(max);
    let entry: number;
    do entry = findNext(xas, high, low, filter);
    while (!isNowhere(xas.node) && (entry === RESERVED || (entry !== EMPTY && xas.isInside)));
    return isNowhere(xas.node) ? undefined : this.#found(xas, entry);
  }

  /**
   * The entries of [start, last] in order. The array may change meanwhile; each step is a search.
   * MODEL: an entry of several slots is seen once with a mark too, where the kernel's loop never ends.
   */
  *entries(
    start: XaIndex = 0,
    last: XaIndex = XA_INDEX_MAX,
    filter: XaFilter = 'present',
  ): Generator<XaFound<T>, void> {
    let found = this.find(start, last, filter);
    while (found !== undefined) {
      yield found;
      const { index } = found;
      found = this.findAfter(index, last, filter);
      if (found !== undefined && found.index <= index) {
        const beyond = this.findAfter(index, last);
        found = beyond === undefined ? undefined : this.find(beyond.index, last, filter);
      }
    }
  }

  /** The values of the first `count` entries of [start, last], in order. O(count + log64 index). */
  extract(start: XaIndex, last: XaIndex, count: number, filter: XaFilter = 'present'): T[] {
    const values: T[] = [];
    const xas = this.#at(start);
    const high = highOf(last);
    const low = lowOf(last);
    while (values.length < count) {
      const entry = findNext(xas, high, low, filter);
      if (entry === EMPTY) break;
      if (isValue(entry)) values.push(this.#values.get(entryToHandle(entry)));
    }
    return values;
  }

  /**
   * log2 of the span of the entry at an index; 0 where nothing is. Exact for spans of a power of two.
   * @see lib/xarray.c, xa_get_order()
   */
  getOrder(index: XaIndex): number {
    const xas = this.#at(index);
    return xas.load() === EMPTY ? 0 : orderOf(xas);
  }

  /**
   * Stores one entry over the 2^order aligned indices about `index`, or erases them; order ≤ 63. An entry
   * wider than that keeps its span.
   */
  storeOrder(
    index: XaIndex,
    order: number,
    value: XaValue<T>,
  ): Refusal<'EINVAL' | 'ENOMEM'> | undefined {
    if (value === XA_RETRY) return this.#refuseInternal();
    const xas = this.#xas;
    xas.setOrder(highOf(index), lowOf(index), order);
    if (value !== null && this.#lacksNodes(xas)) return noMemory();
    this.#take(store(xas, value === null ? EMPTY : this.#keep(value)));
    return undefined;
  }

  /**
   * Stores one value over [first, last] in aligned pieces, each an entry of its own; null erases. EINVAL
   * when last < first or the entry is internal, a reservation included. Memory that runs out midway
   * leaves the pieces stored by then. O(pieces · log64 last).
   * @see lib/xarray.c, xa_store_range()
   */
  storeRange(
    first: XaIndex,
    last: XaIndex,
    value: XaValue<T>,
  ): Refusal<'EINVAL' | 'ENOMEM'> | undefined {
    if (value === XA_RETRY || value === XA_ZERO) return this.#refuseInternal();
    if (last < first) return refuse('EINVAL', `the range ${first} to ${last} is backwards`);
    const xas = this.#xas;
    const end = BigInt(last);
    // MODEL: up to 2^64 - 1 it ends, where the kernel's never returns.
    for (let at = BigInt(first); at <= end; at += spanOf(xas)) {
      setPiece(xas, at, end);
      if (value !== null && this.#lacksNodes(xas)) return noMemory();
      this.#take(store(xas, value === null ? EMPTY : this.#keep(value)));
    }
    return undefined;
  }

  /**
   * Splits the entry at `index` into entries of 2^newOrder indices with the same value and marks. ENOMEM,
   * with a warning, when that is more than two levels of the tree down; exactly two levels give entries of
   * order newOrder + 6. @see lib/xarray.c, xas_split_alloc(), xas_split()
   */
  split(index: XaIndex, newOrder: number): Refusal<'ENOMEM'> | undefined {
    const xas = this.#at(index);
    const entry = xas.load();
    if (entry === EMPTY) return undefined;
    const order = orderOf(xas);
    xas.setOrder(highOf(index), lowOf(index), newOrder);
    if (xas.shift + 2 * 6 < order) {
      this.#warn('a split goes down by less than two levels');
      return refuse('ENOMEM', `an entry of order ${order} is not split to ${newOrder} at once`);
    }
    const { arena } = this.#tree;
    if (arena.isShort && arena.spareCount < splitNodeCount(xas, order)) return noMemory();
    split(xas, order, () => this.#copy(entry));
    if (isValue(entry)) this.#values.release(entryToHandle(entry));
    return undefined;
  }

  /** A walk of one's own, begun at `index`; several steps of it need no search. */
  cursor(index: XaIndex = 0): XaCursor<T> {
    const xas = new XaState(this.#tree);
    xas.set(highOf(index), lowOf(index));
    return new XaCursor(xas, {
      show: (entry) => (entry === RESERVED ? XA_ZERO : this.#shown(entry)),
      keep: (value) => (value === null ? EMPTY : this.#keep(value)),
      take: (entry) => (entry === RESERVED ? XA_ZERO : this.#take(entry)),
      refuse: (value) => {
        if (value === XA_RETRY) return this.#refuseInternal();
        return value !== null && this.#lacksNodes(xas) ? noMemory() : undefined;
      },
    });
  }

  /** Takes everything out, and is as new. Linear in the nodes. */
  destroy(): void {
    this.#tree.clear();
    this.#values.clear();
  }

  /** A copy of the state. Linear in the nodes. */
  snapshot(): XArraySnapshot<T> {
    return { words: this.#tree.arena.snapshot(), values: this.#values.snapshot() };
  }

  /** Makes the state as it was when the copy was taken. */
  restore({ words, values }: XArraySnapshot<T>): void {
    this.#tree.arena.restore(words);
    this.#values.restore(values);
  }

  #at(index: XaIndex): XaState {
    const xas = this.#xas;
    if (typeof index === 'number' && index >>> 0 === index) xas.set(0, index | 0);
    else xas.set(highOf(index), lowOf(index));
    return xas;
  }

  #lacksNodes(xas: XaState): boolean {
    const { arena } = this.#tree;
    return arena.isShort && arena.spareCount < nodesNeeded(xas);
  }

  #keep(value: T | null | typeof XA_ZERO | typeof XA_RETRY): number {
    if (value === null || value === XA_ZERO) return RESERVED;
    return handleToEntry(this.#values.put(value as T));
  }

  #copy(entry: number): number {
    if (!isValue(entry)) return entry;
    return handleToEntry(this.#values.put(this.#values.get(entryToHandle(entry))));
  }

  #shown(entry: number): T | null {
    return isValue(entry) ? this.#values.get(entryToHandle(entry)) : null;
  }

  /** The value of an entry that is in the array no longer. */
  #take(entry: number): T | null {
    if (!isValue(entry)) return null;
    const handle = entryToHandle(entry);
    const value = this.#values.get(handle);
    this.#values.release(handle);
    return value;
  }

  #equals(entry: number, value: T | null | typeof XA_ZERO): boolean {
    if (value === null) return entry === EMPTY;
    if (value === XA_ZERO) return entry === RESERVED;
    return isValue(entry) && this.#values.get(entryToHandle(entry)) === value;
  }

  #found(xas: XaState, entry: number): XaFound<T> | undefined {
    if (!isValue(entry)) return undefined;
    return { index: indexOf(xas.high, xas.low), value: this.#values.get(entryToHandle(entry)) };
  }

  #refuseInternal(): Refusal<'EINVAL'> {
    this.#warn('an internal entry cannot be stored');
    return refuse('EINVAL', 'an internal entry cannot be stored');
  }
}

function findNext(xas: XaState, high: number, low: number, filter: XaFilter): number {
  return filter === 'present' ? find(xas, high, low) : findMarked(xas, high, low, filter);
}

function noMemory(): Refusal<'ENOMEM'> {
  return refuse('ENOMEM', 'the buffer has no room for more nodes');
}
