// IDR: small integers handed out, lowest free or cyclic, and what is stored under them. An id may be
// taken with nothing stored: it is not free then, though a lookup finds nothing.

import { refuse, type Refusal } from '@forkless/errors';
import { CHUNK_MASK, CHUNK_SHIFT, CHUNK_SIZE, NodeArena, NONE } from './node-arena.ts';

/** The largest id of the int calls. */
export const INT_MAX = 0x7fff_ffff;
/** The largest id. */
export const ID_MAX = 0xffff_ffff;

/** What a call did to one slot of a node on its way; `search` looked for it among the marks. */
export type NodeUse = 'search' | 'walk' | 'take' | 'store' | 'free' | 'link';

/** Told of every node that a call touches, to charge for it. */
export interface IdrObserver {
  /** `search` read the marks, `walk` the slot; `take` and `free` changed slot, count and mark; `link` a child. */
  touched(node: number, offset: number, use: NodeUse): void;
  made(node: number): void;
  freed(node: number): void;
}

/** An id and what is stored under it. */
export interface IdrEntry<T> {
  readonly id: number;
  readonly value: T;
}

/** Answers of a search for the leaf of a taken index, besides a node. */
const FREE = -1;
const HEAD = -2;

/** Where the value of an index lies. */
function valueAt(leaf: number, index: number): number {
  return leaf * CHUNK_SIZE + (index & CHUNK_MASK);
}

/**
 * The kernel's IDR. Locking is the caller's. Every call is O(log64 of the largest id).
 * @see lib/idr.c, lib/radix-tree.c, v6.12
 */
export class Idr<T> {
  readonly #nodes = new NodeArena();
  /** By node × 64 + slot; `null` where nothing is stored. */
  readonly #values: (T | null)[] = [];
  readonly #observer: IdrObserver | undefined;
  readonly #base: number;
  #root = NONE;
  /** The largest index the tree reaches at its present height. */
  #indexMax = 0;
  /** A lone id at the base lies in the head, without any node. */
  #headTaken = false;
  #headValue: T | null = null;
  #cursor = 0;

  constructor({ base = 0, observer }: { base?: number; observer?: IdrObserver } = {}) {
    this.#base = base;
    this.#observer = observer;
  }

  /** Where the next cyclic search begins: the id handed out cyclically last, plus one. A raw u32. */
  get cursor(): number {
    return this.#cursor;
  }

  set cursor(cursor: number) {
    this.#cursor = cursor >>> 0;
  }

  /** Nodes in use. */
  get nodeCount(): number {
    return this.#nodes.nodeCount;
  }

  /** Whether no id is taken. */
  get isEmpty(): boolean {
    return this.#root === NONE && !this.#headTaken;
  }

  /** Takes the lowest free id in [start, maxInclusive], unsigned. ENOSPC when there is none. */
  allocU32(value: T | null, start: number, maxInclusive: number): number | Refusal<'ENOSPC'> {
    const first = Math.max(start, this.#base) - this.#base;
    const index = this.#take(first, maxInclusive - this.#base);
    if (index < 0) return refuse('ENOSPC', `no free id from ${start} to ${maxInclusive}`);
    // What is taken holds null until something is stored.
    if (value !== null) this.#store(this.#takenLeafOf(index), index, value);
    return index + this.#base;
  }

  /** Takes the lowest free id in [start, end); end ≤ 0 means up to INT_MAX. EINVAL for start < 0. */
  alloc(value: T | null, start: number, end: number): number | Refusal<'ENOSPC' | 'EINVAL'> {
    if (start < 0) return refuse('EINVAL', `ids begin at 0, not at ${start}`);
    return this.allocU32(value, start, end > 0 ? end - 1 : INT_MAX);
  }

  /** As `alloc`, but searches from the cursor on first, and moves the cursor behind the id it took. */
  allocCyclic(value: T | null, start: number, end: number): number | Refusal<'ENOSPC'> {
    const max = end > 0 ? end - 1 : INT_MAX;
    const from = Math.max(this.#cursor | 0, start);
    let id = this.allocU32(value, from >>> 0, max);
    if (typeof id !== 'number' && from >>> 0 > start >>> 0)
      id = this.allocU32(value, start >>> 0, max);
    if (typeof id === 'number') this.#cursor = (id + 1) >>> 0;
    return id;
  }

  /** What is stored under `id`; null also where the id is free. */
  find(id: number): T | null {
    const index = id - this.#base;
    if (index < 0) return null;
    if (this.#root === NONE) return index === 0 ? this.#headValue : null;
    const leaf = this.#leafOf(index);
    return leaf === NONE ? null : this.#values[valueAt(leaf, index)]!;
  }

  /** Stores another value under a taken id and returns the old one. ENOENT when the id is free. */
  replace(id: number, value: T | null): T | null | Refusal<'ENOENT'> {
    const index = id - this.#base;
    const leaf = this.#takenLeafOf(index);
    if (leaf === FREE) return refuse('ENOENT', `id ${id} is free`);
    const old = leaf === HEAD ? this.#headValue : this.#values[valueAt(leaf, index)]!;
    this.#store(leaf, index, value);
    return old;
  }

  /** Frees an id and returns what was stored; null, and nothing done, when it was free. */
  remove(id: number): T | null {
    const index = id - this.#base;
    const leaf = this.#takenLeafOf(index);
    if (leaf === FREE) return null;
    if (leaf === HEAD) {
      const alone = this.#headValue;
      this.#headTaken = false;
      this.#headValue = null;
      return alone;
    }
    const old = this.#values[valueAt(leaf, index)]!;
    const offset = index & CHUNK_MASK;
    this.#values[valueAt(leaf, index)] = null;
    this.#nodes.addCount(leaf, -1);
    this.#observer?.touched(leaf, offset, 'free');
    this.#markFree(leaf, offset);
    this.#deleteEmpty(leaf);
    return old;
  }

  /** The lowest id ≥ `from` with a value other than null, with that value. */
  next(from: number): IdrEntry<T> | undefined {
    let index = Math.max(0, from - this.#base);
    if (this.#root === NONE) {
      const value = index === 0 ? this.#headValue : null;
      return value === null ? undefined : { id: this.#base, value };
    }
    while (index <= this.#indexMax) {
      const leaf = this.#leafOf(index);
      if (leaf === NONE) {
        index = this.#skip(index);
        continue;
      }
      for (let offset = index & CHUNK_MASK; offset < CHUNK_SIZE; offset++, index++) {
        const value = this.#values[valueAt(leaf, offset)]!;
        if (value !== null) return { id: index + this.#base, value };
      }
    }
    return undefined;
  }

  /** Frees every id; the cursor stays. */
  destroy(): void {
    this.#nodes.clear();
    this.#values.length = 0;
    this.#setRoot(NONE);
    this.#headTaken = false;
    this.#headValue = null;
  }

  #setRoot(root: number): void {
    this.#root = root;
    this.#indexMax = root === NONE ? 0 : 2 ** (this.#nodes.shiftOf(root) + CHUNK_SHIFT) - 1;
  }

  /** The leaf an index lies in, or `NONE`. */
  #leafOf(index: number): number {
    if (index > this.#indexMax) return NONE;
    let node = this.#root;
    for (let shift = this.#nodes.shiftOf(node); shift > 0; shift -= CHUNK_SHIFT) {
      const offset = (index >>> shift) & CHUNK_MASK;
      this.#observer?.touched(node, offset, 'walk');
      node = this.#nodes.slotOf(node, offset);
      if (node === NONE) return NONE;
    }
    return node;
  }

  /** The leaf of a taken index, `HEAD` where it lies in the head, `FREE` when it is not taken. */
  #takenLeafOf(index: number): number {
    if (index < 0 || index > this.#indexMax) return FREE;
    if (this.#root === NONE) return this.#headTaken ? HEAD : FREE;
    const leaf = this.#leafOf(index);
    return leaf === NONE || this.#nodes.isFree(leaf, index & CHUNK_MASK) ? FREE : leaf;
  }

  /** Stores under an index whose leaf, or `HEAD`, is known. */
  #store(leaf: number, index: number, value: T | null): void {
    if (leaf === HEAD) {
      this.#headValue = value;
      return;
    }
    this.#values[valueAt(leaf, index)] = value;
    this.#observer?.touched(leaf, index & CHUNK_MASK, 'store');
  }

  /** The first index after `index` that lies in another subtree than the missing one. */
  #skip(index: number): number {
    let node = this.#root;
    let shift = this.#nodes.shiftOf(node);
    for (;;) {
      const child = this.#nodes.slotOf(node, (index >>> shift) & CHUNK_MASK);
      if (child === NONE) return (Math.floor(index / 2 ** shift) + 1) * 2 ** shift;
      node = child;
      shift -= CHUNK_SHIFT;
    }
  }

  /** Takes the lowest free index in [first, max] and returns it, or −1. */
  #take(first: number, max: number): number {
    if (first > max) return NONE;
    if (this.#root === NONE && !this.#headTaken && first === 0) {
      this.#headTaken = true;
      return 0;
    }
    const index = this.#findFree(first);
    if (index > max) return NONE;
    this.#reach(index);
    this.#takeAt(index);
    return index;
  }

  /** The lowest free index ≥ `first`, within the tree or beyond it. */
  #findFree(first: number): number {
    let index = first;
    while (index <= this.#indexMax) {
      if (this.#root === NONE) return this.#headTaken ? 1 : index;
      let node = this.#root;
      for (;;) {
        const shift = this.#nodes.shiftOf(node);
        const offset = (index >>> shift) & CHUNK_MASK;
        const free = this.#nodes.nextFree(node, offset);
        this.#observer?.touched(node, free & CHUNK_MASK, 'search');
        if (free !== offset) {
          // On to the free slot's first index, or past this node when it has none.
          const slot = Math.floor(index / 2 ** shift) - offset + free;
          index = slot * 2 ** shift;
          if (free === CHUNK_SIZE) break;
        }
        if (shift === 0) return index;
        node = this.#nodes.slotOf(node, free);
        if (node === NONE) return index;
      }
    }
    return index;
  }

  /** Makes the tree high enough for an index, and the nodes down to its leaf. */
  #reach(index: number): void {
    const empty = this.#root === NONE && !this.#headTaken;
    let shift = this.#root === NONE ? NONE : this.#nodes.shiftOf(this.#root);
    if (empty) {
      shift = Math.max(0, Math.floor(Math.log2(Math.max(1, index)) / CHUNK_SHIFT) * CHUNK_SHIFT);
      this.#setRoot(this.#make(shift, NONE, 0));
    }
    while (index > this.#indexMax || this.#root === NONE) this.#raise();
    let node = this.#root;
    for (shift = this.#nodes.shiftOf(node); shift > 0; shift -= CHUNK_SHIFT) {
      const offset = (index >>> shift) & CHUNK_MASK;
      let child = this.#nodes.slotOf(node, offset);
      if (child === NONE) {
        child = this.#make(shift - CHUNK_SHIFT, node, offset);
        this.#link(node, offset, child);
      }
      node = child;
    }
  }

  /** Puts a root above the present one. */
  #raise(): void {
    const below = this.#root;
    if (below === NONE) {
      this.#setRoot(this.#make(0, NONE, 0));
      this.#nodes.addCount(this.#root, 1);
      this.#nodes.setFree(this.#root, 0, false);
      this.#values[this.#root * CHUNK_SIZE] = this.#headValue;
      this.#observer?.touched(this.#root, 0, 'take');
      this.#headTaken = false;
      this.#headValue = null;
      return;
    }
    this.#setRoot(this.#make(this.#nodes.shiftOf(below) + CHUNK_SHIFT, NONE, 0));
    this.#link(this.#root, 0, below);
    this.#nodes.setParent(below, this.#root, 0);
    if (!this.#nodes.hasFree(below)) this.#nodes.setFree(this.#root, 0, false);
  }

  #takeAt(index: number): void {
    let node = this.#leafOf(index);
    let offset = index & CHUNK_MASK;
    this.#nodes.addCount(node, 1);
    this.#observer?.touched(node, offset, 'take');
    this.#nodes.setFree(node, offset, false);
    while (!this.#nodes.hasFree(node) && this.#nodes.parentOf(node) !== NONE) {
      offset = this.#nodes.offsetOf(node);
      node = this.#nodes.parentOf(node);
      this.#nodes.setFree(node, offset, false);
      this.#observer?.touched(node, offset, 'link');
    }
  }

  #markFree(leaf: number, at: number): void {
    let node = leaf;
    let offset = at;
    this.#nodes.setFree(node, offset, true);
    while (this.#nodes.parentOf(node) !== NONE) {
      offset = this.#nodes.offsetOf(node);
      node = this.#nodes.parentOf(node);
      if (this.#nodes.isFree(node, offset)) return;
      this.#nodes.setFree(node, offset, true);
      this.#observer?.touched(node, offset, 'link');
    }
  }

  /** Gives back the nodes that have become empty, upwards, and lowers the tree. */
  #deleteEmpty(from: number): void {
    let node = from;
    while (this.#nodes.countOf(node) === 0) {
      const parent = this.#nodes.parentOf(node);
      const offset = this.#nodes.offsetOf(node);
      this.#drop(node);
      if (parent === NONE) {
        this.#setRoot(NONE);
        return;
      }
      this.#nodes.setSlot(parent, offset, NONE);
      this.#nodes.addCount(parent, -1);
      this.#observer?.touched(parent, offset, 'link');
      node = parent;
    }
    if (node === this.#root) this.#lower();
  }

  /** Takes away roots whose only child hangs in slot 0. A leaf stays, also with id 0 alone in it. */
  #lower(): void {
    for (;;) {
      const root = this.#root;
      if (this.#nodes.shiftOf(root) === 0 || this.#nodes.countOf(root) !== 1) return;
      const child = this.#nodes.slotOf(root, 0);
      if (child === NONE) return;
      this.#nodes.setParent(child, NONE, 0);
      this.#nodes.addCount(root, -1);
      this.#setRoot(child);
      this.#drop(root);
    }
  }

  #link(node: number, offset: number, child: number): void {
    this.#nodes.setSlot(node, offset, child);
    this.#nodes.addCount(node, 1);
    this.#observer?.touched(node, offset, 'link');
  }

  #make(shift: number, parent: number, offset: number): number {
    const node = this.#nodes.make(shift, parent, offset);
    if (shift === 0) {
      while (this.#values.length < (node + 1) * CHUNK_SIZE) this.#values.push(null);
      this.#values.fill(null, node * CHUNK_SIZE, (node + 1) * CHUNK_SIZE);
    }
    this.#observer?.made(node);
    return node;
  }

  #drop(node: number): void {
    this.#nodes.drop(node);
    this.#observer?.freed(node);
  }
}
