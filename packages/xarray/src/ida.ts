// IDA: ids with nothing stored under them, 1024 to a leaf of bits, the leaves in a tree of their own.

import { refuse, type Refusal } from '@forkless/errors';
import { EMPTY, entryToHandle, handleToEntry } from './entry.ts';
import type { NodeArena } from './node-arena.ts';
import { NONE } from './node-layout.ts';
import type { NodeObserver } from './node-observer.ts';
import { nodesNeeded } from './xa-create.ts';
import { find, findMarked } from './xa-find.ts';
import { clearMark, setMark } from './xa-marks.ts';
import { XaState } from './xa-state.ts';
import { store } from './xa-store.ts';
import { XaTree } from './xa-tree.ts';
import { FREE_MARK, RESTART } from './xa-places.ts';

/** The largest id of an IDA. */
const INT_MAX = 0x7fff_ffff;
/** Ids of a leaf. @see include/linux/idr.h, IDA_BITMAP_BITS */
const LEAF_BITS = 1024;
const LEAF_SHIFT = 10;
const WORD_SHIFT = 5;
const LEAF_WORDS = LEAF_BITS >>> WORD_SHIFT;
/** Bits that fit an entry itself, so that no leaf is needed for them. @see lib/idr.c, BITS_PER_XA_VALUE */
const VALUE_BITS = 63;

/** What tells a leaf of its own from bits that lie in the entry itself. */
const IN_ENTRY = 0;
const IN_BITMAP = 1;

/** Word of the head: leaves of their own. */
const BITMAP_COUNT = 4;

/** What an IDA is made of. */
export interface IdaOptions {
  /** Where the state lies, also a shared one; ENOMEM when it is full. One that grows when left out. */
  readonly buffer?: ArrayBufferLike;
  /** Told of nodes; of leaves as well, as they lie in the same memory. */
  readonly observer?: NodeObserver;
  /** Told what the kernel would print a warning about. */
  readonly onWarning?: (what: string) => void;
}

/**
 * The kernel's IDA. Calls are O(log64 of the largest id).
 * @see lib/idr.c, ida_alloc_range(), ida_free(), v6.12
 */
export class Ida {
  readonly #tree: XaTree;
  readonly #leaves: NodeArena;
  readonly #xas: XaState;
  readonly #warn: (what: string) => void;

  constructor({ buffer, observer, onWarning }: IdaOptions = {}) {
    this.#tree = new XaTree({ kind: 'alloc', buffer, observer });
    this.#leaves = this.#tree.arena;
    this.#xas = new XaState(this.#tree);
    this.#tree.dropped = (entry) => this.#dropLeaf(entryToHandle(entry));
    this.#warn = onWarning ?? (() => undefined);
  }

  /** Leaves that take memory of their own, as one does from the first id at bit 63 or above. */
  get bitmapCount(): number {
    return this.#leaves.headWord(BITMAP_COUNT);
  }

  /** Whether no id is taken. */
  get isEmpty(): boolean {
    return this.#tree.head === EMPTY;
  }

  /** Takes the lowest free id in [min, max], u32; ENOSPC when there is none up to INT_MAX, ENOMEM. */
  allocRange(min = 0, max = INT_MAX): number | Refusal<'ENOSPC' | 'ENOMEM'> {
    if (min > INT_MAX) return noSpace(min, max);
    const last = Math.min(max, INT_MAX);
    const xas = this.#xas;
    xas.set(0, min >>> LEAF_SHIFT);
    for (;;) {
      const entry = findMarked(xas, 0, last >>> LEAF_SHIFT, FREE_MARK);
      if (xas.node === RESTART) return noSpace(min, max);
      const from = xas.low === min >>> LEAF_SHIFT ? min % LEAF_BITS : 0;
      const bit = entry === EMPTY ? from : this.#nextBit(entryToHandle(entry), from, -1);
      const id = xas.low * LEAF_BITS + bit;
      if (id > last) return noSpace(min, max);
      if (bit === LEAF_BITS) continue;
      return this.#takeBit(entry, bit) ? id : noMemory();
    }
  }

  /** Whether an id is taken. */
  has(id: number): boolean {
    const leaf = this.#leafOf(id);
    return leaf !== NONE && this.#hasBit(leaf, id % LEAF_BITS);
  }

  /** Gives an id back. One that is free is warned about, one above INT_MAX ignored. */
  free(id: number): void {
    if (id > INT_MAX || id < 0) return;
    const leaf = this.#leafOf(id);
    const bit = id % LEAF_BITS;
    if (leaf === NONE || !this.#hasBit(leaf, bit)) {
      this.#warn(`id ${id} is given back and was not taken`);
      return;
    }
    this.#setBit(leaf, bit, false);
    setMark(this.#xas, FREE_MARK);
    if (this.#leaves.countOf(leaf) > 0) return;
    this.#dropLeaf(entryToHandle(store(this.#xas, EMPTY)));
  }

  /** The lowest taken id ≥ `from`; undefined when there is none. O(leaves passed over + log64 id). */
  next(from: number): number | undefined {
    const xas = this.#xas;
    const first = Math.max(0, from);
    xas.set(0, first >>> LEAF_SHIFT);
    for (;;) {
      const entry = find(xas, 0, INT_MAX >>> LEAF_SHIFT);
      if (entry === EMPTY) return undefined;
      const start = xas.low === first >>> LEAF_SHIFT ? first % LEAF_BITS : 0;
      const bit = this.#nextBit(entryToHandle(entry), start, 0);
      if (bit < LEAF_BITS) return xas.low * LEAF_BITS + bit;
    }
  }

  /** Gives every id back. */
  destroy(): void {
    this.#tree.clear();
  }

  /** A copy of the state. Linear in the nodes. */
  snapshot(): Int32Array {
    return this.#leaves.snapshot();
  }

  /** Makes the state as it was when the copy was taken. */
  restore(snapshot: Int32Array): void {
    this.#leaves.restore(snapshot);
  }

  #leafOf(id: number): number {
    this.#xas.set(0, id >>> LEAF_SHIFT);
    const entry = this.#xas.load();
    return entry === EMPTY ? NONE : entryToHandle(entry);
  }

  /** Takes a bit of the leaf the walk is at, made when there is none; false without memory for it. */
  #takeBit(entry: number, bit: number): boolean {
    const leaf = entry === EMPTY ? this.#addLeaf() : entryToHandle(entry);
    if (leaf === NONE) return false;
    if (bit >= VALUE_BITS && this.#leaves.offsetOf(leaf) === IN_ENTRY) {
      this.#leaves.setParent(leaf, NONE, IN_BITMAP);
      this.#leaves.setHeadWord(BITMAP_COUNT, this.bitmapCount + 1);
    }
    this.#setBit(leaf, bit, true);
    if (this.#leaves.countOf(leaf) === LEAF_BITS) clearMark(this.#xas, FREE_MARK);
    return true;
  }

  /** A leaf lies in a row of the nodes' memory: its bits in the slots, how many are set as the count. */
  #addLeaf(): number {
    const { isShort, spareCount } = this.#leaves;
    if (isShort && spareCount < nodesNeeded(this.#xas) + 1) return NONE;
    const leaf = this.#leaves.make(0, NONE, IN_ENTRY);
    store(this.#xas, handleToEntry(leaf));
    return leaf;
  }

  #dropLeaf(leaf: number): void {
    if (this.#leaves.offsetOf(leaf) === IN_BITMAP) {
      this.#leaves.setHeadWord(BITMAP_COUNT, this.bitmapCount - 1);
    }
    this.#leaves.dropFull(leaf);
  }

  #hasBit(leaf: number, bit: number): boolean {
    return (this.#leaves.slotOf(leaf, bit >>> WORD_SHIFT) & (1 << (bit & 31))) !== 0;
  }

  #setBit(leaf: number, bit: number, set: boolean): void {
    const at = bit >>> WORD_SHIFT;
    this.#leaves.setSlot(leaf, at, this.#leaves.slotOf(leaf, at) ^ (1 << (bit & 31)));
    this.#leaves.addCount(leaf, set ? 1 : -1);
  }

  /** The first bit at or after `from` that is set, or clear when `flip` is −1; else `LEAF_BITS`. */
  #nextBit(leaf: number, from: number, flip: 0 | -1): number {
    for (let at = from >>> WORD_SHIFT; at < LEAF_WORDS; at++) {
      const below = at === from >>> WORD_SHIFT ? -1 << (from & 31) : -1;
      const bits = (this.#leaves.slotOf(leaf, at) ^ flip) & below;
      if (bits !== 0) return (at << WORD_SHIFT) + 31 - Math.clz32(bits & -bits);
    }
    return LEAF_BITS;
  }
}

function noSpace(min: number, max: number): Refusal<'ENOSPC'> {
  return refuse('ENOSPC', `no free id from ${min} to ${max}`);
}

function noMemory(): Refusal<'ENOMEM'> {
  return refuse('ENOMEM', 'the buffer has no room for more nodes');
}
