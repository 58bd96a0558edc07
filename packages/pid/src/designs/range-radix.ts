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
import { NO_TRAFFIC, trafficNoted, type LineTraffic } from './line-traffic.ts';
import { LINE_WORDS, NO_WORDS } from './line-words.ts';
import {
  CARVE,
  CURRENT,
  END,
  HEAD_LINE,
  HEAD_WORDS,
  IN_USE_BY,
  LIMIT,
  NEXT,
  NOBODY,
  OWNER,
  PLAN,
  PLAN_START,
  TAKEOVER_SHARE,
  TO_SLOT,
  TO_WORD,
  WANTED,
} from './range-layout.ts';
import { RangeRows, rangeRowsWordCounts, rangeWords } from './range-rows.ts';
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
  readonly #head: Int32Array = NO_WORDS;
  readonly #cpus: Int32Array = NO_WORDS;
  readonly #ranges: RangeRows;
  readonly #values: Values<T>;
  readonly #isFixed: boolean;
  readonly #traffic: LineTraffic | undefined;
  readonly #cpuLine = 1;
  /** The row that an id was taken from last, which most are published in and many freed. */
  #atHand = 0;

  constructor(options: RangeRadixOptions) {
    const { end, cpuCount = 1, place = 'private', notesTraffic } = options;
    const { rangeSize = RANGE_SIZE_DEFAULT } = options;
    const fixed = (this.#isFixed = isFixed(place));
    const { words, sections } = layState(place, sectionsOf(options));
    this.words = words;
    this.shardCount = cpuCount;
    this.slab = { cache: 'pid_range', bytes: rangeWords(rangeSize) * 4 + rangeSize * 8 };
    this.#head = sections[0]!;
    this.#cpus = sections[1]!;
    this.#values = valuesIn<T>(fixed ? sections[2] : undefined);
    this.#traffic = trafficNoted(notesTraffic);
    this.#ranges = new RangeRows({
      end,
      rangeSize,
      sections: sections.slice(3),
      isFixed: fixed,
      traffic: this.#traffic,
      firstLine: this.#cpuLine + cpuCount,
    });
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
    return this.words.byteLength + (this.#isFixed ? 0 : this.#ranges.byteLength);
  }

  // — the interface of every design —

  /** The highest of what the CPUs handed out last, plus one: there is no last id of them all. */
  get cursor(): number {
    let cursor = 0;
    for (let cpu = 0; cpu < this.shardCount; cpu++) {
      cursor = Math.max(cursor, this.#cpus[cpu * LINE_WORDS + NEXT]!);
    }
    return cursor;
  }

  set cursor(cursor: number) {
    for (let cpu = 0; cpu < this.shardCount; cpu++) {
      this.#retire(cpu);
      this.#cpus[cpu * LINE_WORDS + NEXT] = cursor;
    }
    this.#head[WANTED] = cursor + 1;
  }

  allocCyclic(min: number, end: number, cpu = 0): number | Refusal<'ENOSPC'> {
    const cpus = this.#cpus;
    const own = cpu * LINE_WORDS;
    const next = cpus[own + NEXT]!;
    const limit = cpus[own + LIMIT]!;
    const from = next > min ? next : min;
    const high = limit < end ? limit : end;
    if (from < high) {
      const { rows } = this.#ranges;
      const row = cpus[own + CURRENT]!;
      const at = rows[row + TO_WORD]! + (from >>> 5);
      const word = rows[at]!;
      const free = ~word & (-1 << (from & 31));
      const bit = free & -free;
      const id = (from & ~31) + 31 - Math.clz32(bit);
      if (free !== 0 && id < high) {
        if (this.#traffic !== undefined) this.#noteTaking(this.#traffic, cpu, row);
        rows[at] = word | bit;
        cpus[own + NEXT] = id + 1;
        this.#atHand = row;
        return id;
      }
    }
    return this.#allocBeyond(min, end, cpu);
  }

  allocExact(id: number, cpu = 0): number | Refusal<'ENOSPC'> {
    this.#traffic?.begin();
    const block = this.#ranges.blockOf(id);
    if (block >= this.#ranges.blockCount) return refuse('ENOSPC', `id ${id} is out of reach`);
    const row = this.#ranges.rowOf(block) || this.#carve(block, cpu);
    if (this.#ranges.isTaken(row, id)) return refuse('ENOSPC', `id ${id} is taken`);
    this.#take(row, id);
    return id;
  }

  publish(id: number, value: T): void {
    const row = this.#rowHolding(id);
    assert(row !== 0, 'an id is taken before it is published');
    this.#values.set(id + this.#ranges.rows[row + TO_SLOT]!, value);
    if (this.#traffic !== undefined) this.#noteChange(this.#traffic, id, row);
  }

  free(id: number): void {
    if (this.freeOwned(id)) this.giveBack(id);
  }

  find(id: number): T | undefined {
    const ranges = this.#ranges;
    if (this.#traffic !== undefined) {
      this.#traffic.begin();
      ranges.noteWay(this.#traffic, id);
    }
    const row = ranges.find(id);
    return row === 0 ? undefined : this.#values.get(id + ranges.rows[row + TO_SLOT]!);
  }

  next(from: number): IdEntry<T> | undefined {
    this.#traffic?.begin();
    const ranges = this.#ranges;
    let block = ranges.blockOf(from);
    for (;;) {
      const row = ranges.rowOf(block);
      if (row !== 0) {
        ranges.noteRead(row);
        const toSlot = ranges.rows[row + TO_SLOT]!;
        for (let id = ranges.nextTaken(row, from); id >= 0; id = ranges.nextTaken(row, id + 1)) {
          const value = this.#values.get(id + toSlot);
          if (value !== undefined) return { id, value };
        }
      }
      block = ranges.nextCarved(block + 1);
      if (block >= ranges.blockCount) return undefined;
    }
  }

  // — what a lock a CPU needs —

  homeOf(cpu: number): number {
    return cpu;
  }

  ownerOf(id: number, cpu: number): number {
    const row = this.#ranges.find(id);
    return row === 0 ? cpu : this.#ranges.rows[row + OWNER]!;
  }

  cursorOf(cpu: number): number {
    return this.#cpus[cpu * LINE_WORDS + NEXT]!;
  }

  needsRefill(cpu: number, min: number, end: number): boolean {
    this.#traffic?.begin();
    return this.#firstFree(cpu, min, end) < 0;
  }

  donorFor(cpu: number, min: number, end: number): number {
    const ranges = this.#ranges;
    const wanted = this.#head[WANTED]! - 1;
    const getsWanted = this.#isWantedUsable(wanted, min, end);
    const block = getsWanted ? ranges.blockOf(wanted) : this.#plan(min, end);
    const own = cpu * LINE_WORDS;
    this.#cpus[own + PLAN] = block + 1;
    this.#cpus[own + PLAN_START] = getsWanted ? wanted : block * ranges.size;
    if (block < 0) return NO_DONOR;
    const row = ranges.rowOf(block);
    return row === 0 ? COMMON_STOCK : ranges.rows[row + OWNER]!;
  }

  refill(cpu: number, min: number, end: number): void {
    const own = cpu * LINE_WORDS;
    const block = this.#cpus[own + PLAN]! - 1;
    assert(block >= 0, 'a refill follows a plan');
    this.#traffic?.begin();
    const start = this.#cpus[own + PLAN_START]!;
    this.#retire(cpu);
    const row = this.#ranges.rowOf(block) || this.#carve(block, cpu);
    // The donor may have used it up between the plan and the lock.
    if (this.#ranges.firstFree(row, Math.max(start, min), end) < 0) return;
    const { rows } = this.#ranges;
    const loser = rows[row + IN_USE_BY]!;
    if (loser !== NOBODY) this.#leave((loser - 1) * LINE_WORDS);
    rows[row + OWNER] = cpu;
    rows[row + IN_USE_BY] = cpu + 1;
    this.#cpus[own + CURRENT] = row;
    this.#cpus[own + NEXT] = start;
    this.#cpus[own + LIMIT] = rows[row + END]!;
    this.#head[CARVE] = block + 1;
    this.#head[WANTED] = 0;
    this.#traffic?.write(HEAD_LINE, 0);
    this.#ranges.noteWrite(row);
  }

  freeOwned(id: number): boolean {
    const row = this.#rowHolding(id);
    if (this.#traffic !== undefined) this.#noteChange(this.#traffic, id, row);
    if (row === 0) return false;
    const { rows } = this.#ranges;
    const at = rows[row + TO_WORD]! + (id >>> 5);
    const before = rows[at]!;
    const after = before & ~(1 << (id & 31));
    if (before === after) return false;
    rows[at] = after;
    this.#values.set(id + rows[row + TO_SLOT]!, undefined);
    return after === 0 && rows[row + IN_USE_BY] === NOBODY && this.#ranges.isEmpty(row);
  }

  giveBack(id: number): void {
    const ranges = this.#ranges;
    const row = ranges.find(id);
    if (row === 0 || ranges.rows[row + IN_USE_BY] !== NOBODY || !ranges.isEmpty(row)) return;
    ranges.uncarve(row);
  }

  // — ids of a range —

  /**
   * The range of an id that is taken, or is to be freed; 0 when none is carved. Caller holds the owner's
   * lock. What the row at hand says of itself is true, as no two ranges hold one id; it may be another CPU's
   * by now, and so is asked by one word alone.
   */
  #rowHolding(id: number): number {
    const { rows, size } = this.#ranges;
    const row = this.#atHand;
    const end = rows[row + END]!;
    return id < end && id >= end - size ? row : this.#ranges.find(id);
  }

  /** An id from beyond the word that the search of a CPU goes on in, from another range if need be. */
  #allocBeyond(min: number, end: number, cpu: number): number | Refusal<'ENOSPC'> {
    this.#traffic?.begin();
    let id = this.#firstFree(cpu, min, end);
    if (id < 0) {
      if (this.donorFor(cpu, min, end) === NO_DONOR) return noneFree(min, end);
      this.refill(cpu, min, end);
      id = this.#firstFree(cpu, min, end);
    }
    const own = cpu * LINE_WORDS;
    const row = this.#cpus[own + CURRENT]!;
    this.#take(row, id);
    this.#cpus[own + NEXT] = id + 1;
    this.#atHand = row;
    this.#traffic?.write(this.#cpuLine, own);
    return id;
  }

  /** The next id a CPU can hand out from its range, −1 when there is none. */
  #firstFree(cpu: number, min: number, end: number): number {
    const own = cpu * LINE_WORDS;
    const row = this.#cpus[own + CURRENT]!;
    this.#traffic?.read(this.#cpuLine, own);
    if (row === 0) return -1;
    this.#ranges.noteRead(row);
    return this.#ranges.firstFree(row, Math.max(this.#cpus[own + NEXT]!, min), end);
  }

  #take(row: number, id: number): void {
    const { rows } = this.#ranges;
    rows[rows[row + TO_WORD]! + (id >>> 5)]! |= 1 << (id & 31);
    this.#ranges.noteWrite(row);
  }

  // — ranges of a CPU —

  #carve(block: number, cpu: number): number {
    const ranges = this.#ranges;
    const row = ranges.carve(block, cpu);
    this.#values.reach(ranges.rows[row + END]! + ranges.rows[row + TO_SLOT]!);
    return row;
  }

  /** Lets go of the range a CPU allocates from; one without any id in use goes back. */
  #retire(cpu: number): void {
    const own = cpu * LINE_WORDS;
    const row = this.#cpus[own + CURRENT]!;
    if (row === 0) return;
    this.#leave(own);
    this.#ranges.rows[row + IN_USE_BY] = NOBODY;
    if (this.#ranges.isEmpty(row)) this.#ranges.uncarve(row);
  }

  #leave(own: number): void {
    this.#cpus[own + CURRENT] = 0;
    this.#cpus[own + LIMIT] = 0;
  }

  /** Whether the id that was asked for, or one after it in its block, can be handed out. */
  #isWantedUsable(wanted: number, min: number, end: number): boolean {
    if (wanted < 0) return false;
    const block = this.#ranges.blockOf(wanted);
    if (block >= this.#ranges.blockCount) return false;
    return this.#ranges.freeCount(block, Math.max(wanted, min), end) > 0;
  }

  /** The block to go on with: a fresh one, or one to take over; −1 when there is none. */
  #plan(min: number, end: number): number {
    const { size, blockCount } = this.#ranges;
    const first = this.#ranges.blockOf(min);
    const last = Math.min(blockCount, Math.ceil(end / size));
    const wanted = this.#head[WANTED]! - 1;
    const carve = wanted < 0 ? this.#head[CARVE]! : this.#ranges.blockOf(wanted) + 1;
    const from = carve >= first && carve < last ? carve : first;
    for (const [low, high] of [
      [from, last],
      [first, from],
    ] as const) {
      const block = this.#ranges.nextFresh(low);
      if (block < high && this.#ranges.freeCount(block, min, end) > 0) return block;
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
    const ranges = this.#ranges;
    for (let step = 0, block = from; step < last - first; step++) {
      const inUse = ranges.rows[ranges.rowOf(block) + IN_USE_BY] !== NOBODY;
      if ((!inUse || least === 1) && ranges.freeCount(block, min, end) >= least) return block;
      block = block + 1 === last ? first : block + 1;
    }
    return -1;
  }

  // — what is noted —

  #noteTaking(traffic: LineTraffic, cpu: number, row: number): void {
    traffic.begin();
    traffic.read(this.#cpuLine, cpu * LINE_WORDS);
    traffic.write(this.#cpuLine, cpu * LINE_WORDS);
    this.#ranges.noteRead(row);
    this.#ranges.noteWrite(row);
  }

  #noteChange(traffic: LineTraffic, id: number, row: number): void {
    traffic.begin();
    this.#ranges.noteWay(traffic, id);
    this.#ranges.noteWrite(row);
  }
}

/** Head, CPUs, values where they cannot grow, and what the ranges take. */
function sectionsOf(options: RangeRadixOptions): number[] {
  const { end, cpuCount = 1, place = 'private', rangeSize = RANGE_SIZE_DEFAULT } = options;
  const fixed = isFixed(place);
  const values = fixed ? (Math.ceil(end / rangeSize) + 1) * rangeSize : 0;
  const rows = rangeRowsWordCounts(end, rangeSize, fixed);
  return [HEAD_WORDS, cpuCount * LINE_WORDS, values, ...rows];
}
