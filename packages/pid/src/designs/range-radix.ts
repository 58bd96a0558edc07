// Ranges of ids carved out of the space by CPUs and found through a radix tree over their prefixes. An
// allocation touches its CPU's own range alone; what others share is met once in a range, and when an
// id is freed elsewhere. The idea is from the thread of 2025-11-23 (Mateusz Guzik).
// MODEL: where the sketch leaves open what to do when the space is full of half-used ranges, a CPU takes
// over the next range that nobody allocates from and that has ids free again; as a last resort any.

import { assert, refuse, type Refusal } from '@forkless/errors';
import {
  COMMON_STOCK,
  NO_DONOR,
  type IdAllocator,
  type IdEntry,
  type IdShards,
  type Traffic,
} from '../id-allocator.ts';
import { noneFree } from './bitmap-hash.ts';
import type { DesignOptions } from './design.ts';
import { IdBits } from './id-bits.ts';
import { linesFor, NO_TRAFFIC, trafficNoted, type LineTraffic } from './line-traffic.ts';
import {
  BITS,
  CARVE,
  CURRENT,
  HEAD_LINE,
  HEAD_WORDS,
  IN_USE_BY,
  LAST,
  NOBODY,
  NODE_MASK,
  NODE_SHIFT,
  NODE_SLOTS,
  OFFSET,
  OWNER,
  PLAN,
  PLAN_START,
  PREFIX,
  TAKEOVER_SHARE,
  USED,
  WANTED,
} from './range-layout.ts';
import { POOL_HEAD_WORDS, RowPool } from './row-pool.ts';
import { LINE_WORDS, NO_WORDS } from './line-words.ts';
import { isFixed, layState, stateWordCount } from './state.ts';
import { valuesIn, type Values } from './values.ts';

/** Ids in a range, as the thread has it. */
export const RANGE_SIZE_DEFAULT = 250;

/** Options of `RangeRadix`. */
export interface RangeRadixOptions extends DesignOptions {
  /** Ids in a range; 250 when left out. */
  readonly rangeSize?: number;
}

/**
 * Ids from ranges carved out per CPU. Alloc and free touch one range; find is a walk of two levels;
 * `next` O(words of a range). A range goes back when none of its ids is in use and nobody allocates
 * from it; an id is not handed out again before the search has passed over the rest of its range.
 *
 * @see the thread "further damage-control lack of clone scalability", Mateusz Guzik, 2025-11-24
 */
export class RangeRadix<T> implements IdAllocator<T>, IdShards {
  readonly slab: { readonly cache: string; readonly bytes: number };
  readonly kind = 'ranges';
  readonly words: Int32Array;
  readonly shardCount: number;
  readonly #size: number = 0;
  readonly #perSize: number = 0;
  readonly #blockCount: number = 0;
  readonly #head: Int32Array = NO_WORDS;
  readonly #cpus: Int32Array = NO_WORDS;
  readonly #carved: IdBits;
  readonly #root: Int32Array = NO_WORDS;
  readonly #nodes: RowPool;
  readonly #ranges: RowPool;
  readonly #values: Values<T>;
  readonly #isFixed: boolean;
  readonly #traffic: LineTraffic | undefined;
  readonly #cpuLine = 1;
  readonly #rootLine: number;
  readonly #nodeLine: number;
  readonly #rangeLine: number;

  constructor(options: RangeRadixOptions) {
    const { end, cpuCount = 1, place = 'private', notesTraffic } = options;
    const { rangeSize = RANGE_SIZE_DEFAULT } = options;
    const fixed = (this.#isFixed = isFixed(place));
    const { words, sections } = layState(place, sectionsOf(options));
    const [head, cpus, carved, root, pools, nodes, ranges, values] = sections;
    const rowWords = rangeWords(rangeSize);
    this.words = words;
    this.shardCount = cpuCount;
    this.#size = rangeSize;
    this.#perSize = 1 / rangeSize;
    this.#blockCount = Math.ceil(end / rangeSize);
    this.slab = { cache: 'pid_range', bytes: rowWords * 4 + rangeSize * 8 };
    this.#head = head!;
    this.#cpus = cpus!;
    this.#carved = new IdBits(this.#blockCount, carved!);
    this.#root = root!;
    this.#nodes = new RowPool(NODE_SLOTS, pools!.subarray(0, 2), fixed ? nodes! : undefined);
    this.#ranges = new RowPool(rowWords, pools!.subarray(2), fixed ? ranges! : undefined);
    this.#values = valuesIn<T>(fixed ? values : undefined);
    this.#traffic = trafficNoted(notesTraffic);
    this.#rootLine = this.#cpuLine + cpuCount + linesFor(carved!.length);
    this.#nodeLine = this.#rootLine + linesFor(root!.length);
    this.#rangeLine = this.#nodeLine + linesFor((this.#root.length + 1) * NODE_SLOTS);
  }

  /** The words its state takes in a place that cannot grow. */
  static wordCount(options: RangeRadixOptions): number {
    return stateWordCount(sectionsOf({ ...options, place: 'shared' }));
  }

  get shards(): IdShards {
    return this;
  }

  get traffic(): Traffic {
    return this.#traffic ?? NO_TRAFFIC;
  }

  get stateBytes(): number {
    const own = this.#nodes.words.byteLength + this.#ranges.words.byteLength;
    return this.words.byteLength + (this.#isFixed ? 0 : own);
  }

  // — the interface of every design —

  /** The highest of what the CPUs handed out last, plus one: there is no last id of them all. */
  get cursor(): number {
    let cursor = 0;
    for (let cpu = 0; cpu < this.shardCount; cpu++) {
      cursor = Math.max(cursor, this.#cpus[cpu * LINE_WORDS + LAST]!);
    }
    return cursor;
  }

  set cursor(cursor: number) {
    for (let cpu = 0; cpu < this.shardCount; cpu++) {
      this.#retire(cpu);
      this.#cpus[cpu * LINE_WORDS + LAST] = cursor;
    }
    this.#head[WANTED] = cursor + 1;
  }

  allocCyclic(min: number, end: number, cpu = 0): number | Refusal<'ENOSPC'> {
    this.#traffic?.begin();
    let offset = this.#freeOffset(cpu, min, end);
    if (offset < 0) {
      if (this.donorFor(cpu, min, end) === NO_DONOR) return noneFree(min, end);
      this.refill(cpu, min, end);
      offset = this.#freeOffset(cpu, min, end);
    }
    const range = this.#cpus[cpu * LINE_WORDS + CURRENT]!;
    this.#takeOffset(range, offset);
    const row = range * this.#ranges.rowWords;
    const id = this.#ranges.words[row + PREFIX]! * this.#size + offset;
    this.#ranges.words[row + OFFSET] = offset + 1;
    this.#cpus[cpu * LINE_WORDS + LAST] = id + 1;
    this.#traffic?.write(this.#cpuLine, cpu * LINE_WORDS);
    return id;
  }

  allocExact(id: number, cpu = 0): number | Refusal<'ENOSPC'> {
    this.#traffic?.begin();
    const block = Math.floor(id / this.#size);
    if (block >= this.#blockCount) return refuse('ENOSPC', `id ${id} is out of reach`);
    const range = this.#rangeOf(block) || this.#carve(block, cpu);
    const offset = id - block * this.#size;
    if (this.#isTaken(range, offset)) return refuse('ENOSPC', `id ${id} is taken`);
    this.#takeOffset(range, offset);
    return id;
  }

  publish(id: number, value: T): void {
    const block = this.#blockOf(id);
    const range = this.#rangeOf(block);
    assert(range !== 0, 'an id is taken before it is published');
    this.#values.set(range * this.#size + id - block * this.#size, value);
    if (this.#traffic !== undefined) {
      this.#traffic.begin();
      this.#noteWay(block);
      this.#traffic.write(this.#rangeLine, range * this.#ranges.rowWords);
    }
  }

  free(id: number): void {
    if (this.freeOwned(id)) this.giveBack(id);
  }

  find(id: number): T | undefined {
    const block = this.#blockOf(id);
    if (this.#traffic !== undefined) {
      this.#traffic.begin();
      this.#noteWay(block);
    }
    const range = this.#rangeOf(block);
    return range === 0 ? undefined : this.#values.get(range * this.#size + id - block * this.#size);
  }

  next(from: number): IdEntry<T> | undefined {
    this.#traffic?.begin();
    const size = this.#size;
    let offset = from % size;
    let block = this.#carved.nextSet(Math.floor(from / size));
    if (block * size > from) offset = 0;
    while (block < this.#blockCount) {
      const range = this.#rangeOf(block);
      const found = this.#nextPublished(range, offset);
      if (found >= 0) {
        return { id: block * size + found, value: this.#values.get(range * size + found)! };
      }
      block = this.#carved.nextSet(block + 1);
      offset = 0;
    }
    return undefined;
  }

  // — what a lock a CPU needs —

  homeOf(cpu: number): number {
    return cpu;
  }

  ownerOf(id: number, cpu: number): number {
    const range = this.#rangeOf(Math.floor(id / this.#size));
    return range === 0 ? cpu : this.#ranges.words[range * this.#ranges.rowWords + OWNER]!;
  }

  cursorOf(cpu: number): number {
    return this.#cpus[cpu * LINE_WORDS + LAST]!;
  }

  needsRefill(cpu: number, min: number, end: number): boolean {
    this.#traffic?.begin();
    return this.#freeOffset(cpu, min, end) < 0;
  }

  donorFor(cpu: number, min: number, end: number): number {
    const wanted = this.#head[WANTED]! - 1;
    const getsWanted = this.#isWantedUsable(wanted, min, end);
    const block = getsWanted ? Math.floor(wanted / this.#size) : this.#plan(min, end);
    const own = cpu * LINE_WORDS;
    this.#cpus[own + PLAN] = block + 1;
    this.#cpus[own + PLAN_START] = getsWanted ? wanted % this.#size : 0;
    if (block < 0) return NO_DONOR;
    const range = this.#rangeOf(block);
    return range === 0 ? COMMON_STOCK : this.#ranges.words[range * this.#ranges.rowWords + OWNER]!;
  }

  refill(cpu: number, min: number, end: number): void {
    const own = cpu * LINE_WORDS;
    const block = this.#cpus[own + PLAN]! - 1;
    assert(block >= 0, 'a refill follows a plan');
    this.#traffic?.begin();
    const start = this.#cpus[own + PLAN_START]!;
    this.#retire(cpu);
    const range = this.#rangeOf(block) || this.#carve(block, cpu);
    // The donor may have used it up between the plan and the lock.
    if (this.#searchFrom(range, start, min, end) < 0) return;
    const row = range * this.#ranges.rowWords;
    const words = this.#ranges.words;
    const loser = words[row + IN_USE_BY]!;
    if (loser !== NOBODY) this.#cpus[(loser - 1) * LINE_WORDS + CURRENT] = 0;
    words[row + OWNER] = cpu;
    words[row + IN_USE_BY] = cpu + 1;
    words[row + OFFSET] = start;
    this.#cpus[own + CURRENT] = range;
    this.#head[CARVE] = block + 1;
    this.#head[WANTED] = 0;
    this.#traffic?.write(HEAD_LINE, 0);
    this.#traffic?.write(this.#rangeLine, row);
  }

  freeOwned(id: number): boolean {
    const block = this.#blockOf(id);
    const range = this.#rangeOf(block);
    const offset = id - block * this.#size;
    if (this.#traffic !== undefined) {
      this.#traffic.begin();
      this.#noteWay(block);
      this.#traffic.write(this.#rangeLine, range * this.#ranges.rowWords);
    }
    if (range === 0) return false;
    const words = this.#ranges.words;
    const row = range * this.#ranges.rowWords;
    const bits = words[row + BITS + (offset >>> 5)]!;
    const bit = 1 << (offset & 31);
    if ((bits & bit) === 0) return false;
    words[row + BITS + (offset >>> 5)] = bits & ~bit;
    this.#values.set(range * this.#size + offset, undefined);
    const used = words[row + USED]! - 1;
    words[row + USED] = used;
    return used === 0 && words[row + IN_USE_BY] === NOBODY;
  }

  giveBack(id: number): void {
    const block = Math.floor(id / this.#size);
    const range = this.#rangeOf(block);
    if (range === 0) return;
    const row = range * this.#ranges.rowWords;
    const words = this.#ranges.words;
    if (words[row + USED] === 0 && words[row + IN_USE_BY] === NOBODY) this.#uncarve(block, range);
  }

  // — ranges —

  /** The range of a block, 0 when none is carved. */
  #rangeOf(block: number): number {
    if (block >= this.#blockCount) return 0;
    const node = this.#root[block >>> NODE_SHIFT]!;
    if (node === 0) return 0;
    return this.#nodes.words[node * NODE_SLOTS + (block & NODE_MASK)]!;
  }

  /** The block of an id: the half keeps the product on the right side of every whole number. */
  #blockOf(id: number): number {
    return ((id + 0.5) * this.#perSize) | 0;
  }

  #noteWay(block: number): void {
    this.#traffic?.read(this.#rootLine, block >>> NODE_SHIFT);
    const node = this.#root[block >>> NODE_SHIFT]!;
    this.#traffic?.read(this.#nodeLine, node * NODE_SLOTS + (block & NODE_MASK));
  }

  #carve(block: number, cpu: number): number {
    const at = block >>> NODE_SHIFT;
    this.#root[at] ||= this.#nodes.take();
    const range = this.#ranges.take();
    this.#nodes.words[this.#root[at]! * NODE_SLOTS + (block & NODE_MASK)] = range;
    this.#carved.set(block);
    this.#values.reach((range + 1) * this.#size);
    const row = range * this.#ranges.rowWords;
    this.#ranges.words[row + OWNER] = cpu;
    this.#ranges.words[row + PREFIX] = block;
    if (this.#traffic !== undefined) {
      this.#traffic.objectsMade++;
      this.#noteTree(block, range);
    }
    return range;
  }

  #uncarve(block: number, range: number): void {
    const node = this.#root[block >>> NODE_SHIFT]!;
    this.#nodes.words[node * NODE_SLOTS + (block & NODE_MASK)] = 0;
    this.#carved.clear(block);
    if (this.#traffic !== undefined) {
      this.#traffic.objectsFreed++;
      this.#noteTree(block, range);
    }
    const row = range * this.#ranges.rowWords;
    this.#ranges.words.fill(0, row, row + this.#ranges.rowWords);
    this.#ranges.give(range);
  }

  #noteTree(block: number, range: number): void {
    const node = this.#root[block >>> NODE_SHIFT]!;
    this.#traffic!.write(this.#nodeLine, node * NODE_SLOTS + (block & NODE_MASK));
    this.#traffic!.write(this.#rangeLine, range * this.#ranges.rowWords);
    this.#traffic!.write(HEAD_LINE, 0);
  }

  /** Lets go of the range a CPU allocates from; one without any id in use goes back. */
  #retire(cpu: number): void {
    const own = cpu * LINE_WORDS;
    const range = this.#cpus[own + CURRENT]!;
    if (range === 0) return;
    this.#cpus[own + CURRENT] = 0;
    const row = range * this.#ranges.rowWords;
    this.#ranges.words[row + IN_USE_BY] = NOBODY;
    if (this.#ranges.words[row + USED] === 0) {
      this.#uncarve(this.#ranges.words[row + PREFIX]!, range);
    }
  }

  /** Whether the id that was asked for, or one after it in its block, can be handed out. */
  #isWantedUsable(wanted: number, min: number, end: number): boolean {
    if (wanted < 0) return false;
    const block = Math.floor(wanted / this.#size);
    return block < this.#blockCount && this.#usable(block, wanted % this.#size, min, end) > 0;
  }

  /** The block to go on with: a fresh one, or one to take over; −1 when there is none. */
  #plan(min: number, end: number): number {
    const size = this.#size;
    const first = Math.floor(min / size);
    const last = Math.min(this.#blockCount, Math.ceil(end / size));
    const wanted = this.#head[WANTED]! - 1;
    const carve = wanted < 0 ? this.#head[CARVE]! : Math.floor(wanted / size) + 1;
    const from = carve >= first && carve < last ? carve : first;
    for (const [low, high] of [
      [from, last],
      [first, from],
    ] as const) {
      const block = this.#carved.nextClear(low);
      if (block < high && this.#usable(block, 0, min, end) > 0) return block;
    }
    const few = Math.ceil(size * TAKEOVER_SHARE);
    const best = this.#nextUsable(from, first, last, min, end, few);
    return best >= 0 ? best : this.#nextUsable(from, first, last, min, end, 1);
  }

  /** The next block, cyclically, with so many ids to hand out; for few, also one in use by a CPU. */
  #nextUsable(
    from: number,
    first: number,
    last: number,
    min: number,
    end: number,
    least: number,
  ): number {
    for (let step = 0, block = from; step < last - first; step++) {
      const range = this.#rangeOf(block);
      const inUse = this.#ranges.words[range * this.#ranges.rowWords + IN_USE_BY] !== NOBODY;
      if ((!inUse || least === 1) && this.#usable(block, 0, min, end) >= least) return block;
      block = block + 1 === last ? first : block + 1;
    }
    return -1;
  }

  /** How many ids of a block, from an offset on, can be handed out. */
  #usable(block: number, start: number, min: number, end: number): number {
    const base = block * this.#size;
    const low = Math.max(start, min - base);
    const high = Math.min(this.#size, end - base);
    const range = this.#rangeOf(block);
    if (range === 0) return Math.max(0, high - low);
    let count = 0;
    for (let offset = low; offset < high; offset++) {
      if (!this.#isTaken(range, offset)) count++;
    }
    return count;
  }

  /** The next offset a CPU can hand out from its range, −1 when there is none. */
  #freeOffset(cpu: number, min: number, end: number): number {
    const range = this.#cpus[cpu * LINE_WORDS + CURRENT]!;
    this.#traffic?.read(this.#cpuLine, cpu * LINE_WORDS);
    if (range === 0) return -1;
    const row = range * this.#ranges.rowWords;
    this.#traffic?.read(this.#rangeLine, row);
    return this.#searchFrom(range, this.#ranges.words[row + OFFSET]!, min, end);
  }

  #searchFrom(range: number, start: number, min: number, end: number): number {
    const words = this.#ranges.words;
    const row = range * this.#ranges.rowWords;
    const base = words[row + PREFIX]! * this.#size;
    const low = start > min - base ? start : min - base;
    const high = this.#size < end - base ? this.#size : end - base;
    if (low >= high) return -1;
    let word = low >>> 5;
    let free = ~words[row + BITS + word]! & (-1 << (low & 31));
    const lastWord = (high - 1) >>> 5;
    while (free === 0 && word < lastWord) free = ~words[row + BITS + ++word]!;
    if (free === 0) return -1;
    const offset = (word << 5) + 31 - Math.clz32(free & -free);
    return offset < high ? offset : -1;
  }

  /** The lowest published offset of a range at or above `from`, −1 when there is none. */
  #nextPublished(range: number, from: number): number {
    const words = this.#ranges.words;
    const row = range * this.#ranges.rowWords;
    this.#traffic?.read(this.#rangeLine, row);
    const lastWord = (this.#size - 1) >>> 5;
    let mask = -1 << (from & 31);
    for (let word = from >>> 5; word <= lastWord; word++, mask = -1) {
      for (let bits = words[row + BITS + word]! & mask; bits !== 0; bits &= bits - 1) {
        const offset = (word << 5) + 31 - Math.clz32(bits & -bits);
        if (this.#values.get(range * this.#size + offset) !== undefined) return offset;
      }
    }
    return -1;
  }

  #isTaken(range: number, offset: number): boolean {
    const word = this.#ranges.words[range * this.#ranges.rowWords + BITS + (offset >>> 5)]!;
    return ((word >>> (offset & 31)) & 1) === 1;
  }

  #takeOffset(range: number, offset: number): void {
    const words = this.#ranges.words;
    const row = range * this.#ranges.rowWords;
    words[row + BITS + (offset >>> 5)]! |= 1 << (offset & 31);
    words[row + USED]!++;
    this.#traffic?.write(this.#rangeLine, row);
  }
}

/** The words of a range: whole cache lines. */
function rangeWords(rangeSize: number): number {
  return Math.ceil((BITS + Math.ceil(rangeSize / 32)) / LINE_WORDS) * LINE_WORDS;
}

/** Head, CPUs, carved blocks, root, heads of the pools; and where they cannot grow, rows and values. */
function sectionsOf(options: RangeRadixOptions): number[] {
  const { end, cpuCount = 1, place = 'private', rangeSize = RANGE_SIZE_DEFAULT } = options;
  const blocks = Math.ceil(end / rangeSize);
  const nodes = Math.ceil(blocks / NODE_SLOTS);
  const fixed = isFixed(place);
  return [
    HEAD_WORDS,
    cpuCount * LINE_WORDS,
    IdBits.wordCount(blocks),
    nodes,
    2 * POOL_HEAD_WORDS,
    fixed ? (nodes + 1) * NODE_SLOTS : 0,
    fixed ? (blocks + 1) * rangeWords(rangeSize) : 0,
    fixed ? (blocks + 1) * rangeSize : 0,
  ];
}
