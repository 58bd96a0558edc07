// A hash from ids to slots, with chains as the kernel's pid hash had them. What hangs in a chain is a page
// of ids that follow each other, those of one word of the bitmap: pids come and go in runs, and a run then
// takes one entry. With one id a page it is the kernel's own, whose chains were fixed at boot, too.

import { assert } from '@forkless/errors';
import { NO_WORDS } from './line-words.ts';

const CHAINS_MIN = 16;
const ENTRIES_MIN = 16;
/** Pages per chain from which on a growing hash doubles its chains. */
const LOAD_MAX = 1;
/** Entries are added by so much at a time, so that few lie idle. */
const GROWTH = 1.125;

/** log2 of the ids of a page: a word of bits. */
export const PAGE_SHIFT = 5;

// Page 0 is none. The head's words are 0: pages ever used, 1: the first free one, 2: those in use. They stand
// as numbers below, as the bundler would make variables of them.
const HEAD_WORDS = 3;

/** How a hash is made. */
export interface IdHashOptions {
  /** log2 of the ids of a page; `PAGE_SHIFT` when left out. */
  readonly pageShift?: number;
  /** A fixed number of chains, a power of two; they grow with the load when left out. */
  readonly chainCount?: number;
  /** Words that are enough for all pages ever in use at once; it grows when left out. */
  readonly place?: HashPlace;
}

/** Where a hash lies that cannot grow. */
export interface HashPlace {
  readonly head: Int32Array;
  readonly chains: Int32Array;
  readonly entries: Int32Array;
}

/** The words of a hash of so many chains and pages: head, chains, entries. */
export function hashWordCounts(
  chainCount: number,
  pageMax: number,
): readonly [head: number, chains: number, entries: number] {
  return [HEAD_WORDS, chainCount, 2 * (pageMax + 1)];
}

/** The chains for so many pages. */
export function chainsFor(pageMax: number): number {
  return Math.max(CHAINS_MIN, 2 ** Math.ceil(Math.log2(pageMax / LOAD_MAX)));
}

/**
 * The chain of a page. Eight that follow each other have neighbouring chains, as a run of forks should
 * share cache lines; the golden ratio spreads the runs.
 */
function chainOf(page: number, shift: number): number {
  return ((Math.imul(page >>> 3, 0x61c8_8647) >>> shift) << 3) | (page & 7);
}

/**
 * Ids and the slot each has while its page is in use. Ids go from 0 to 2^31 − 1; a page's slots follow
 * each other, and there is none numbered 0.
 * @see include/linux/hash.h, hash_32(), v6.12, for the multiplier
 */
export class IdHash {
  readonly #head: Int32Array = NO_WORDS;
  readonly #grows: boolean;
  readonly #isFixed: boolean;
  readonly #pageShift: number = 0;
  readonly #pageMask: number = 0;
  #chains: Int32Array = NO_WORDS;
  #shift = 0;
  /** Two words a page: its number, and the next page of its chain or of the free list. */
  #entries: Int32Array = NO_WORDS;

  constructor({ pageShift = PAGE_SHIFT, chainCount, place }: IdHashOptions = {}) {
    this.#isFixed = place !== undefined;
    this.#grows = chainCount === undefined && place === undefined;
    this.#pageShift = pageShift;
    this.#pageMask = (1 << pageShift) - 1;
    this.#head = place?.head ?? new Int32Array(HEAD_WORDS);
    this.#chains = place?.chains ?? new Int32Array(chainCount ?? CHAINS_MIN);
    this.#entries = place?.entries ?? new Int32Array(ENTRIES_MIN * 2);
    assert(Number.isInteger(Math.log2(this.#chains.length)), 'a power of two of chains');
    this.#shift = 35 - Math.log2(this.#chains.length);
  }

  /** Bytes of all its words. */
  get byteLength(): number {
    return this.#head.byteLength + this.#chains.byteLength + this.#entries.byteLength;
  }

  /** Slots are below this, those of page 0 among them. */
  get slotCount(): number {
    return (this.#head[0]! + 1) << this.#pageShift;
  }

  /** The slot of an id, 0 when its page is not in use. O(pages per chain). */
  slotOf(id: number): number {
    const entries = this.#entries;
    const number = id >>> this.#pageShift;
    let page = this.#chains[chainOf(number, this.#shift)]!;
    while (page !== 0 && entries[page * 2] !== number) page = entries[page * 2 + 1]!;
    return page === 0 ? 0 : (page << this.#pageShift) | (id & this.#pageMask);
  }

  /** The slot of an id whose page may not be in use, and is from now on. O(1), seldom O(pages). */
  add(id: number): number {
    return this.slotOf(id) || this.#addPage(id);
  }

  /** Drops the page of an id. O(pages per chain). */
  drop(id: number): void {
    const number = id >>> this.#pageShift;
    const entries = this.#entries;
    const chain = chainOf(number, this.#shift);
    let page = this.#chains[chain]!;
    let before = 0;
    while (page !== 0 && entries[page * 2] !== number) {
      before = page;
      page = entries[page * 2 + 1]!;
    }
    if (page === 0) return;
    const after = entries[page * 2 + 1]!;
    if (before === 0) this.#chains[chain] = after;
    else entries[before * 2 + 1] = after;
    entries[page * 2 + 1] = this.#head[1]!;
    this.#head[1] = page;
    this.#head[2]!--;
  }

  /** The words a search for an id reads: its chain's, those of entries after all chains, then its slot's. */
  *reach(id: number): Generator<number, void, undefined> {
    const number = id >>> this.#pageShift;
    const chain = chainOf(number, this.#shift);
    yield chain;
    const chainCount = this.#chains.length;
    for (let page = this.#chains[chain]!; page !== 0; page = this.#entries[page * 2 + 1]!) {
      yield chainCount + page * 2;
      if (this.#entries[page * 2] !== number) continue;
      // A page of one id is the object itself, as the kernel's was. A pointer takes two words.
      const slot = (page << this.#pageShift) | (id & this.#pageMask);
      if (this.#pageMask > 0) yield chainCount + this.#entries.length + slot * 2;
      return;
    }
  }

  #addPage(id: number): number {
    const head = this.#head;
    if (this.#grows && head[2]! >= this.#chains.length * LOAD_MAX) this.#double();
    let page = head[1]!;
    if (page === 0) {
      page = ++head[0]!;
      if (page * 2 + 1 >= this.#entries.length) this.#grow();
    } else {
      head[1] = this.#entries[page * 2 + 1]!;
    }
    head[2]!++;
    const number = id >>> this.#pageShift;
    const chain = chainOf(number, this.#shift);
    this.#entries[page * 2] = number;
    this.#entries[page * 2 + 1] = this.#chains[chain]!;
    this.#chains[chain] = page;
    return (page << this.#pageShift) | (id & this.#pageMask);
  }

  #grow(): void {
    assert(!this.#isFixed, 'a hash in given words has room for every page');
    const pages = Math.ceil((this.#entries.length / 2) * GROWTH);
    const entries = new Int32Array(pages * 2);
    entries.set(this.#entries);
    this.#entries = entries;
  }

  #double(): void {
    const before = this.#chains;
    const entries = this.#entries;
    this.#chains = new Int32Array(before.length * 2);
    this.#shift--;
    for (const first of before) {
      for (let page = first; page !== 0;) {
        const next = entries[page * 2 + 1]!;
        const chain = chainOf(entries[page * 2]!, this.#shift);
        entries[page * 2 + 1] = this.#chains[chain]!;
        this.#chains[chain] = page;
        page = next;
      }
    }
  }
}
