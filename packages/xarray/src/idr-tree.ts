// The radix tree of an IDR: which indices are taken, and a word under each. Every step works on the words
// of the nodes itself: these are the loops that handing out an id is made of.

import { EMPTY } from './entry.ts';
import {
  CURSOR,
  FREE,
  FREE_MARK,
  FULL,
  HEAD,
  LONE,
  LONE_FREE,
  LONE_NULL,
  NO_MEMORY,
  ROOT,
} from './idr-layout.ts';
import { NodeArena } from './node-arena.ts';
import {
  CHUNK_MASK,
  CHUNK_SHIFT,
  CHUNK_SIZE,
  COUNT,
  HEAD_WORDS,
  MARKS,
  NONE,
  OFFSET,
  PARENT,
  ROW_WORDS,
  SHIFT,
  SLOTS,
} from './node-layout.ts';
import type { NodeObserver } from './node-observer.ts';

/** The largest index. */
const INDEX_MAX = 0xffff_ffff;

/** A set of indices from 0 to 2^32 − 1 with a word under each. */
export class IdrTree {
  readonly nodes: NodeArena;
  readonly #observer: NodeObserver | undefined;
  /** The leaf that the last search ended in, or `NONE`. */
  foundLeaf = NONE;

  constructor(buffer?: ArrayBufferLike, observer?: NodeObserver) {
    this.nodes = new NodeArena(buffer);
    this.#observer = observer;
  }

  /** A raw u32. */
  get cursor(): number {
    return this.nodes.words[CURSOR]! >>> 0;
  }

  set cursor(cursor: number) {
    this.nodes.words[CURSOR] = cursor | 0;
  }

  get isEmpty(): boolean {
    const { words } = this.nodes;
    return words[ROOT] === NONE + 1 && words[LONE] === LONE_FREE;
  }

  /** Whether there is no node, at most index 0 by itself in the head. */
  get isHeadOnly(): boolean {
    return this.nodes.words[ROOT] === NONE + 1;
  }

  /** The word of index 0 where it lies in the head. */
  get lone(): number {
    return this.nodes.words[LONE]!;
  }

  /** The largest index the tree reaches at its present height. */
  get indexMax(): number {
    const root = this.nodes.words[ROOT]! - 1;
    return root === NONE ? 0 : reachOf(this.nodes.shiftOf(root));
  }

  /** Frees everything; the cursor stays. */
  clear(): void {
    this.nodes.clear();
    this.nodes.words[ROOT] = NONE + 1;
    this.nodes.words[LONE] = LONE_FREE;
  }

  /** The leaf an index lies in, or `NONE`. Caller knows that there are nodes. */
  leafOf(index: number): number {
    const { words } = this.nodes;
    const observer = this.#observer;
    let node = words[ROOT]! - 1;
    let shift = words[HEAD_WORDS + node * ROW_WORDS + SHIFT]!;
    if (shift < 30 && index >>> (shift + CHUNK_SHIFT) !== 0) return NONE;
    for (; shift > 0; shift -= CHUNK_SHIFT) {
      const offset = (index >>> shift) & CHUNK_MASK;
      if (observer !== undefined) observer.touched(node, offset, 'walk');
      node = words[HEAD_WORDS + node * ROW_WORDS + SLOTS + offset]! - 1;
      if (node === NONE) return NONE;
    }
    return node;
  }

  /** The leaf of a taken index, `HEAD` where it lies in the head, `FREE` when it is not taken. */
  takenLeafOf(index: number): number {
    if (index < 0 || index > INDEX_MAX) return FREE;
    const { words } = this.nodes;
    if (words[ROOT] === NONE + 1) {
      return index === 0 && words[LONE] !== LONE_FREE ? HEAD : FREE;
    }
    const leaf = this.leafOf(index);
    if (leaf === NONE) return FREE;
    const marks = words[HEAD_WORDS + leaf * ROW_WORDS + MARKS + ((index & CHUNK_MASK) >>> 5)]!;
    return ((marks >>> (index & 31)) & 1) === 1 ? FREE : leaf;
  }

  /** The word under a taken index of that leaf, or of the head. */
  wordAt(leaf: number, index: number): number {
    const { words } = this.nodes;
    if (leaf === HEAD) return words[LONE]!;
    return words[HEAD_WORDS + leaf * ROW_WORDS + SLOTS + (index & CHUNK_MASK)]!;
  }

  /** Stores another word under a taken index of that leaf, or of the head. */
  put(leaf: number, index: number, word: number): void {
    const { words } = this.nodes;
    if (leaf === HEAD) {
      words[LONE] = word === EMPTY ? LONE_NULL : word;
      return;
    }
    const offset = index & CHUNK_MASK;
    words[HEAD_WORDS + leaf * ROW_WORDS + SLOTS + offset] = word;
    this.#observer?.touched(leaf, offset, 'store');
  }

  /** Frees a taken index of that leaf, or of the head, and gives back the nodes that become empty. */
  free(leaf: number, index: number): void {
    const { words } = this.nodes;
    if (leaf === HEAD) {
      words[LONE] = LONE_FREE;
      return;
    }
    const offset = index & CHUNK_MASK;
    const row = HEAD_WORDS + leaf * ROW_WORDS;
    words[row + SLOTS + offset] = EMPTY;
    const count = words[row + COUNT]! - 1;
    words[row + COUNT] = count;
    words[row + MARKS + (offset >>> 5)]! |= 1 << (offset & 31);
    if (this.#observer !== undefined) this.#observer.touched(leaf, offset, 'free');
    this.#markAbove(row);
    if (count === 0) this.#deleteEmpty(leaf);
    else if (words[row + PARENT] === NONE) this.#lower();
  }

  /**
   * The lowest taken index ≥ `from`, or −1; `foundLeaf` has it. Caller knows that there are nodes.
   * @see lib/radix-tree.c, radix_tree_next_chunk(), v6.12
   */
  nextTaken(from: number): number {
    const { words } = this.nodes;
    const root = words[ROOT]! - 1;
    const top = words[HEAD_WORDS + root * ROW_WORDS + SHIFT]!;
    const indexMax = reachOf(top);
    for (let index = from, node = root, shift = top; index <= indexMax;) {
      const row = HEAD_WORDS + node * ROW_WORDS;
      const offset = (index >>> shift) & CHUNK_MASK;
      const found = shift === 0 ? nextBusy(words, row, offset) : nextUsed(words, row, offset);
      if (this.#observer !== undefined) this.#observeScan(node, shift, offset, found);
      if (found !== offset) index = ((index >>> shift) - offset + found) * (1 << shift);
      if (found === CHUNK_SIZE) {
        // Past this node: on from the root, as the kernel goes.
        node = root;
        shift = top;
      } else if (shift === 0) {
        this.foundLeaf = node;
        return index;
      } else {
        node = words[row + SLOTS + found]! - 1;
        shift -= CHUNK_SHIFT;
      }
    }
    return -1;
  }

  /** A leaf's slots are read by whoever looks up its ids. */
  #observeScan(node: number, shift: number, from: number, found: number): void {
    if (shift === 0) return;
    for (let offset = from; offset <= found && offset < CHUNK_SIZE; offset++) {
      this.#observer!.touched(node, offset, 'walk');
    }
  }

  /** The lowest free index in [first, max]; `FULL`, or `NO_MEMORY` for the nodes that it would need. */
  search(first: number, max: number): number {
    this.foundLeaf = NONE;
    const index = this.#findFree(first);
    if (index > max) return FULL;
    if (this.foundLeaf !== NONE || !this.nodes.isShort) return index;
    const fits = this.isHeadOnly && index === 0;
    return fits || this.nodes.spareCount >= this.#nodesNeeded(index) ? index : NO_MEMORY;
  }

  /** Takes the index that `search` has answered just now. */
  take(index: number, word: number): void {
    if (this.foundLeaf !== NONE) this.#takeAt(this.foundLeaf, index & CHUNK_MASK, word);
    else if (index === 0 && this.isHeadOnly) this.put(HEAD, 0, word);
    else this.#takeAt(this.#reach(index), index & CHUNK_MASK, word);
  }

  /** The lowest free index ≥ `first`, within the tree or beyond it. */
  #findFree(first: number): number {
    const { words } = this.nodes;
    const observer = this.#observer;
    const root = words[ROOT]! - 1;
    if (root === NONE) return first === 0 && words[LONE] !== LONE_FREE ? 1 : first;
    const top = words[HEAD_WORDS + root * ROW_WORDS + SHIFT]!;
    const indexMax = reachOf(top);
    let index = first;
    while (index <= indexMax) {
      let node = root;
      for (let shift = top; ; shift -= CHUNK_SHIFT) {
        const row = HEAD_WORDS + node * ROW_WORDS;
        const offset = (index >>> shift) & CHUNK_MASK;
        const free = nextFree(words, row, offset);
        if (observer !== undefined) observer.touched(node, free & CHUNK_MASK, 'search');
        if (free !== offset) {
          // On to the free slot's first index, or past this node when it has none.
          index = ((index >>> shift) - offset + free) * (1 << shift);
          if (free === CHUNK_SIZE) break;
        }
        if (shift === 0) {
          this.foundLeaf = node;
          return index;
        }
        node = words[row + SLOTS + free]! - 1;
        if (node === NONE) return index;
      }
    }
    return index;
  }

  /** How many nodes `#reach` makes. */
  #nodesNeeded(index: number): number {
    const top = topShift(index);
    if (this.isEmpty) return top / CHUNK_SHIFT + 1;
    const { words } = this.nodes;
    const root = words[ROOT]! - 1;
    const present = root === NONE ? -CHUNK_SHIFT : this.nodes.shiftOf(root);
    if (top > present) return (top - present) / CHUNK_SHIFT + top / CHUNK_SHIFT;
    let node = root;
    for (let shift = present; shift > 0; shift -= CHUNK_SHIFT) {
      node = this.nodes.slotOf(node, (index >>> shift) & CHUNK_MASK) - 1;
      if (node === NONE) return shift / CHUNK_SHIFT;
    }
    return 0;
  }

  /** Makes the tree high enough for an index, and the nodes down to its leaf; the leaf. */
  #reach(index: number): number {
    if (this.isEmpty) this.#setRoot(this.#make(topShift(index), NONE, 0));
    while (this.isHeadOnly || index > this.indexMax) this.#raise();
    let node = this.nodes.words[ROOT]! - 1;
    for (let shift = this.nodes.shiftOf(node); shift > 0; shift -= CHUNK_SHIFT) {
      const offset = (index >>> shift) & CHUNK_MASK;
      if (this.#observer !== undefined) this.#observer.touched(node, offset, 'walk');
      let child = this.nodes.words[HEAD_WORDS + node * ROW_WORDS + SLOTS + offset]! - 1;
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
    const { lone } = this;
    const below = this.nodes.words[ROOT]! - 1;
    if (below === NONE) {
      const root = this.#make(0, NONE, 0);
      this.#setRoot(root);
      this.#takeAt(root, 0, Math.max(EMPTY, lone));
      this.nodes.words[LONE] = LONE_FREE;
      return;
    }
    const root = this.#make(this.nodes.shiftOf(below) + CHUNK_SHIFT, NONE, 0);
    this.#setRoot(root);
    this.#link(root, 0, below);
    this.nodes.setParent(below, root, 0);
    if (!this.nodes.anyMark(below, FREE_MARK)) this.nodes.setMark(root, 0, FREE_MARK, false);
  }

  #setRoot(root: number): void {
    this.nodes.words[ROOT] = root + 1;
  }

  #takeAt(leaf: number, offset: number, word: number): void {
    const { words } = this.nodes;
    const row = HEAD_WORDS + leaf * ROW_WORDS;
    words[row + COUNT]!++;
    words[row + SLOTS + offset] = word;
    words[row + MARKS + (offset >>> 5)]! &= ~(1 << (offset & 31));
    if (this.#observer !== undefined) this.#observer.touched(leaf, offset, 'take');
    if ((words[row + MARKS]! | words[row + MARKS + 1]!) === 0) this.#unmarkAbove(row);
  }

  /** Says above a full node that nothing is free in it, and so on while that fills the node above. */
  #unmarkAbove(full: number): void {
    const { words } = this.nodes;
    let row = full;
    while ((words[row + MARKS]! | words[row + MARKS + 1]!) === 0 && words[row + PARENT] !== NONE) {
      const offset = words[row + OFFSET]!;
      const node = words[row + PARENT]!;
      row = HEAD_WORDS + node * ROW_WORDS;
      words[row + MARKS + (offset >>> 5)]! &= ~(1 << (offset & 31));
      this.#observer?.touched(node, offset, 'link');
    }
  }

  /** Says above a node, up to where it is said already, that something is free in it. */
  #markAbove(below: number): void {
    const { words } = this.nodes;
    let row = below;
    while (words[row + PARENT] !== NONE) {
      const offset = words[row + OFFSET]!;
      const node = words[row + PARENT]!;
      row = HEAD_WORDS + node * ROW_WORDS;
      const at = row + MARKS + (offset >>> 5);
      const before = words[at]!;
      const after = before | (1 << (offset & 31));
      if (before === after) return;
      words[at] = after;
      this.#observer?.touched(node, offset, 'link');
    }
  }

  /** Gives back the nodes that have become empty, upwards, and lowers the tree. */
  #deleteEmpty(from: number): void {
    const { words } = this.nodes;
    let node = from;
    let row = HEAD_WORDS + node * ROW_WORDS;
    while (words[row + COUNT] === 0) {
      const parent = words[row + PARENT]!;
      const offset = words[row + OFFSET]!;
      this.#drop(node);
      if (parent === NONE) {
        this.#setRoot(NONE);
        return;
      }
      node = parent;
      row = HEAD_WORDS + node * ROW_WORDS;
      words[row + SLOTS + offset] = NONE + 1;
      words[row + COUNT]!--;
      if (this.#observer !== undefined) this.#observer.touched(node, offset, 'link');
    }
    if (words[row + PARENT] === NONE) this.#lower();
  }

  /** Takes away roots whose only child hangs in slot 0. A leaf stays, also with id 0 alone in it. */
  #lower(): void {
    const { words } = this.nodes;
    for (;;) {
      const root = words[ROOT]! - 1;
      const row = HEAD_WORDS + root * ROW_WORDS;
      if (words[row + COUNT] !== 1 || words[row + SHIFT] === 0) return;
      const child = words[row + SLOTS]! - 1;
      if (child === NONE) return;
      this.nodes.setParent(child, NONE, 0);
      words[row + SLOTS] = NONE + 1;
      words[row + COUNT] = 0;
      this.#setRoot(child);
      this.#drop(root);
    }
  }

  /** Hangs a child into a slot, which holds the child's number + 1. */
  #link(node: number, offset: number, child: number): void {
    const { words } = this.nodes;
    const row = HEAD_WORDS + node * ROW_WORDS;
    words[row + SLOTS + offset] = child + 1;
    words[row + COUNT]!++;
    if (this.#observer !== undefined) this.#observer.touched(node, offset, 'link');
  }

  /** Makes a node all of whose slots are free. */
  #make(shift: number, parent: number, offset: number): number {
    const node = this.nodes.make(shift, parent, offset, -1);
    if (this.#observer !== undefined) this.#observer.made(node);
    return node;
  }

  #drop(node: number): void {
    this.nodes.drop(node);
    if (this.#observer !== undefined) this.#observer.freed(node);
  }
}

/** The first free slot of a row at or after `offset`, or `CHUNK_SIZE`. */
function nextFree(words: Int32Array, row: number, offset: number): number {
  if (offset < 32) {
    const low = words[row + MARKS]! & (-1 << offset);
    if (low !== 0) return 31 - Math.clz32(low & -low);
  }
  const high = words[row + MARKS + 1]! & (offset < 32 ? -1 : -1 << (offset & 31));
  return high === 0 ? CHUNK_SIZE : 63 - Math.clz32(high & -high);
}

/** The first taken slot of a leaf's row at or after `offset`, or `CHUNK_SIZE`. */
function nextBusy(words: Int32Array, row: number, offset: number): number {
  if (offset < 32) {
    const low = ~words[row + MARKS]! & (-1 << offset);
    if (low !== 0) return 31 - Math.clz32(low & -low);
  }
  const high = ~words[row + MARKS + 1]! & (offset < 32 ? -1 : -1 << (offset & 31));
  return high === 0 ? CHUNK_SIZE : 63 - Math.clz32(high & -high);
}

/** The first slot of an inner row at or after `offset` that a node hangs in, or `CHUNK_SIZE`. */
function nextUsed(words: Int32Array, row: number, offset: number): number {
  let at = offset;
  while (at < CHUNK_SIZE && words[row + SLOTS + at] === NONE + 1) at++;
  return at;
}

/** The largest index below a root of that shift. */
function reachOf(shift: number): number {
  return shift < 30 ? CHUNK_SIZE * (1 << shift) - 1 : INDEX_MAX;
}

/** The shift of the lowest root that reaches an index. */
function topShift(index: number): number {
  const digits = Math.floor(Math.log2(Math.max(1, index)) / CHUNK_SHIFT);
  return Math.max(0, digits * CHUNK_SHIFT);
}
