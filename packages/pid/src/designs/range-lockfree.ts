// Ranges carved out per CPU without any lock: "hell, this can probably be made lockless" (Mateusz Guzik,
// thread of 2025-11-23). A range counts its holders: each id in use, and the CPU that allocates from it.
// A count that has fallen to nothing never rises again but by a new carving, so whoever brings it there
// gives the range back, and whoever wants to join a range has to find it above nothing.
// MODEL: a block's row is found by its number; the radix tree of `RangeRadix` would need RCU besides.

import { refuse, type Refusal } from '@forkless/errors';
import type { IdAllocator, IdEntry, Traffic } from '../id-allocator.ts';
import { noneFree } from './bitmap-hash.ts';
import { NO_TRAFFIC } from './line-traffic.ts';
import { RANGE_SIZE_DEFAULT, type RangeRadixOptions } from './range-radix.ts';
import { LINE_WORDS } from './line-words.ts';
import { isFixed, layState, stateWordCount } from './state.ts';
import { valuesIn, type Values } from './values.ts';

const CARVE = 0;
const WANTED = 1;

/** Words of a CPU: its block plus one, where its search goes on, the id it handed out last plus one. */
const CURRENT = 0;
const OFFSET = 1;
const LAST = 2;

/** Words of a range before its bits. */
const HOLDERS = 0;
const OWNER = 1;
const BITS = 2;

const NOBODY = 0;

/**
 * Ids from per-CPU ranges, safe for any number of threads at once, each with a CPU number of its own.
 * Alloc and free are two or three atomic operations on one range; `cursor` is for one thread alone.
 */
export class RangeLockFree<T> implements IdAllocator<T> {
  readonly slab: { readonly cache: string; readonly bytes: number };
  readonly traffic: Traffic = NO_TRAFFIC;
  readonly kind = 'ranges';
  readonly words: Int32Array;
  readonly #size: number;
  readonly #blockCount: number;
  readonly #rowWords: number;
  readonly #head: Int32Array;
  readonly #cpus: Int32Array;
  readonly #carved: Int32Array;
  readonly #rows: Int32Array;
  readonly #values: Values<T>;

  constructor(options: RangeRadixOptions) {
    const { end, place = 'private', rangeSize = RANGE_SIZE_DEFAULT } = options;
    const { words, sections } = layState(place, sectionsOf(options));
    const [head, cpus, carved, rows, values] = sections;
    this.words = words;
    this.#size = rangeSize;
    this.#rowWords = rowWordsOf(rangeSize);
    this.#blockCount = Math.ceil(end / rangeSize);
    this.slab = { cache: 'pid_range', bytes: this.#rowWords * 4 + rangeSize * 8 };
    this.#head = head!;
    this.#cpus = cpus!;
    this.#carved = carved!;
    this.#rows = rows!;
    this.#values = valuesIn<T>(isFixed(place) ? values : undefined);
  }

  /** The words its state takes in a place that cannot grow. */
  static wordCount(options: RangeRadixOptions): number {
    return stateWordCount(sectionsOf({ ...options, place: 'shared' }));
  }

  get stateBytes(): number {
    return this.words.byteLength;
  }

  /** The highest of what the CPUs handed out last, plus one. */
  get cursor(): number {
    let cursor = 0;
    for (let at = LAST; at < this.#cpus.length; at += LINE_WORDS) {
      cursor = Math.max(cursor, this.#cpus[at]!);
    }
    return cursor;
  }

  set cursor(cursor: number) {
    for (let own = 0; own < this.#cpus.length; own += LINE_WORDS) {
      this.#retire(own);
      this.#cpus[own + LAST] = cursor;
    }
    this.#head[WANTED] = cursor + 1;
  }

  allocCyclic(min: number, end: number, cpu = 0): number | Refusal<'ENOSPC'> {
    const own = cpu * LINE_WORDS;
    let id = this.#takeFromOwn(own, min, end);
    while (id < 0) {
      this.#retire(own);
      if (!this.#getRange(own, min, end)) {
        id = this.#takeAnywhere(min, end);
        if (id < 0) return noneFree(min, end);
      } else {
        id = this.#takeFromOwn(own, min, end);
      }
    }
    this.#cpus[own + LAST] = id + 1;
    return id;
  }

  allocExact(id: number): number | Refusal<'ENOSPC'> {
    const block = Math.floor(id / this.#size);
    if (block >= this.#blockCount) return refuse('ENOSPC', `id ${id} is out of reach`);
    const row = block * this.#rowWords;
    for (;;) {
      if (this.#join(row)) break;
      if (!this.#claim(block)) continue;
      Atomics.store(this.#rows, row + HOLDERS, 1);
      break;
    }
    if (this.#setBit(row, id - block * this.#size)) return id;
    this.#leave(block);
    return refuse('ENOSPC', `id ${id} is taken`);
  }

  publish(id: number, value: T): void {
    this.#values.reach(id + 1);
    this.#values.set(id, value);
  }

  free(id: number): void {
    const block = Math.floor(id / this.#size);
    if (block >= this.#blockCount) return;
    const offset = id - block * this.#size;
    const word = block * this.#rowWords + BITS + (offset >>> 5);
    const bit = 1 << (offset & 31);
    if ((Atomics.load(this.#rows, word) & bit) === 0) return;
    // The value goes first: from the moment the bit is clear the id may be another's.
    if (this.#values.get(id) !== undefined) this.#values.set(id, undefined);
    if ((Atomics.and(this.#rows, word, ~bit) & bit) !== 0) this.#leave(block);
  }

  find(id: number): T | undefined {
    return this.#values.get(id);
  }

  next(from: number): IdEntry<T> | undefined {
    for (let block = Math.floor(from / this.#size); block < this.#blockCount; block++) {
      if (!this.#isCarved(block)) continue;
      const base = block * this.#size;
      for (let offset = Math.max(0, from - base); offset < this.#size; offset++) {
        const value = this.#values.get(base + offset);
        if (value !== undefined) return { id: base + offset, value };
      }
    }
    return undefined;
  }

  // — a CPU and its range —

  #takeFromOwn(own: number, min: number, end: number): number {
    const block = this.#cpus[own + CURRENT]! - 1;
    if (block < 0) return -1;
    const base = block * this.#size;
    const row = block * this.#rowWords;
    const high = Math.min(this.#size, end - base);
    let offset = Math.max(this.#cpus[own + OFFSET]!, min - base);
    for (; offset < high; offset++) {
      offset = this.#nextClear(row, offset, high);
      if (offset >= high) break;
      if (!this.#setBit(row, offset)) continue;
      Atomics.add(this.#rows, row + HOLDERS, 1);
      this.#cpus[own + OFFSET] = offset + 1;
      return base + offset;
    }
    return -1;
  }

  #retire(own: number): void {
    const block = this.#cpus[own + CURRENT]! - 1;
    if (block < 0) return;
    this.#cpus[own + CURRENT] = 0;
    Atomics.store(this.#rows, block * this.#rowWords + OWNER, NOBODY);
    this.#leave(block);
  }

  /** Carves a range, or takes one over that nobody allocates from; false when there is none. */
  #getRange(own: number, min: number, end: number): boolean {
    const first = Math.floor(min / this.#size);
    const last = Math.min(this.#blockCount, Math.ceil(end / this.#size));
    const wanted = Atomics.exchange(this.#head, WANTED, 0) - 1;
    const carve = wanted < 0 ? Atomics.load(this.#head, CARVE) : Math.floor(wanted / this.#size);
    const from = carve >= first && carve < last ? carve : first;
    const start = wanted >= 0 && from === carve ? wanted % this.#size : 0;
    if (start > 0 && this.#own(own, from, start, min, end)) return true;
    for (const isFresh of [true, false]) {
      for (let step = 0, block = from; step < last - first; step++) {
        const taken = this.#isCarved(block) !== isFresh;
        if (taken && this.#own(own, block, 0, min, end)) return true;
        block = block + 1 === last ? first : block + 1;
      }
    }
    return false;
  }

  /** Makes a block the CPU's own, if it is free for that and has an id left. */
  #own(own: number, block: number, start: number, min: number, end: number): boolean {
    const row = block * this.#rowWords;
    const cpu = own / LINE_WORDS;
    if (this.#claim(block)) {
      Atomics.store(this.#rows, row + OWNER, cpu + 1);
      Atomics.store(this.#rows, row + HOLDERS, 1);
    } else {
      if (Atomics.load(this.#rows, row + OWNER) !== NOBODY || !this.#join(row)) return false;
      if (Atomics.compareExchange(this.#rows, row + OWNER, NOBODY, cpu + 1) !== NOBODY) {
        this.#leave(block);
        return false;
      }
    }
    const base = block * this.#size;
    const high = Math.min(this.#size, end - base);
    if (this.#nextClear(row, Math.max(start, min - base), high) >= high) {
      Atomics.store(this.#rows, row + OWNER, NOBODY);
      this.#leave(block);
      return false;
    }
    this.#cpus[own + CURRENT] = block + 1;
    this.#cpus[own + OFFSET] = start;
    Atomics.store(this.#head, CARVE, block + 1);
    return true;
  }

  /** An id from whatever range has one, also one that another CPU allocates from. */
  #takeAnywhere(min: number, end: number): number {
    const last = Math.min(this.#blockCount, Math.ceil(end / this.#size));
    for (let block = Math.floor(min / this.#size); block < last; block++) {
      const row = block * this.#rowWords;
      if (!this.#join(row)) continue;
      const base = block * this.#size;
      const high = Math.min(this.#size, end - base);
      for (let offset = Math.max(0, min - base); offset < high; offset++) {
        offset = this.#nextClear(row, offset, high);
        if (offset < high && this.#setBit(row, offset)) return base + offset;
      }
      this.#leave(block);
    }
    return -1;
  }

  // — a range and its holders —

  #isCarved(block: number): boolean {
    return (Atomics.load(this.#carved, block >>> 5) & (1 << (block & 31))) !== 0;
  }

  /** Marks a block as carved; false when it is already. */
  #claim(block: number): boolean {
    const bit = 1 << (block & 31);
    return (Atomics.or(this.#carved, block >>> 5, bit) & bit) === 0;
  }

  /** Becomes one more holder of a range that has some. */
  #join(row: number): boolean {
    for (;;) {
      const holders = Atomics.load(this.#rows, row + HOLDERS);
      if (holders === 0) return false;
      const seen = Atomics.compareExchange(this.#rows, row + HOLDERS, holders, holders + 1);
      if (seen === holders) return true;
    }
  }

  /** Is a holder no more; the last one gives the range back. */
  #leave(block: number): void {
    if (Atomics.sub(this.#rows, block * this.#rowWords + HOLDERS, 1) !== 1) return;
    Atomics.and(this.#carved, block >>> 5, ~(1 << (block & 31)));
  }

  /** Sets the bit of an offset; false when another thread was faster. */
  #setBit(row: number, offset: number): boolean {
    const bit = 1 << (offset & 31);
    return (Atomics.or(this.#rows, row + BITS + (offset >>> 5), bit) & bit) === 0;
  }

  #nextClear(row: number, from: number, high: number): number {
    if (from >= high) return high;
    let word = from >>> 5;
    let free = ~Atomics.load(this.#rows, row + BITS + word) & (-1 << (from & 31));
    const lastWord = (high - 1) >>> 5;
    while (free === 0 && word < lastWord) {
      free = ~Atomics.load(this.#rows, row + BITS + ++word);
    }
    if (free === 0) return high;
    return Math.min(high, (word << 5) + 31 - Math.clz32(free & -free));
  }
}

function rowWordsOf(rangeSize: number): number {
  return Math.ceil((BITS + Math.ceil(rangeSize / 32)) / LINE_WORDS) * LINE_WORDS;
}

function sectionsOf(options: RangeRadixOptions): number[] {
  const { end, cpuCount = 1, place = 'private', rangeSize = RANGE_SIZE_DEFAULT } = options;
  const blocks = Math.ceil(end / rangeSize);
  const values = isFixed(place) ? blocks * rangeSize : 0;
  const rows = blocks * rowWordsOf(rangeSize);
  return [LINE_WORDS, cpuCount * LINE_WORDS, Math.ceil(blocks / 32), rows, values];
}
