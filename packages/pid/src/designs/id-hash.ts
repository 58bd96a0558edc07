// A hash from ids to slots, with chains as the kernel's pid hash had them. The number of chains grows
// with the load, or stays as it is told: the kernel's was fixed at boot, however many ids were live.

import { assert } from '@forkless/errors';

const CHAINS_MIN = 16;
const ENTRIES_MIN = 16;
/** Ids per chain from which on a growing hash doubles its chains. */
const LOAD_MAX = 1;
/** Entries are added by so much at a time, so that few lie idle. */
const GROWTH = 1.125;

// Slot 0 is none. The head's words are 0: slots ever used, 1: the first free one, 2: those in use. They
// and the multiplier stand as numbers below: a bundler makes variables of a module's constants, which
// doubles what a call takes.
const HEAD_WORDS = 3;

/** Where a hash lies that cannot grow. */
export interface HashPlace {
  readonly head: Int32Array;
  readonly chains: Int32Array;
  readonly entries: Int32Array;
}

/** The words of a hash of so many chains and ids: head, chains, entries. */
export function hashWordCounts(
  chainCount: number,
  liveMax: number,
): readonly [head: number, chains: number, entries: number] {
  return [HEAD_WORDS, chainCount, 2 * (liveMax + 1)];
}

/** The chains for so many ids. */
export function chainsFor(liveMax: number): number {
  return Math.max(CHAINS_MIN, 2 ** Math.ceil(Math.log2(liveMax / LOAD_MAX)));
}

/**
 * The chain of an id. Eight ids that follow each other have neighbouring chains, as a run of forks
 * should share cache lines; the golden ratio spreads the runs.
 */
function chainOf(id: number, shift: number): number {
  return ((Math.imul(id >>> 3, 0x61c8_8647) >>> shift) << 3) | (id & 7);
}

/**
 * Ids and the slot each has, which it keeps. Ids go from 0 to 2^31 − 1, slots count from 1.
 * @see include/linux/hash.h, hash_32(), v6.12, for the multiplier
 */
export class IdHash {
  readonly #head: Int32Array;
  readonly #grows: boolean;
  readonly #isFixed: boolean;
  #chains: Int32Array;
  #shift: number;
  /** Two words a slot: the id, and the next slot of its chain or of the free list. */
  #entries: Int32Array;

  /** A hash that grows; one of so many chains; one in given words, which must be enough. */
  constructor(chainCount?: number, place?: HashPlace) {
    this.#isFixed = place !== undefined;
    this.#grows = chainCount === undefined && place === undefined;
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

  /** The slot of an id, 0 when it is not in the table. O(ids per chain). */
  slotOf(id: number): number {
    const entries = this.#entries;
    let slot = this.#chains[chainOf(id, this.#shift)]!;
    while (slot !== 0 && entries[slot * 2] !== id) slot = entries[slot * 2 + 1]!;
    return slot;
  }

  /** Gives a slot to an id that has none. O(1), seldom O(ids). */
  add(id: number): number {
    const head = this.#head;
    if (this.#grows && head[2]! >= this.#chains.length * LOAD_MAX) this.#double();
    let slot = head[1]!;
    if (slot === 0) {
      slot = ++head[0]!;
      if (slot * 2 + 1 >= this.#entries.length) this.#grow();
    } else {
      head[1] = this.#entries[slot * 2 + 1]!;
    }
    head[2]!++;
    const chain = chainOf(id, this.#shift);
    this.#entries[slot * 2] = id;
    this.#entries[slot * 2 + 1] = this.#chains[chain]!;
    this.#chains[chain] = slot;
    return slot;
  }

  /** Takes the slot of an id back and returns it, 0 when it has none. O(ids per chain). */
  remove(id: number): number {
    const entries = this.#entries;
    const chain = chainOf(id, this.#shift);
    let slot = this.#chains[chain]!;
    let before = 0;
    while (slot !== 0 && entries[slot * 2] !== id) {
      before = slot;
      slot = entries[slot * 2 + 1]!;
    }
    if (slot === 0) return 0;
    const after = entries[slot * 2 + 1]!;
    if (before === 0) this.#chains[chain] = after;
    else entries[before * 2 + 1] = after;
    entries[slot * 2 + 1] = this.#head[1]!;
    this.#head[1] = slot;
    this.#head[2]!--;
    return slot;
  }

  /** The words a search for an id reads: its chain's, then those of entries, numbered after all chains. */
  *reach(id: number): Generator<number, void, undefined> {
    const chain = chainOf(id, this.#shift);
    yield chain;
    for (let slot = this.#chains[chain]!; slot !== 0; slot = this.#entries[slot * 2 + 1]!) {
      yield this.#chains.length + slot * 2;
      if (this.#entries[slot * 2] === id) return;
    }
  }

  #grow(): void {
    assert(!this.#isFixed, 'a hash in given words has room for every id');
    const slots = Math.ceil((this.#entries.length / 2) * GROWTH);
    const entries = new Int32Array(slots * 2);
    entries.set(this.#entries);
    this.#entries = entries;
  }

  #double(): void {
    const before = this.#chains;
    const entries = this.#entries;
    this.#chains = new Int32Array(before.length * 2);
    this.#shift--;
    for (const first of before) {
      for (let slot = first; slot !== 0;) {
        const next = entries[slot * 2 + 1]!;
        const chain = chainOf(entries[slot * 2]!, this.#shift);
        entries[slot * 2 + 1] = this.#chains[chain]!;
        this.#chains[chain] = slot;
        slot = next;
      }
    }
  }
}
