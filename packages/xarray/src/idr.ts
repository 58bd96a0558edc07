// IDR: small integers handed out, lowest free or cyclic, and what is stored under them. An id may be
// taken with nothing stored: it is not free then, though a lookup finds nothing.

import { refuse, type Refusal } from '@forkless/errors';
import { EMPTY, entryToHandle, handleToEntry } from './entry.ts';
import { CHUNK_MASK, CHUNK_SHIFT, CHUNK_SIZE, NodeArena, NONE, type Mark } from './node-arena.ts';
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

/** Answers of a search for the leaf of a taken index, besides a node. */
const FREE = -1;
const HEAD = -2;

/** Answers of a search for a free index, besides an index. */
const FULL = -1;
const NO_MEMORY = -2;

/** The mark that says "a free id here or below". */
const FREE_MARK: Mark = 0;

/** Words of the head: the root's node + 1, the lone id at the base, the cursor. */
const ROOT = 0;
const LONE = 1;
const CURSOR = 2;

/** The lone id when it is not the word of a value: free, or taken with null. */
const LONE_FREE = 0;
const LONE_NULL = -1;

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
  readonly #nodes: NodeArena;
  readonly #values: Values<T>;
  readonly #observer: NodeObserver | undefined;
  readonly #warn: (what: string) => void;
  readonly #base: number;
  /** The leaf the last search for a free index ended in, or `NONE`. */
  #foundLeaf = NONE;

  constructor({ base = 0, values, buffer, observer, onWarning }: IdrOptions = {}) {
    this.#nodes = new NodeArena(buffer);
    this.#values = values === 'integers' ? new IntegerValues<T>() : new ObjectValues<T>();
    this.#base = base;
    this.#observer = observer;
    this.#warn = onWarning ?? (() => undefined);
  }

  /** Where the next cyclic search begins: the id handed out cyclically last, plus one. A raw u32. */
  get cursor(): number {
    return this.#nodes.headWord(CURSOR) >>> 0;
  }

  set cursor(cursor: number) {
    this.#nodes.setHeadWord(CURSOR, cursor | 0);
  }

  /** Nodes in use. */
  get nodeCount(): number {
    return this.#nodes.nodeCount;
  }

  /** Whether no id is taken. */
  get isEmpty(): boolean {
    return this.#root === NONE && this.#lone === LONE_FREE;
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
    const index = id - this.#base;
    if (index < 0) return null;
    if (this.#root === NONE) return index === 0 ? this.#valueOf(this.#lone) : null;
    const leaf = this.#leafOf(index);
    return leaf === NONE ? null : this.#valueOf(this.#nodes.slotOf(leaf, index & CHUNK_MASK));
  }

  /** Stores another value under a taken id and returns the old one. ENOENT when the id is free. */
  replace(id: number, value: T | null): T | null | Refusal<'ENOENT'> {
    const index = id - this.#base;
    const leaf = this.#takenLeafOf(index);
    if (leaf === FREE) return refuse('ENOENT', `id ${id} is free`);
    const offset = index & CHUNK_MASK;
    const old = this.#release(leaf === HEAD ? this.#lone : this.#nodes.slotOf(leaf, offset));
    this.#put(leaf, offset, this.#entryOf(value));
    return old;
  }

  /** Frees an id and returns what was stored; null, and nothing done, when it was free. */
  remove(id: number): T | null {
    const index = id - this.#base;
    const leaf = this.#takenLeafOf(index);
    if (leaf === FREE) return null;
    if (leaf === HEAD) {
      const alone = this.#release(this.#lone);
      this.#lone = LONE_FREE;
      return alone;
    }
    const offset = index & CHUNK_MASK;
    const old = this.#release(this.#nodes.slotOf(leaf, offset));
    this.#nodes.setSlot(leaf, offset, EMPTY);
    this.#nodes.addCount(leaf, -1);
    this.#observer?.touched(leaf, offset, 'free');
    this.#markFree(leaf, offset);
    this.#deleteEmpty(leaf);
    return old;
  }

  /** The lowest id ≥ `from` with a value other than null, with that value. @see lib/idr.c, idr_get_next_ul() */
  next(from: number): IdrEntry<T> | undefined {
    let index = Math.max(0, from - this.#base);
    if (this.#root === NONE) {
      const value = index === 0 ? this.#valueOf(this.#lone) : null;
      return value === null ? undefined : { id: this.#base, value };
    }
    const indexMax = this.#indexMax;
    while (index <= indexMax) {
      const leaf = this.#leafOf(index);
      if (leaf === NONE) {
        index = this.#skip(index);
        continue;
      }
      for (let offset = index & CHUNK_MASK; offset < CHUNK_SIZE; offset++, index++) {
        const entry = this.#nodes.slotOf(leaf, offset);
        if (entry !== EMPTY) return { id: index + this.#base, value: this.#valueOf(entry)! };
      }
    }
    return undefined;
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
    if (this.#root === NONE) {
      if (this.#lone !== LONE_FREE) yield { id: this.#base, value: this.#valueOf(this.#lone) };
      return;
    }
    const indexMax = this.#indexMax;
    for (let index = 0; index <= indexMax;) {
      const leaf = this.#leafOf(index);
      if (leaf === NONE) {
        index = this.#skip(index);
        continue;
      }
      for (let offset = 0; offset < CHUNK_SIZE; offset++, index++) {
        if (this.#nodes.hasMark(leaf, offset, FREE_MARK)) continue;
        yield { id: index + this.#base, value: this.#valueOf(this.#nodes.slotOf(leaf, offset)) };
      }
    }
  }

  /** Makes sure of the memory for one id to be taken; ENOMEM where the buffer is too small for that. */
  preload(): Refusal<'ENOMEM'> | undefined {
    if (this.#nodes.preload()) return undefined;
    return refuse('ENOMEM', 'the buffer has no room for more nodes');
  }

  /** Frees every id; the cursor stays. */
  destroy(): void {
    this.#nodes.clear();
    this.#values.clear();
    this.#root = NONE;
    this.#lone = LONE_FREE;
  }

  /** A copy of the state. Linear in the nodes. */
  snapshot(): IdrSnapshot<T> {
    return { words: this.#nodes.snapshot(), values: this.#values.snapshot() };
  }

  /** Makes the state as it was when the copy was taken. */
  restore({ words, values }: IdrSnapshot<T>): void {
    this.#nodes.restore(words);
    this.#values.restore(values);
  }

  get #root(): number {
    return this.#nodes.headWord(ROOT) - 1;
  }

  set #root(root: number) {
    this.#nodes.setHeadWord(ROOT, root + 1);
  }

  /** A lone id at the base lies in the head, without any node. */
  get #lone(): number {
    return this.#nodes.headWord(LONE);
  }

  set #lone(entry: number) {
    this.#nodes.setHeadWord(LONE, entry);
  }

  /** The largest index the tree reaches at its present height. */
  get #indexMax(): number {
    const root = this.#root;
    return root === NONE ? 0 : reachOf(this.#nodes.shiftOf(root));
  }

  #entryOf(value: T | null): number {
    return value === null ? EMPTY : handleToEntry(this.#values.put(value));
  }

  #valueOf(entry: number): T | null {
    return entry > EMPTY ? this.#values.get(entryToHandle(entry)) : null;
  }

  /** The value of a word that is in the tree no longer. */
  #release(entry: number): T | null {
    const value = this.#valueOf(entry);
    if (entry > EMPTY) this.#values.release(entryToHandle(entry));
    return value;
  }

  /** The leaf an index lies in, or `NONE`. */
  #leafOf(index: number): number {
    let node = this.#root;
    let shift = this.#nodes.shiftOf(node);
    if (shift + CHUNK_SHIFT < 32 && index >>> (shift + CHUNK_SHIFT) !== 0) return NONE;
    for (; shift > 0; shift -= CHUNK_SHIFT) {
      const offset = (index >>> shift) & CHUNK_MASK;
      this.#observer?.touched(node, offset, 'walk');
      node = this.#nodes.slotOf(node, offset) - 1;
      if (node === NONE) return NONE;
    }
    return node;
  }

  /** The leaf of a taken index, `HEAD` where it lies in the head, `FREE` when it is not taken. */
  #takenLeafOf(index: number): number {
    if (index < 0) return FREE;
    if (this.#root === NONE) return index === 0 && this.#lone !== LONE_FREE ? HEAD : FREE;
    const leaf = this.#leafOf(index);
    return leaf === NONE || this.#nodes.hasMark(leaf, index & CHUNK_MASK, FREE_MARK) ? FREE : leaf;
  }

  /** Stores a word in a leaf, or in the head. */
  #put(leaf: number, offset: number, entry: number): void {
    if (leaf === HEAD) {
      this.#lone = entry === EMPTY ? LONE_NULL : entry;
      return;
    }
    this.#nodes.setSlot(leaf, offset, entry);
    this.#observer?.touched(leaf, offset, 'store');
  }

  /** The first index after `index` that lies in another subtree than the missing one. */
  #skip(index: number): number {
    let node = this.#root;
    let shift = this.#nodes.shiftOf(node);
    for (;;) {
      const child = this.#nodes.slotOf(node, (index >>> shift) & CHUNK_MASK) - 1;
      if (child === NONE) return (Math.floor(index / 2 ** shift) + 1) * 2 ** shift;
      node = child;
      shift -= CHUNK_SHIFT;
    }
  }

  /** Takes the lowest free index in [first, max] and stores under it; the index, `FULL` or `NO_MEMORY`. */
  #take(first: number, max: number, value: T | null): number {
    if (first > max) return FULL;
    if (this.isEmpty && first === 0) {
      this.#put(HEAD, 0, this.#entryOf(value));
      return 0;
    }
    this.#foundLeaf = NONE;
    const index = this.#findFree(first);
    if (index > max) return FULL;
    if (this.#foundLeaf !== NONE) {
      this.#takeAt(this.#foundLeaf, index & CHUNK_MASK, this.#entryOf(value));
      return index;
    }
    if (this.#nodes.isShort && this.#nodes.spareCount < this.#nodesNeeded(index)) return NO_MEMORY;
    this.#takeAt(this.#reach(index), index & CHUNK_MASK, this.#entryOf(value));
    return index;
  }

  /** The lowest free index ≥ `first`, within the tree or beyond it. */
  #findFree(first: number): number {
    const root = this.#root;
    if (root === NONE) return first === 0 && this.#lone !== LONE_FREE ? 1 : first;
    const indexMax = this.#indexMax;
    let index = first;
    while (index <= indexMax) {
      let node = root;
      for (;;) {
        const shift = this.#nodes.shiftOf(node);
        const offset = (index >>> shift) & CHUNK_MASK;
        const free = this.#nodes.nextMark(node, offset, FREE_MARK);
        this.#observer?.touched(node, free & CHUNK_MASK, 'search');
        if (free !== offset) {
          // On to the free slot's first index, or past this node when it has none.
          const slot = Math.floor(index / 2 ** shift) - offset + free;
          index = slot * 2 ** shift;
          if (free === CHUNK_SIZE) break;
        }
        if (shift === 0) {
          this.#foundLeaf = node;
          return index;
        }
        node = this.#nodes.slotOf(node, free) - 1;
        if (node === NONE) return index;
      }
    }
    return index;
  }

  /** How many nodes `#reach` makes. */
  #nodesNeeded(index: number): number {
    const top = topShift(index);
    if (this.isEmpty) return top / CHUNK_SHIFT + 1;
    const root = this.#root;
    const present = root === NONE ? -CHUNK_SHIFT : this.#nodes.shiftOf(root);
    if (top > present) return (top - present) / CHUNK_SHIFT + top / CHUNK_SHIFT;
    let node = root;
    for (let shift = present; shift > 0; shift -= CHUNK_SHIFT) {
      node = this.#nodes.slotOf(node, (index >>> shift) & CHUNK_MASK) - 1;
      if (node === NONE) return shift / CHUNK_SHIFT;
    }
    return 0;
  }

  /** Makes the tree high enough for an index, and the nodes down to its leaf; the leaf. */
  #reach(index: number): number {
    if (this.isEmpty) this.#root = this.#make(topShift(index), NONE, 0);
    while (this.#root === NONE || index > this.#indexMax) this.#raise();
    let node = this.#root;
    for (let shift = this.#nodes.shiftOf(node); shift > 0; shift -= CHUNK_SHIFT) {
      const offset = (index >>> shift) & CHUNK_MASK;
      this.#observer?.touched(node, offset, 'walk');
      let child = this.#nodes.slotOf(node, offset) - 1;
      if (child === NONE) {
        child = this.#make(shift - CHUNK_SHIFT, node, offset);
        this.#link(node, offset, child);
      }
      node = child;
    }
    return node;
  }

  /** Puts a root above the present one. */
  #raise(): void {
    const below = this.#root;
    if (below === NONE) {
      const root = this.#make(0, NONE, 0);
      this.#root = root;
      this.#takeAt(root, 0, Math.max(EMPTY, this.#lone));
      this.#lone = LONE_FREE;
      return;
    }
    const root = this.#make(this.#nodes.shiftOf(below) + CHUNK_SHIFT, NONE, 0);
    this.#root = root;
    this.#link(root, 0, below);
    this.#nodes.setParent(below, root, 0);
    if (!this.#nodes.anyMark(below, FREE_MARK)) this.#nodes.setMark(root, 0, FREE_MARK, false);
  }

  #takeAt(leaf: number, at: number, entry: number): void {
    let node = leaf;
    let offset = at;
    this.#nodes.addCount(node, 1);
    this.#nodes.setSlot(node, offset, entry);
    this.#observer?.touched(node, offset, 'take');
    this.#nodes.setMark(node, offset, FREE_MARK, false);
    while (!this.#nodes.anyMark(node, FREE_MARK) && this.#nodes.parentOf(node) !== NONE) {
      offset = this.#nodes.offsetOf(node);
      node = this.#nodes.parentOf(node);
      this.#nodes.setMark(node, offset, FREE_MARK, false);
      this.#observer?.touched(node, offset, 'link');
    }
  }

  #markFree(leaf: number, at: number): void {
    let node = leaf;
    let offset = at;
    this.#nodes.setMark(node, offset, FREE_MARK, true);
    while (this.#nodes.parentOf(node) !== NONE) {
      offset = this.#nodes.offsetOf(node);
      node = this.#nodes.parentOf(node);
      if (!this.#nodes.setMark(node, offset, FREE_MARK, true)) return;
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
        this.#root = NONE;
        return;
      }
      this.#nodes.setSlot(parent, offset, NONE + 1);
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
      const child = this.#nodes.slotOf(root, 0) - 1;
      if (child === NONE) return;
      this.#nodes.setParent(child, NONE, 0);
      this.#nodes.setSlot(root, 0, NONE + 1);
      this.#nodes.addCount(root, -1);
      this.#root = child;
      this.#drop(root);
    }
  }

  /** Hangs a child into a slot; in a leaf's parent a slot holds the child's number + 1. */
  #link(node: number, offset: number, child: number): void {
    this.#nodes.setSlot(node, offset, child + 1);
    this.#nodes.addCount(node, 1);
    this.#observer?.touched(node, offset, 'link');
  }

  /** Makes a node all of whose slots are free. */
  #make(shift: number, parent: number, offset: number): number {
    const node = this.#nodes.make(shift, parent, offset);
    this.#nodes.markAll(node, FREE_MARK);
    this.#observer?.made(node);
    return node;
  }

  #drop(node: number): void {
    this.#nodes.drop(node);
    this.#observer?.freed(node);
  }
}

/** The largest index below a root of that shift; there is none above `ID_MAX`. */
function reachOf(shift: number): number {
  return shift < 30 ? (CHUNK_SIZE << shift) - 1 : ID_MAX;
}

/** The shift of the lowest root that reaches an index. */
function topShift(index: number): number {
  const digits = Math.floor(Math.log2(Math.max(1, index)) / CHUNK_SHIFT);
  return Math.max(0, digits * CHUNK_SHIFT);
}
