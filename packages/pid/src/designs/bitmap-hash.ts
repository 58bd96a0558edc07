// A bit for each id and a hash from id to value: the kernel's way until 4.15 with what it lacked then,
// a hash sized to the load and summary words above the bits.

import { refuse, type Refusal } from '@forkless/errors';
import type { IdAllocator, IdEntry, Traffic } from '../id-allocator.ts';
import type { DesignOptions } from './design.ts';
import { IdBits } from './id-bits.ts';
import { chainsFor, hashWordCounts, IdHash } from './id-hash.ts';
import { linesFor, LineTraffic, NO_TRAFFIC } from './line-traffic.ts';
import { isFixed, layState, stateWordCount } from './state.ts';
import { valuesIn, type Values } from './values.ts';

/** The kernel's hash had at most so many chains. @see kernel/pid.c, pidhash_init(), v4.14 */
export const PIDHASH_CHAINS = 4096;

/** Options of `BitmapHash`. */
export interface BitmapHashOptions extends DesignOptions {
  /** A fixed number of chains, a power of two; the hash grows with the load when left out. */
  readonly chainCount?: number;
}

const CURSOR = 0;
const BITS_LINE = 1;

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
  readonly #head: Int32Array;
  readonly #bits: IdBits;
  readonly #hash: IdHash;
  readonly #values: Values<T>;
  readonly #traffic: LineTraffic | undefined;
  readonly #hashLine: number;
  readonly #isFixed: boolean;

  constructor(options: BitmapHashOptions) {
    const { end, place = 'private', chainCount, notesTraffic = false } = options;
    const fixed = (this.#isFixed = isFixed(place));
    const { words, sections } = layState(place, sectionsOf(options));
    const [head, bits, hash, chains, entries, values] = sections;
    this.words = words;
    this.#head = head!;
    this.#bits = new IdBits(end, bits!);
    const hashPlace = { head: hash!, chains: chains!, entries: entries! };
    this.#hash = new IdHash(chainCount, fixed ? hashPlace : undefined);
    this.#values = valuesIn<T>(fixed ? values : undefined);
    this.#traffic = notesTraffic ? new LineTraffic() : undefined;
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
    const slot = this.#hash.remove(id);
    if (slot > 0) this.#values.set(slot, undefined);
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
      if (slot > 0) return { id, value: this.#values.get(slot)! };
      id = this.#bits.nextSet(id + 1);
    }
    return undefined;
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

/** Head, bits; and where it cannot grow, the hash and the values. */
function sectionsOf({ end, place = 'private', liveMax = end, chainCount }: BitmapHashOptions) {
  const bits = IdBits.wordCount(end);
  if (!isFixed(place)) return [1, bits];
  return [1, bits, ...hashWordCounts(chainCount ?? chainsFor(liveMax), liveMax), liveMax + 1];
}
