// A bit for each id and a hash from id to value: the kernel's way until 4.15 with what it lacked then,
// a hash sized to the load, of cache lines of ids, and summary words above the bits.

import { refuse, type Refusal } from '@forkless/errors';
import type { IdAllocator, IdEntry, Traffic } from '../id-allocator.ts';
import type { DesignOptions } from './design.ts';
import { IdBits } from './id-bits.ts';
import { BITS_LINE, CURSOR } from './bitmap-layout.ts';
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
   * with the load and has pages of eight ids when left out.
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
  readonly words: Int32Array;
  readonly #head: Int32Array = NO_WORDS;
  readonly #bits: IdBits = new IdBits(0, NO_WORDS);
  readonly #hash: IdHash = new IdHash();
  readonly #values: Values<T> = new ObjectValues<T>();
  readonly #traffic: LineTraffic | undefined;
  readonly #hashLine: number;
  readonly #pageMask: number = 0;
  readonly #isFixed: boolean;

  constructor(options: BitmapHashOptions) {
    const { end, place = 'private', chainCount, notesTraffic } = options;
    const fixed = (this.#isFixed = isFixed(place));
    const { words, sections } = layState(place, sectionsOf(options));
    const [head, bits, hash, chains, entries, values] = sections;
    this.words = words;
    this.#head = head!;
    this.#bits = new IdBits(end, bits!);
    const hashPlace = { head: hash!, chains: chains!, entries: entries! };
    const pageShift = pageShiftOf(options);
    this.#pageMask = (1 << pageShift) - 1;
    this.#hash = new IdHash({
      pageShift,
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
    return this.#head[CURSOR]!;
  }

  set cursor(cursor: number) {
    this.#head[CURSOR] = cursor;
  }

  allocCyclic(min: number, end: number): number | Refusal<'ENOSPC'> {
    const cursor = this.#head[CURSOR]!;
    let id = this.#bits.takeClear(cursor > min ? cursor : min, end);
    if (id < 0 && cursor > min) id = this.#bits.takeClear(min, end);
    if (id < 0) return noneFree(min, end);
    this.#head[CURSOR] = id + 1;
    this.#noteBit(id);
    return id;
  }

  /** The first free id from `from` to below `end`, −1 when there is none. */
  firstFree(from: number, end: number): number {
    const id = this.#bits.nextClear(from);
    return id < end && id < this.#bits.bitCount ? id : -1;
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
    this.#values.set(this.#hash.add(id), value);
  }

  free(id: number): void {
    if (this.#traffic !== undefined) this.#noteFree(this.#traffic, id);
    if (!this.#bits.clear(id)) return;
    const slot = this.#hash.slotOf(id);
    if (slot > 0) this.#values.set(slot, undefined);
    if (this.#isPageFree(id)) this.#dropEmptied(id);
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

  #isPageFree(id: number): boolean {
    return this.#bits.isClear(id & ~this.#pageMask, this.#pageMask + 1);
  }

  #dropEmptied(id: number): void {
    const emptied = this.#hash.emptied(id);
    if (emptied >= 0 && this.#isPageFree(emptied)) this.#hash.drop(emptied);
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
  if (!isFixed(place)) return [1, bits];
  const pageShift = pageShiftOf(options);
  // Every id may lie in a page of its own, and an empty page may be kept besides.
  const pages = Math.min(liveMax + 1, Math.ceil(end / 2 ** pageShift));
  const slots = (pages + 1) * 2 ** pageShift;
  return [1, bits, ...hashWordCounts(chainCount ?? chainsFor(pages), pages), slots];
}
