// The 64-way nodes of a radix tree and the words of its head, in one typed array over one buffer: a row
// of words a node. Freed nodes are used again, the last one first, as a slab does it. Over a buffer of
// its own the arena grows; over one that is given (shared with other threads, say) it can run out.

import { assert, ConfigError } from '@forkless/errors';
import {
  CHUNK_SIZE,
  COUNT,
  FREED,
  FREED_COUNT,
  HEAD_WORDS,
  MARK_WORDS,
  MARKS,
  NO_WORDS,
  OFFSET,
  PARENT,
  ROW_WORDS,
  SHIFT,
  SLOTS,
  USED,
  USER_WORD,
} from './node-layout.ts';

/** Nodes a call may need at most: a path of eleven levels beside a tree raised by eleven. */
const NODES_PER_CALL_MAX = 22;

/** Which of a node's three sets of marks: one bit a slot. @see include/linux/xarray.h, xa_mark_t */
export type Mark = 0 | 1 | 2;

const NODES_FIRST = 4;

/** Bytes a buffer needs for that many nodes. */
export function arenaByteLength(nodeCount: number): number {
  return (HEAD_WORDS + nodeCount * ROW_WORDS) * Int32Array.BYTES_PER_ELEMENT;
}

/** The nodes of one tree. What a slot's word means is its user's. */
export class NodeArena {
  /** The words of head and nodes; another array after the arena has grown. */
  words: Int32Array = NO_WORDS;
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
    this.words = new Int32Array(buffer ?? new ArrayBuffer(bytes), 0, bytes >>> 2);
  }

  /** Nodes in use. */
  get nodeCount(): number {
    return this.words[USED]! - this.words[FREED_COUNT]!;
  }

  /** Bytes of the buffer. */
  get byteLength(): number {
    return this.words.byteLength;
  }

  /** Word `at` of the user's part of the head. */
  headWord(at: number): number {
    return this.words[USER_WORD + at]!;
  }

  /** Sets a word of the user's part of the head. */
  setHeadWord(at: number, word: number): void {
    this.words[USER_WORD + at] = word;
  }

  /** Whether so few nodes can be made that a call has to count those it needs. */
  get isShort(): boolean {
    return this.#fixed && this.spareCount < NODES_PER_CALL_MAX;
  }

  /** Nodes that can still be made in the buffer as it is. */
  get spareCount(): number {
    return Math.floor((this.words.length - HEAD_WORDS) / ROW_WORDS) - this.nodeCount;
  }

  /** Makes sure of the memory for the longest path of one call; false where the buffer is too small. */
  preload(): boolean {
    while (!this.#fixed && this.spareCount < NODES_PER_CALL_MAX) this.#grow();
    return this.spareCount >= NODES_PER_CALL_MAX;
  }

  /** Makes a node whose slots are 0, and its marks too but for those of mark 0, which are `free`. */
  make(shift: number, parent: number, offset: number, free: 0 | -1 = 0): number {
    const node = this.#take();
    const { words } = this;
    const at = HEAD_WORDS + node * ROW_WORDS;
    words[at + PARENT] = parent;
    words[at + OFFSET] = offset;
    words[at + SHIFT] = shift;
    words[at + MARKS] = free;
    words[at + MARKS + 1] = free;
    words[at + MARKS + 2] = 0;
    words[at + MARKS + 3] = 0;
    words[at + MARKS + 4] = 0;
    words[at + MARKS + 5] = 0;
    return node;
  }

  /** Gives a node back, whatever is in it. */
  dropFull(node: number): void {
    const at = HEAD_WORDS + node * ROW_WORDS;
    this.words.fill(0, at + SLOTS, at + ROW_WORDS);
    this.words[at + COUNT] = 0;
    this.drop(node);
  }

  /** Gives a node back, whose slots are 0: the next one made of it has them so without being cleared. */
  drop(node: number): void {
    const { words } = this;
    const at = HEAD_WORDS + node * ROW_WORDS;
    assert(words[at + COUNT] === 0, 'a node that is given back is empty');
    words[at + PARENT] = words[FREED]!;
    words[FREED] = node + 1;
    words[FREED_COUNT]!++;
  }

  /** Gives all nodes back. */
  clear(): void {
    this.words.fill(0, HEAD_WORDS, this.#usedWords);
    this.words.fill(0, 0, USER_WORD);
  }

  /** How many slots of the node are in use. */
  countOf(node: number): number {
    return this.words[HEAD_WORDS + node * ROW_WORDS + COUNT]!;
  }

  /** Changes how many slots are in use. */
  addCount(node: number, change: number): void {
    const at = HEAD_WORDS + node * ROW_WORDS + COUNT;
    this.words[at] = this.words[at]! + change;
  }

  /** The node above, or `NONE`. */
  parentOf(node: number): number {
    return this.words[HEAD_WORDS + node * ROW_WORDS + PARENT]!;
  }

  /** Hangs a node below another. */
  setParent(node: number, parent: number, offset: number): void {
    this.words[HEAD_WORDS + node * ROW_WORDS + PARENT] = parent;
    this.words[HEAD_WORDS + node * ROW_WORDS + OFFSET] = offset;
  }

  /** The slot of the node above that this node hangs in. */
  offsetOf(node: number): number {
    return this.words[HEAD_WORDS + node * ROW_WORDS + OFFSET]!;
  }

  /** How far an index is shifted right to find its slot here; 0 in a leaf. */
  shiftOf(node: number): number {
    return this.words[HEAD_WORDS + node * ROW_WORDS + SHIFT]!;
  }

  /** The word of a slot. */
  slotOf(node: number, offset: number): number {
    return this.words[HEAD_WORDS + node * ROW_WORDS + SLOTS + offset]!;
  }

  /** Sets the word of a slot. */
  setSlot(node: number, offset: number, word: number): void {
    this.words[HEAD_WORDS + node * ROW_WORDS + SLOTS + offset] = word;
  }

  /** Whether a slot has a mark. */
  hasMark(node: number, offset: number, mark: Mark): boolean {
    return (this.words[this.#markWord(node, offset, mark)]! & (1 << (offset & 31))) !== 0;
  }

  /** Whether any slot has a mark. */
  anyMark(node: number, mark: Mark): boolean {
    const at = HEAD_WORDS + node * ROW_WORDS + MARKS + mark * MARK_WORDS;
    return (this.words[at]! | this.words[at + 1]!) !== 0;
  }

  /** Gives a slot a mark or takes it away; whether that changed anything. */
  setMark(node: number, offset: number, mark: Mark, marked: boolean): boolean {
    const word = this.#markWord(node, offset, mark);
    const bit = 1 << (offset & 31);
    const before = this.words[word]!;
    const after = marked ? before | bit : before & ~bit;
    this.words[word] = after;
    return before !== after;
  }

  /** Gives every slot a mark. */
  markAll(node: number, mark: Mark): void {
    const at = HEAD_WORDS + node * ROW_WORDS + MARKS + mark * MARK_WORDS;
    this.words[at] = -1;
    this.words[at + 1] = -1;
  }

  /** The first slot at or after `offset` with a mark, or `CHUNK_SIZE`. */
  nextMark(node: number, offset: number, mark: Mark): number {
    if (offset >= CHUNK_SIZE) return CHUNK_SIZE;
    const at = HEAD_WORDS + node * ROW_WORDS + MARKS + mark * MARK_WORDS;
    let word = offset >>> 5;
    let bits = this.words[at + word]! & (-1 << (offset & 31));
    if (bits === 0 && word === 0) bits = this.words[at + ++word]!;
    return bits === 0 ? CHUNK_SIZE : word * 32 + 31 - Math.clz32(bits & -bits);
  }

  /** A copy of everything, to be restored. Linear in the nodes that were ever in use at once. */
  snapshot(): Int32Array {
    return this.words.slice(0, this.#usedWords);
  }

  /** Makes everything as it was when the copy was taken. */
  restore(snapshot: Int32Array): void {
    while (this.words.length < snapshot.length) this.#grow();
    this.words.fill(0, snapshot.length, Math.max(snapshot.length, this.#usedWords));
    this.words.set(snapshot);
  }

  /** Words of the head and of all nodes that were ever in use at once. */
  get #usedWords(): number {
    return HEAD_WORDS + this.words[USED]! * ROW_WORDS;
  }

  #take(): number {
    const { words } = this;
    const freed = words[FREED]! - 1;
    if (freed >= 0) {
      words[FREED] = words[HEAD_WORDS + freed * ROW_WORDS + PARENT]!;
      words[FREED_COUNT]!--;
      return freed;
    }
    const node = words[USED]!++;
    if (HEAD_WORDS + (node + 1) * ROW_WORDS > words.length) this.#grow();
    return node;
  }

  #markWord(node: number, offset: number, mark: Mark): number {
    return HEAD_WORDS + node * ROW_WORDS + MARKS + mark * MARK_WORDS + (offset >>> 5);
  }

  #grow(): void {
    assert(!this.#fixed, 'room in a given buffer is asked for before it is used');
    const words = new Int32Array(this.words.length * 2);
    words.set(this.words);
    this.words = words;
  }
}
