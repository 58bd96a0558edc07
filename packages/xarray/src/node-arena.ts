// The 64-way nodes of a radix tree, in one typed array: a row of words a node. Freed nodes are used
// again, the last one first, as a slab does it.

import { assert } from '@forkless/errors';

/** Bits of an index a level resolves, and slots a node has. @see include/linux/xarray.h, XA_CHUNK_SHIFT */
export const CHUNK_SHIFT = 6;
/** Slots of a node. */
export const CHUNK_SIZE = 64;
/** Mask of an index within a node. */
export const CHUNK_MASK = 63;

/** No node. */
export const NONE = -1;

const COUNT = 0;
const PARENT = 1;
const OFFSET = 2;
const SHIFT = 3;
const FREE_LOW = 4;
const FREE_HIGH = 5;
const SLOTS = 6;
const ROW_WORDS = SLOTS + CHUNK_SIZE;
const NODES_FIRST = 4;

/** The nodes of one tree. Slots hold node numbers, or `NONE`; what a leaf's slot means is its user's. */
export class NodeArena {
  #words = new Int32Array(NODES_FIRST * ROW_WORDS);
  readonly #freed: number[] = [];
  #used = 0;

  /** Nodes in use. */
  get nodeCount(): number {
    return this.#used - this.#freed.length;
  }

  /** Makes a node whose slots are empty and all marked free. */
  make(shift: number, parent: number, offset: number): number {
    const node = this.#freed.pop() ?? this.#used++;
    if ((node + 1) * ROW_WORDS > this.#words.length) this.#grow();
    const at = node * ROW_WORDS;
    this.#words[at + COUNT] = 0;
    this.#words[at + PARENT] = parent;
    this.#words[at + OFFSET] = offset;
    this.#words[at + SHIFT] = shift;
    this.#words[at + FREE_LOW] = -1;
    this.#words[at + FREE_HIGH] = -1;
    this.#words.fill(NONE, at + SLOTS, at + ROW_WORDS);
    return node;
  }

  /** Gives a node back. */
  drop(node: number): void {
    assert(this.countOf(node) === 0, 'a node that is given back is empty');
    this.#freed.push(node);
  }

  /** Gives all nodes back. */
  clear(): void {
    this.#freed.length = 0;
    this.#used = 0;
  }

  /** How many slots of the node are in use. */
  countOf(node: number): number {
    return this.#words[node * ROW_WORDS + COUNT]!;
  }

  /** Changes how many slots are in use. */
  addCount(node: number, change: number): void {
    const at = node * ROW_WORDS + COUNT;
    this.#words[at] = this.#words[at]! + change;
  }

  /** The node above, or `NONE`. */
  parentOf(node: number): number {
    return this.#words[node * ROW_WORDS + PARENT]!;
  }

  /** Hangs a node below another. */
  setParent(node: number, parent: number, offset: number): void {
    this.#words[node * ROW_WORDS + PARENT] = parent;
    this.#words[node * ROW_WORDS + OFFSET] = offset;
  }

  /** The slot of the node above that this node hangs in. */
  offsetOf(node: number): number {
    return this.#words[node * ROW_WORDS + OFFSET]!;
  }

  /** How far an index is shifted right to find its slot here; 0 in a leaf. */
  shiftOf(node: number): number {
    return this.#words[node * ROW_WORDS + SHIFT]!;
  }

  /** What hangs in a slot. */
  slotOf(node: number, offset: number): number {
    return this.#words[node * ROW_WORDS + SLOTS + offset]!;
  }

  /** Hangs something into a slot. */
  setSlot(node: number, offset: number, child: number): void {
    this.#words[node * ROW_WORDS + SLOTS + offset] = child;
  }

  /** Whether there is a free index in or below a slot. */
  isFree(node: number, offset: number): boolean {
    return (this.#words[this.#freeWord(node, offset)]! & (1 << (offset & 31))) !== 0;
  }

  /** Whether there is a free index in the node or below it. */
  hasFree(node: number): boolean {
    const at = node * ROW_WORDS;
    return (this.#words[at + FREE_LOW]! | this.#words[at + FREE_HIGH]!) !== 0;
  }

  /** Marks a slot as having a free index, or as full. */
  setFree(node: number, offset: number, free: boolean): void {
    const word = this.#freeWord(node, offset);
    const bit = 1 << (offset & 31);
    this.#words[word] = free ? this.#words[word]! | bit : this.#words[word]! & ~bit;
  }

  /** The first slot at or after `offset` with a free index, or `CHUNK_SIZE`. */
  nextFree(node: number, offset: number): number {
    if (offset >= CHUNK_SIZE) return CHUNK_SIZE;
    let word = offset >>> 5;
    let bits = this.#words[node * ROW_WORDS + FREE_LOW + word]! & (-1 << (offset & 31));
    if (bits === 0 && word === 0) bits = this.#words[node * ROW_WORDS + FREE_LOW + ++word]!;
    return bits === 0 ? CHUNK_SIZE : word * 32 + 31 - Math.clz32(bits & -bits);
  }

  #freeWord(node: number, offset: number): number {
    return node * ROW_WORDS + FREE_LOW + (offset >>> 5);
  }

  #grow(): void {
    const words = new Int32Array(this.#words.length * 2);
    words.set(this.#words);
    this.#words = words;
  }
}
