// A bit for each id and a hash from id to value: the kernel's way until 4.15 with what it lacked then,
// a hash sized to the load, a page of it for each word of bits, and summary words above the bits. Pids come
// in runs, so the page that was stored in last is kept at hand: most are stored, and many freed, without
// a search. What an id costs in that case is written out here; the rest is the bits' and the hash's.

import { refuse, type Refusal } from '@forkless/errors';
import type { IdAllocator, IdEntry, Traffic } from '../id-allocator.ts';
import type { DesignOptions } from './design.ts';
import { IdBits } from './id-bits.ts';
import {
  AT_HAND,
  AT_HAND_SLOT,
  BITS_LINE,
  BITS_WORD,
  CURSOR,
  HEAD_WORDS,
} from './bitmap-layout.ts';
import { chainsFor, hashWordCounts, IdHash, PAGE_SHIFT } from './id-hash.ts';
import { NO_WORDS } from './line-words.ts';
import { linesFor, NO_TRAFFIC, trafficNoted, type LineTraffic } from './line-traffic.ts';
import { isFixed, layState, stateWordCount } from './state.ts';
import { ObjectValues, valuesIn, type Values } from './values.ts';

/** The kernel's hash had at most so many chains. @see kernel/pid.c, pidhash_init(), v4.14 */
export const PIDHASH_CHAINS = 4096;

/** Options of `BitmapHash`. */
export interface BitmapHashOptions extends DesignOptions {
  /**
   * A fixed number of chains, a power of two, with one id an entry, as the kernel had it; the hash grows
   * with the load and has pages of 32 ids when left out.
   */
  readonly chainCount?: number;
}

/**
 * Ids from a bitmap, found through a hash. Alloc, free and find are O(1) on average, `next` O(summary
 * levels) an id. No call allocates memory but the one that doubles the hash.
 *
 * @see kernel/pid.c, alloc_pidmap(), v4.14, for the bitmap and the chained hash
 */
export class BitmapHash<T> implements IdAllocator<T> {
  readonly slab = { cache: 'none', bytes: 8 };
  readonly kind = 'bitmap';
  readonly words: Int32Array = NO_WORDS;
  readonly #end: number = 0;
  readonly #bits: IdBits = new IdBits(0, NO_WORDS);
  readonly #hash: IdHash = new IdHash();
  readonly #values: Values<T> = new ObjectValues<T>();
  readonly #traffic: LineTraffic | undefined;
  readonly #hashLine: number;
  readonly #hasPages: boolean;
  readonly #isFixed: boolean;

  constructor(options: BitmapHashOptions) {
    const { end, place = 'private', chainCount, notesTraffic } = options;
    const fixed = (this.#isFixed = isFixed(place));
    const { words, sections } = layState(place, sectionsOf(options));
    const [, bits, hash, chains, entries, values] = sections;
    this.words = words;
    this.#end = end;
    this.#bits = new IdBits(end, bits!);
    const hashPlace = { head: hash!, chains: chains!, entries: entries! };
    this.#hasPages = chainCount === undefined;
    this.#hash = new IdHash({
      pageShift: pageShiftOf(options),
      ...(chainCount === undefined ? {} : { chainCount }),
      ...(fixed ? { place: hashPlace } : {}),
    });
    this.#values = valuesIn<T>(fixed ? values : undefined);
    this.#traffic = trafficNoted(notesTraffic);
    this.#hashLine = BITS_LINE + linesFor(bits!.length);
  }

  /** The words its state takes in a place that cannot grow. */
  static wordCount(options: BitmapHashOptions): number {
    return stateWordCount(sectionsOf({ ...options, place: 'shared' }));
  }

  get traffic(): Traffic {
    return this.#traffic ?? NO_TRAFFIC;
  }

  get stateBytes(): number {
    return this.words.byteLength + (this.#isFixed ? 0 : this.#hash.byteLength);
  }

  get cursor(): number {
    return this.words[CURSOR]!;
  }

  set cursor(cursor: number) {
    this.words[CURSOR] = cursor;
  }

  allocCyclic(min: number, end: number): number | Refusal<'ENOSPC'> {
    const { words } = this;
    const high = end < this.#end ? end : this.#end;
    const cursor = words[CURSOR]!;
    const from = cursor > min ? cursor : min;
    if (from < high) {
      const at = BITS_WORD + (from >>> 5);
      const word = words[at]!;
      const free = ~word & (-1 << (from & 31));
      const bit = free & -free;
      const id = (from & ~31) + 31 - Math.clz32(bit);
      if (free !== 0 && id < high) {
        words[at] = word | bit;
        words[CURSOR] = id + 1;
        if ((word | bit) === -1) this.#bits.filled(from >>> 5);
        if (this.#traffic !== undefined) this.#noteBit(id);
        return id;
      }
    }
    return this.#allocBeyond(from, min, high);
  }

  /** The first free id from `from` to below `end`, −1 when there is none. */
  firstFree(from: number, end: number): number {
    const id = this.#bits.nextClear(from);
    return id < end && id < this.#end ? id : -1;
  }

  allocExact(id: number): number | Refusal<'ENOSPC'> {
    if (id >= this.#bits.bitCount || this.#bits.test(id)) {
      return refuse('ENOSPC', `id ${id} is taken`);
    }
    this.#bits.set(id);
    this.#noteBit(id);
    return id;
  }

  publish(id: number, value: T): void {
    if (this.#traffic !== undefined) this.#noteStore(this.#traffic, id);
    const { words } = this;
    const isAtHand = words[AT_HAND] === (id >>> 5) + 1;
    this.#values.set(isAtHand ? words[AT_HAND_SLOT]! + (id & 31) : this.#turnTo(id), value);
  }

  free(id: number): void {
    if (this.#traffic !== undefined) this.#noteFree(this.#traffic, id);
    const { words } = this;
    const at = BITS_WORD + (id >>> 5);
    const before = words[at]!;
    const after = before & ~(1 << (id & 31));
    if (id >= this.#end || before === after) return;
    words[at] = after;
    if (before === -1) this.#bits.drained(id >>> 5);
    const isAtHand = words[AT_HAND] === (id >>> 5) + 1;
    if (isAtHand) this.#values.set(words[AT_HAND_SLOT]! + (id & 31), undefined);
    else this.#freeElsewhere(id);
  }

  find(id: number): T | undefined {
    if (this.#traffic !== undefined) {
      this.#traffic.begin();
      this.#noteSearch(this.#traffic, id);
    }
    const slot = this.#hash.slotOf(id);
    return slot > 0 ? this.#values.get(slot) : undefined;
  }

  next(from: number): IdEntry<T> | undefined {
    this.#traffic?.begin();
    for (let id = this.#bits.nextSet(from); id < this.#bits.bitCount;) {
      const slot = this.#hash.slotOf(id);
      if (this.#traffic !== undefined) {
        this.#traffic.read(BITS_LINE, id >>> 5);
        this.#noteSearch(this.#traffic, id);
      }
      const value = slot > 0 ? this.#values.get(slot) : undefined;
      if (value !== undefined) return { id, value };
      id = this.#bits.nextSet(id + 1);
    }
    return undefined;
  }

  /** An id from beyond the word that the search begins in, the next time round at the latest. */
  #allocBeyond(from: number, min: number, high: number): number | Refusal<'ENOSPC'> {
    let id = this.firstFree(from, high);
    if (id < 0 && from > min) id = this.firstFree(min, high);
    if (id < 0) return noneFree(min, high);
    this.#bits.set(id);
    this.words[CURSOR] = id + 1;
    if (this.#traffic !== undefined) this.#noteBit(id);
    return id;
  }

  /**
   * Makes the page of an id the one at hand, and gives its slot. The page at hand may be empty, lest what
   * goes and comes in one place run through the hash; one that is left empty goes.
   */
  #turnTo(id: number): number {
    const { words } = this;
    const slot = this.#hash.add(id);
    this.#values.reach(this.#hash.slotCount);
    this.#bits.mark(id >>> 5);
    if (!this.#hasPages) return slot;
    const left = words[AT_HAND]! - 1;
    if (left >= 0 && words[BITS_WORD + left] === 0) this.#dropPage(left << 5);
    words[AT_HAND] = (id >>> 5) + 1;
    words[AT_HAND_SLOT] = slot & ~31;
    return slot;
  }

  #freeElsewhere(id: number): void {
    const slot = this.#hash.slotOf(id);
    if (slot > 0) this.#values.set(slot, undefined);
    if (this.words[BITS_WORD + (id >>> 5)] === 0) this.#dropPage(id);
    // The kernel's entries were one id each, and left their chains at once.
    else if (!this.#hasPages) this.#hash.drop(id);
  }

  #dropPage(id: number): void {
    this.#hash.drop(id);
    this.#bits.unmark(id >>> 5);
  }

  /** Entries are freed and used again last in first out, as a slab does it. */
  #noteStore(traffic: LineTraffic, id: number): void {
    traffic.begin();
    traffic.write(this.#hashLine, this.#noteSearch(traffic, id));
  }

  #noteFree(traffic: LineTraffic, id: number): void {
    traffic.begin();
    if (!this.#bits.test(id)) return;
    traffic.write(BITS_LINE, id >>> 5);
    traffic.write(this.#hashLine, this.#noteSearch(traffic, id));
  }

  #noteBit(id: number): void {
    if (this.#traffic === undefined) return;
    this.#traffic.begin();
    this.#traffic.write(BITS_LINE, id >>> 5);
  }

  /** Notes the words of the hash on the way to an id, and returns the last of them. */
  #noteSearch(traffic: LineTraffic, id: number): number {
    let last = 0;
    for (const word of this.#hash.reach(id)) {
      traffic.read(this.#hashLine, word);
      last = word;
    }
    return last;
  }
}

/** ENOSPC of a search. */
export function noneFree(min: number, end: number): Refusal<'ENOSPC'> {
  return refuse('ENOSPC', `no free id from ${min} to ${end - 1}`);
}

function pageShiftOf({ chainCount }: BitmapHashOptions): number {
  return chainCount === undefined ? PAGE_SHIFT : 0;
}

/** Head, bits; and where it cannot grow, the hash and the values. */
function sectionsOf(options: BitmapHashOptions): number[] {
  const { end, place = 'private', liveMax = end, chainCount } = options;
  const bits = IdBits.wordCount(end);
  if (!isFixed(place)) return [HEAD_WORDS, bits];
  const pageShift = pageShiftOf(options);
  // Every id may lie in a page of its own, and an empty page may be kept besides.
  const pages = Math.min(liveMax + 1, Math.ceil(end / 2 ** pageShift));
  const slots = (pages + 1) * 2 ** pageShift;
  return [HEAD_WORDS, bits, ...hashWordCounts(chainCount ?? chainsFor(pages), pages), slots];
}
