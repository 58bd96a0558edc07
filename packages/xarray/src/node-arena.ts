// The 64-way nodes of a radix tree and the words of its head, in one typed array over one buffer: a row
// of words a node. Freed nodes are used again, the last one first, as a slab does it. Over a buffer of
// its own the arena grows; over one that is given (shared with other threads, say) it can run out.

import { assert, ConfigError } from '@forkless/errors';

/** Bits of an index a level resolves, and slots a node has. @see include/linux/xarray.h, XA_CHUNK_SHIFT */
export const CHUNK_SHIFT = 6;
/** Slots of a node. */
export const CHUNK_SIZE = 64;
/** Mask of an index within a node. */
export const CHUNK_MASK = 63;

/** No node. */
export const NONE = -1;

/** Nodes a call may need at most: a path of eleven levels beside a tree raised by eleven. */
const NODES_PER_CALL_MAX = 22;

/** Which of a node's three sets of marks: one bit a slot. @see include/linux/xarray.h, xa_mark_t */
export type Mark = 0 | 1 | 2;

/** Words of the arena's head. The first ones are its own, the rest its user's; all begin as 0. */
const USED = 0;
const FREED = 1;
const FREED_COUNT = 2;
const HEAD_WORDS = 16;
/** The first word of the head that is its user's, and how many there are. */
export const USER_WORD = 4;
export const USER_WORDS = HEAD_WORDS - USER_WORD;

const COUNT = 0;
const PARENT = 1;
const OFFSET = 2;
const SHIFT = 3;
const MARKS = 4;
const MARK_WORDS = 2;
const SLOTS = MARKS + 3 * MARK_WORDS;
/** Words of a node, four bytes each. */
export const ROW_WORDS = SLOTS + CHUNK_SIZE;
const NODES_FIRST = 4;

/** Bytes a buffer needs for that many nodes. */
export function arenaByteLength(nodeCount: number): number {
  return (HEAD_WORDS + nodeCount * ROW_WORDS) * Int32Array.BYTES_PER_ELEMENT;
}

/** The nodes of one tree. What a slot's word means is its user's. */
export class NodeArena {
  #words: Int32Array;
  readonly #fixed: boolean;

  /** Over `buffer` the arena goes on with what it finds there; zeroed bytes are an empty arena. */
  constructor(buffer?: ArrayBufferLike) {
    this.#fixed = buffer !== undefined;
    if (buffer !== undefined && buffer.byteLength < arenaByteLength(0)) {
      throw new ConfigError(
        `A tree's buffer has at least ${arenaByteLength(0)} bytes, not ${buffer.byteLength}.`,
      );
    }
    const bytes = buffer?.byteLength ?? arenaByteLength(NODES_FIRST);
    this.#words = new Int32Array(buffer ?? new ArrayBuffer(bytes), 0, bytes >>> 2);
  }

  /** Nodes in use. */
  get nodeCount(): number {
    return this.#words[USED]! - this.#words[FREED_COUNT]!;
  }

  /** Bytes of the buffer. */
  get byteLength(): number {
    return this.#words.byteLength;
  }

  /** Word `at` of the user's part of the head. */
  headWord(at: number): number {
    return this.#words[USER_WORD + at]!;
  }

  /** Sets a word of the user's part of the head. */
  setHeadWord(at: number, word: number): void {
    this.#words[USER_WORD + at] = word;
  }

  /** Whether so few nodes can be made that a call has to count those it needs. */
  get isShort(): boolean {
    return this.#fixed && this.spareCount < NODES_PER_CALL_MAX;
  }

  /** Nodes that can still be made in the buffer as it is. */
  get spareCount(): number {
    return Math.floor((this.#words.length - HEAD_WORDS) / ROW_WORDS) - this.nodeCount;
  }

  /** Makes sure of the memory for the longest path of one call; false where the buffer is too small. */
  preload(): boolean {
    while (!this.#fixed && this.spareCount < NODES_PER_CALL_MAX) this.#grow();
    return this.spareCount >= NODES_PER_CALL_MAX;
  }

  /** Makes a node whose slots and marks are 0. */
  make(shift: number, parent: number, offset: number): number {
    const node = this.#take();
    const words = this.#words;
    const at = HEAD_WORDS + node * ROW_WORDS;
    words[at + PARENT] = parent;
    words[at + OFFSET] = offset;
    words[at + SHIFT] = shift;
    for (let word = at + MARKS; word < at + SLOTS; word++) words[word] = 0;
    return node;
  }

  /** Gives a node back, whatever is in it. */
  dropFull(node: number): void {
    const at = HEAD_WORDS + node * ROW_WORDS;
    this.#words.fill(0, at + SLOTS, at + ROW_WORDS);
    this.#words[at + COUNT] = 0;
    this.drop(node);
  }

  /** Gives a node back, whose slots are 0: the next one made of it has them so without being cleared. */
  drop(node: number): void {
    assert(this.countOf(node) === 0, 'a node that is given back is empty');
    this.#words[HEAD_WORDS + node * ROW_WORDS + PARENT] = this.#words[FREED]!;
    this.#words[FREED] = node + 1;
    this.#words[FREED_COUNT] = this.#words[FREED_COUNT]! + 1;
  }

  /** Gives all nodes back. */
  clear(): void {
    this.#words.fill(0, HEAD_WORDS, this.#usedWords);
    this.#words.fill(0, 0, USER_WORD);
  }

  /** How many slots of the node are in use. */
  countOf(node: number): number {
    return this.#words[HEAD_WORDS + node * ROW_WORDS + COUNT]!;
  }

  /** Changes how many slots are in use. */
  addCount(node: number, change: number): void {
    const at = HEAD_WORDS + node * ROW_WORDS + COUNT;
    this.#words[at] = this.#words[at]! + change;
  }

  /** The node above, or `NONE`. */
  parentOf(node: number): number {
    return this.#words[HEAD_WORDS + node * ROW_WORDS + PARENT]!;
  }

  /** Hangs a node below another. */
  setParent(node: number, parent: number, offset: number): void {
    this.#words[HEAD_WORDS + node * ROW_WORDS + PARENT] = parent;
    this.#words[HEAD_WORDS + node * ROW_WORDS + OFFSET] = offset;
  }

  /** The slot of the node above that this node hangs in. */
  offsetOf(node: number): number {
    return this.#words[HEAD_WORDS + node * ROW_WORDS + OFFSET]!;
  }

  /** How far an index is shifted right to find its slot here; 0 in a leaf. */
  shiftOf(node: number): number {
    return this.#words[HEAD_WORDS + node * ROW_WORDS + SHIFT]!;
  }

  /** The word of a slot. */
  slotOf(node: number, offset: number): number {
    return this.#words[HEAD_WORDS + node * ROW_WORDS + SLOTS + offset]!;
  }

  /** Sets the word of a slot. */
  setSlot(node: number, offset: number, word: number): void {
    this.#words[HEAD_WORDS + node * ROW_WORDS + SLOTS + offset] = word;
  }

  /** Whether a slot has a mark. */
  hasMark(node: number, offset: number, mark: Mark): boolean {
    return (this.#words[this.#markWord(node, offset, mark)]! & (1 << (offset & 31))) !== 0;
  }

  /** Whether any slot has a mark. */
  anyMark(node: number, mark: Mark): boolean {
    const at = HEAD_WORDS + node * ROW_WORDS + MARKS + mark * MARK_WORDS;
    return (this.#words[at]! | this.#words[at + 1]!) !== 0;
  }

  /** Gives a slot a mark or takes it away; whether that changed anything. */
  setMark(node: number, offset: number, mark: Mark, marked: boolean): boolean {
    const word = this.#markWord(node, offset, mark);
    const bit = 1 << (offset & 31);
    const before = this.#words[word]!;
    const after = marked ? before | bit : before & ~bit;
    this.#words[word] = after;
    return before !== after;
  }

  /** Gives every slot a mark. */
  markAll(node: number, mark: Mark): void {
    const at = HEAD_WORDS + node * ROW_WORDS + MARKS + mark * MARK_WORDS;
    this.#words[at] = -1;
    this.#words[at + 1] = -1;
  }

  /** The first slot at or after `offset` with a mark, or `CHUNK_SIZE`. */
  nextMark(node: number, offset: number, mark: Mark): number {
    if (offset >= CHUNK_SIZE) return CHUNK_SIZE;
    const at = HEAD_WORDS + node * ROW_WORDS + MARKS + mark * MARK_WORDS;
    let word = offset >>> 5;
    let bits = this.#words[at + word]! & (-1 << (offset & 31));
    if (bits === 0 && word === 0) bits = this.#words[at + ++word]!;
    return bits === 0 ? CHUNK_SIZE : word * 32 + 31 - Math.clz32(bits & -bits);
  }

  /** A copy of everything, to be restored. Linear in the nodes that were ever in use at once. */
  snapshot(): Int32Array {
    return this.#words.slice(0, this.#usedWords);
  }

  /** Makes everything as it was when the copy was taken. */
  restore(snapshot: Int32Array): void {
    while (this.#words.length < snapshot.length) this.#grow();
    this.#words.fill(0, snapshot.length, Math.max(snapshot.length, this.#usedWords));
    this.#words.set(snapshot);
  }

  /** Words of the head and of all nodes that were ever in use at once. */
  get #usedWords(): number {
    return HEAD_WORDS + this.#words[USED]! * ROW_WORDS;
  }

  #take(): number {
    const freed = this.#words[FREED]! - 1;
    if (freed >= 0) {
      this.#words[FREED] = this.parentOf(freed);
      this.#words[FREED_COUNT] = this.#words[FREED_COUNT]! - 1;
      return freed;
    }
    const node = this.#words[USED]!;
    this.#words[USED] = node + 1;
    if (HEAD_WORDS + (node + 1) * ROW_WORDS > this.#words.length) this.#grow();
    return node;
  }

  #markWord(node: number, offset: number, mark: Mark): number {
    return HEAD_WORDS + node * ROW_WORDS + MARKS + mark * MARK_WORDS + (offset >>> 5);
  }

  #grow(): void {
    assert(!this.#fixed, 'room in a given buffer is asked for before it is used');
    const words = new Int32Array(this.#words.length * 2);
    words.set(this.#words);
    this.#words = words;
  }
}
