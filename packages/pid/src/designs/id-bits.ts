// A bit for each id, with two trees of summary words above them: which words may have a bit set, and
// which are full. The next set bit and the next clear one are then a few words away at any density.

import { NO_WORDS } from './line-words.ts';

// The numbers of a 32-bit word (5, 31, and −1 for one that is full) stand as they are: a bundler makes
// variables of a module's constants, and these loops would read them over and over.

/** Words of each level above the bits, lowest first; the last has one word. */
function summaryWordCounts(bitCount: number): number[] {
  const counts: number[] = [];
  for (let words = wordsFor(bitCount); words > 1; words = wordsFor(words)) {
    counts.push(wordsFor(words));
  }
  return counts;
}

function wordsFor(bitCount: number): number {
  return Math.max(1, Math.ceil(bitCount / 32));
}

/** The lowest set bit of a word that has one. */
function lowest(word: number): number {
  return 31 - Math.clz32(word & -word);
}

/** A set of the integers below `bitCount`, over words that it is given: the bits, then the summaries. */
export class IdBits {
  readonly bitCount: number = 0;
  readonly #words: Int32Array = NO_WORDS;
  readonly #any: readonly Int32Array[];
  readonly #full: readonly Int32Array[];

  /** A view of `words`, all zero or a set that was laid out before. */
  constructor(bitCount: number, words: Int32Array) {
    this.bitCount = bitCount;
    let from = wordsFor(bitCount);
    this.#words = words.subarray(0, from);
    const section = (count: number) => words.subarray(from, (from += count));
    this.#any = summaryWordCounts(bitCount).map(section);
    this.#full = summaryWordCounts(bitCount).map(section);
  }

  /** The words a set of `bitCount` integers takes, summaries included: 6.7 % more than its bits. */
  static wordCount(bitCount: number): number {
    const summary = summaryWordCounts(bitCount).reduce((sum, count) => sum + count, 0);
    return wordsFor(bitCount) + 2 * summary;
  }

  /** Whether a bit is set. O(1). */
  test(bit: number): boolean {
    return ((this.#words[bit >>> 5]! >>> (bit & 31)) & 1) === 1;
  }

  /** Sets a bit. O(1), seldom O(levels). */
  set(bit: number): void {
    const index = bit >>> 5;
    const before = this.#words[index]!;
    const after = before | (1 << (bit & 31));
    this.#words[index] = after;
    if (before === 0) this.mark(index);
    if (after === -1) this.filled(index);
  }

  /** Clears a bit. O(1), seldom O(levels). */
  clear(bit: number): void {
    const index = bit >>> 5;
    const before = this.#words[index]!;
    const after = before & ~(1 << (bit & 31));
    this.#words[index] = after;
    if (before === -1) this.drained(index);
    if (after === 0) this.unmark(index);
  }

  // — for whoever stores words itself —

  /** Has a word found by searches for set bits; one that has none is passed over. O(1), seldom O(levels). */
  mark(index: number): void {
    raise(this.#any, index);
  }

  /** Has a word found no longer. O(1), seldom O(levels). */
  unmark(index: number): void {
    lower(this.#any, index);
  }

  /** Told that a word has become full. O(1), seldom O(levels). */
  filled(index: number): void {
    raiseFull(this.#full, index);
  }

  /** Told that it is so no longer. O(1), seldom O(levels). */
  drained(index: number): void {
    lowerFull(this.#full, index);
  }

  // — searches —

  /** The lowest set bit at or above `from`, or `bitCount`. O(levels). */
  nextSet(from: number): number {
    if (from >= this.bitCount) return this.bitCount;
    const index = from >>> 5;
    const rest = this.#words[index]! & (-1 << (from & 31));
    if (rest !== 0) return (index << 5) + lowest(rest);
    for (let at = index + 1; ; at++) {
      at = nextMarked(this.#any, at, 0);
      if (at < 0) return this.bitCount;
      const word = this.#words[at]!;
      if (word !== 0) return (at << 5) + lowest(word);
    }
  }

  /** The lowest clear bit at or above `from`, or `bitCount`. O(levels). */
  nextClear(from: number): number {
    if (from >= this.bitCount) return this.bitCount;
    const index = from >>> 5;
    const rest = ~this.#words[index]! & (-1 << (from & 31));
    if (rest !== 0) return Math.min((index << 5) + lowest(rest), this.bitCount);
    const word = nextMarked(this.#full, index + 1, -1);
    if (word < 0 || word >= this.#words.length) return this.bitCount;
    return Math.min((word << 5) + lowest(~this.#words[word]!), this.bitCount);
  }
}

/** Marks a word in the level above it, and that level's word above when it was empty. */
function raise(levels: readonly Int32Array[], word: number): void {
  let at = word;
  for (let depth = 0; depth < levels.length; depth++) {
    const level = levels[depth]!;
    const index = at >>> 5;
    const before = level[index]!;
    level[index] = before | (1 << (at & 31));
    if (before !== 0) return;
    at = index;
  }
}

function lower(levels: readonly Int32Array[], word: number): void {
  let at = word;
  for (let depth = 0; depth < levels.length; depth++) {
    const level = levels[depth]!;
    const index = at >>> 5;
    const after = level[index]! & ~(1 << (at & 31));
    level[index] = after;
    if (after !== 0) return;
    at = index;
  }
}

function raiseFull(levels: readonly Int32Array[], word: number): void {
  let at = word;
  for (let depth = 0; depth < levels.length; depth++) {
    const level = levels[depth]!;
    const index = at >>> 5;
    const after = level[index]! | (1 << (at & 31));
    level[index] = after;
    if (after !== -1) return;
    at = index;
  }
}

function lowerFull(levels: readonly Int32Array[], word: number): void {
  let at = word;
  for (let depth = 0; depth < levels.length; depth++) {
    const level = levels[depth]!;
    const index = at >>> 5;
    const before = level[index]!;
    level[index] = before & ~(1 << (at & 31));
    if (before !== -1) return;
    at = index;
  }
}

/**
 * The lowest word at or above `from` that is marked (`flip` 0), or not marked (`flip` all ones), in
 * the lowest level; −1 when there is none. A word past the end counts as not marked.
 */
function nextMarked(levels: readonly Int32Array[], from: number, flip: number): number {
  let at = from;
  for (let depth = 0; depth < levels.length; depth++) {
    const index = at >>> 5;
    if (index >= levels[depth]!.length) return -1;
    const rest = (levels[depth]![index]! ^ flip) & (-1 << (at & 31));
    if (rest !== 0) return descend(levels, depth, (index << 5) + lowest(rest), flip);
    at = index + 1;
  }
  return -1;
}

function descend(levels: readonly Int32Array[], from: number, at: number, flip: number): number {
  let word = at;
  for (let depth = from - 1; depth >= 0; depth--) {
    if (word >= levels[depth]!.length) return -1;
    word = (word << 5) + lowest(levels[depth]![word]! ^ flip);
  }
  return word;
}
