// The ranges that are carved out of the space of ids, each a row of words with a bit for each of its ids, and
// the radix tree over the blocks of the space that finds them.

import type { LineTraffic } from './line-traffic.ts';
import { linesFor } from './line-traffic.ts';
import { LINE_WORDS, NO_WORDS } from './line-words.ts';
import { IdBits } from './id-bits.ts';
import {
  BITS,
  END,
  FIRST,
  HEAD_LINE,
  NODE_MASK,
  NODE_SHIFT,
  NODE_SLOTS,
  OWNER,
  TO_SLOT,
  TO_WORD,
} from './range-layout.ts';
import { POOL_HEAD_WORDS, RowPool } from './row-pool.ts';

/** Where ranges lie, and who hears of what is done to them. */
export interface RangeRowsOptions {
  /** Ids are below this. */
  readonly end: number;
  /** Ids in a range. */
  readonly rangeSize: number;
  /** Sections of so many words as `rangeRowsWordCounts` says. */
  readonly sections: readonly Int32Array[];
  /** Whether nodes and rows lie in those sections too; they grow otherwise. */
  readonly isFixed: boolean;
  readonly traffic: LineTraffic | undefined;
  /** The number of their first line. */
  readonly firstLine: number;
}

/** The words of a range: whole cache lines. Its first id may be any bit of a word. */
export function rangeWords(rangeSize: number): number {
  return Math.ceil((BITS + Math.ceil((rangeSize + 31) / 32)) / LINE_WORDS) * LINE_WORDS;
}

/** Carved blocks, root, heads of the pools; and where they cannot grow, nodes and rows. */
export function rangeRowsWordCounts(end: number, rangeSize: number, isFixed: boolean): number[] {
  const blocks = Math.ceil(end / rangeSize);
  const nodes = Math.ceil(blocks / NODE_SLOTS);
  return [
    IdBits.wordCount(blocks),
    nodes,
    2 * POOL_HEAD_WORDS,
    isFixed ? (nodes + 1) * NODE_SLOTS : 0,
    isFixed ? (blocks + 1) * rangeWords(rangeSize) : 0,
  ];
}

/** Ranges by the block of the space they are. A range goes by where its row begins; 0 is none. */
export class RangeRows {
  readonly size: number = 0;
  readonly blockCount: number = 0;
  /** The words of all rows. Another array after a range was carved. */
  rows: Int32Array = NO_WORDS;
  readonly #perSize: number = 0;
  readonly #carved: IdBits;
  readonly #root: Int32Array = NO_WORDS;
  readonly #nodes: RowPool;
  /** The words of all nodes. */
  #slots: Int32Array = NO_WORDS;
  readonly #pool: RowPool;
  readonly #traffic: LineTraffic | undefined;
  readonly #rootLine: number;
  readonly #nodeLine: number;
  readonly #rowLine: number;

  constructor({ end, rangeSize, sections, isFixed, traffic, firstLine }: RangeRowsOptions) {
    const [carved, root, heads, nodes, rows] = sections;
    this.size = rangeSize;
    this.#perSize = 1 / rangeSize;
    this.blockCount = Math.ceil(end / rangeSize);
    this.#carved = new IdBits(this.blockCount, carved!);
    this.#root = root!;
    this.#nodes = new RowPool(NODE_SLOTS, heads!.subarray(0, 2), isFixed ? nodes! : undefined);
    this.#pool = new RowPool(
      rangeWords(rangeSize),
      heads!.subarray(2),
      isFixed ? rows! : undefined,
    );
    this.#slots = this.#nodes.words;
    this.rows = this.#pool.words;
    this.#traffic = traffic;
    this.#rootLine = firstLine + linesFor(carved!.length);
    this.#nodeLine = this.#rootLine + linesFor(root!.length);
    this.#rowLine = this.#nodeLine + linesFor((root!.length + 1) * NODE_SLOTS);
  }

  /** Bytes of nodes and rows where they grow. */
  get byteLength(): number {
    return this.#slots.byteLength + this.rows.byteLength;
  }

  /** The block of an id: the half keeps the product on the right side of every whole number. */
  blockOf(id: number): number {
    return ((id + 0.5) * this.#perSize) | 0;
  }

  /** The range of a block, 0 when none is carved. */
  rowOf(block: number): number {
    if (block >= this.blockCount) return 0;
    // The slots of node 0, which is none, are empty.
    return this.#slots[this.#root[block >>> NODE_SHIFT]! * NODE_SLOTS + (block & NODE_MASK)]!;
  }

  /** The range that an id lies in, 0 when none is carved there. */
  find(id: number): number {
    return this.rowOf(this.blockOf(id));
  }

  /** The first block at or above one that is carved, or that is not; `blockCount` when there is none. */
  nextCarved(block: number): number {
    return this.#carved.nextSet(block);
  }

  /** As `nextCarved`, for blocks that are not. */
  nextFresh(block: number): number {
    return this.#carved.nextClear(block);
  }

  /** Makes a range of a block. */
  carve(block: number, owner: number): number {
    const at = block >>> NODE_SHIFT;
    this.#root[at] ||= this.#nodes.take();
    this.#slots = this.#nodes.words;
    const number = this.#pool.take();
    const row = number * this.#pool.rowWords;
    this.rows = this.#pool.words;
    this.#slots[this.#root[at]! * NODE_SLOTS + (block & NODE_MASK)] = row;
    this.#carved.set(block);
    this.rows[row + OWNER] = owner;
    this.rows[row + FIRST] = block * this.size;
    this.rows[row + END] = (block + 1) * this.size;
    this.rows[row + TO_WORD] = row + BITS - ((block * this.size) >>> 5);
    this.rows[row + TO_SLOT] = (number - block) * this.size;
    this.#noteTree(block, row, 1, 0);
    return row;
  }

  /** Gives a range back none of whose ids is in use. */
  uncarve(row: number): void {
    const block = this.blockOf(this.rows[row + FIRST]!);
    const node = this.#root[block >>> NODE_SHIFT]!;
    this.#slots[node * NODE_SLOTS + (block & NODE_MASK)] = 0;
    this.#carved.clear(block);
    this.#noteTree(block, row, 0, 1);
    this.rows.fill(0, row, row + this.#pool.rowWords);
    this.#pool.give(row / this.#pool.rowWords);
  }

  /** The first free id of a range from `from` to below `end`, −1 when there is none. O(words). */
  firstFree(row: number, from: number, end: number): number {
    const { rows } = this;
    const low = Math.max(from, rows[row + FIRST]!);
    const high = Math.min(end, rows[row + END]!);
    if (low >= high) return -1;
    const toWord = rows[row + TO_WORD]!;
    const lastWord = (high - 1) >>> 5;
    let word = low >>> 5;
    let free = ~rows[toWord + word]! & (-1 << (low & 31));
    while (free === 0 && word < lastWord) free = ~rows[toWord + ++word]!;
    const id = (word << 5) + 31 - Math.clz32(free & -free);
    return free !== 0 && id < high ? id : -1;
  }

  /** The first taken id of a range at or above `from`, −1 when there is none. O(words). */
  nextTaken(row: number, from: number): number {
    const { rows } = this;
    const first = rows[row + FIRST]!;
    const low = from > first ? from : first;
    const last = rows[row + END]! - 1;
    if (low > last) return -1;
    const toWord = rows[row + TO_WORD]!;
    const lastWord = last >>> 5;
    let word = low >>> 5;
    let taken = rows[toWord + word]! & (-1 << (low & 31));
    while (taken === 0 && word < lastWord) taken = rows[toWord + ++word]!;
    return taken === 0 ? -1 : (word << 5) + 31 - Math.clz32(taken & -taken);
  }

  /** Whether an id of a range is taken. */
  isTaken(row: number, id: number): boolean {
    const word = this.rows[this.rows[row + TO_WORD]! + (id >>> 5)]!;
    return ((word >>> (id & 31)) & 1) === 1;
  }

  /** Whether no id of a range is taken. O(words). */
  isEmpty(row: number): boolean {
    let taken = 0;
    for (let at = row + BITS; at < row + this.#pool.rowWords; at++) taken |= this.rows[at]!;
    return taken === 0;
  }

  /** How many ids of a block from `from` to below `end` are free, carved or not. O(ids). */
  freeCount(block: number, from: number, end: number): number {
    const first = block * this.size;
    const low = Math.max(from, first);
    const high = Math.min(end, first + this.size);
    const row = this.rowOf(block);
    if (row === 0) return Math.max(0, high - low);
    let count = 0;
    for (let id = low; id < high; id++) if (!this.isTaken(row, id)) count++;
    return count;
  }

  /** Notes the way to an id's range. */
  noteWay(traffic: LineTraffic, id: number): void {
    const block = this.blockOf(id);
    traffic.read(this.#rootLine, block >>> NODE_SHIFT);
    const node = this.#root[block >>> NODE_SHIFT]!;
    traffic.read(this.#nodeLine, node * NODE_SLOTS + (block & NODE_MASK));
  }

  /** Notes that a range was read. */
  noteRead(row: number): void {
    this.#traffic?.read(this.#rowLine, row);
  }

  /** Notes that it was changed. */
  noteWrite(row: number): void {
    this.#traffic?.write(this.#rowLine, row);
  }

  #noteTree(block: number, row: number, made: number, freed: number): void {
    const traffic = this.#traffic;
    if (traffic === undefined) return;
    traffic.objectsMade += made;
    traffic.objectsFreed += freed;
    const node = this.#root[block >>> NODE_SHIFT]!;
    traffic.write(this.#nodeLine, node * NODE_SLOTS + (block & NODE_MASK));
    traffic.write(this.#rowLine, row);
    traffic.write(HEAD_LINE, 0);
  }
}
