// A fixed-width set of small integers over 32-bit words: the kernel's bitmap, cpumask and nodemask.
// Bits at or above the width are zero after every operation, so whole words can be compared,
// counted and searched without masking. Searches that find nothing answer the width, as the
// kernel's find_*_bit() do, which makes `for (let bit = set.first(); bit < set.nbits; …)` complete.
import { assert } from '@forkless/errors';
import {
  WORD_BITS,
  wordFirst,
  wordNth,
  wordsAnd,
  wordsWeight,
  wordsWeightAnd,
  wordWeight,
} from './word.ts';

/** The widest set that can be made, in bits (the words of one are then 128 MiB). */
export const NBITS_MAX = 2 ** 30;

/** Words needed for `nbits` bits. @see include/linux/bitmap.h, BITS_TO_LONGS(), v6.12 */
export function wordCount(nbits: number): number {
  return Math.ceil(nbits / WORD_BITS);
}

/**
 * A set of the integers 0 … `nbits` − 1. All operations are in place and allocate nothing unless
 * they say so; operands have the width of the set. Cost is O(words) unless noted.
 *
 * @see include/linux/bitmap.h, include/linux/find.h, v6.12
 */
export class Bitmap {
  /** Width: the set can hold 0 … `nbits` − 1. */
  readonly nbits: number;
  /** The bits, 32 a word, lowest first. May lie over a `SharedArrayBuffer`. */
  readonly words: Uint32Array;

  /** An empty set, or a view of `words`, whose bits at or above `nbits` have to be zero. */
  constructor(nbits: number, words: Uint32Array = emptyWords(nbits)) {
    assert(words.length === wordCount(nbits), `${nbits} bits do not fill ${words.length} words`);
    this.nbits = nbits;
    this.words = words;
    const tail = words.length === 0 ? 0 : words[words.length - 1]!;
    assert((tail & ~tailMask(nbits)) === 0, 'a bit at or above the width is set');
  }

  /** A new set of width `nbits` holding `bits`. */
  static of(nbits: number, bits: Iterable<number>): Bitmap {
    const made = new Bitmap(nbits);
    for (const bit of bits) made.set(bit);
    return made;
  }

  /** A new set with the same bits, `nbits` wide; bits that do not fit are left out. */
  resized(nbits: number): Bitmap {
    const made = new Bitmap(nbits);
    const shared = Math.min(made.words.length, this.words.length);
    for (let i = 0; i < shared; i++) made.words[i] = this.words[i]!;
    made.#trim();
    return made;
  }

  /** A new set equal to this one. */
  clone(): Bitmap {
    return new Bitmap(this.nbits, this.words.slice());
  }

  // — single bits, O(1) —

  /** Adds `bit`. @see set_bit() */
  set(bit: number): this {
    if (!(bit >= 0 && bit < this.nbits)) bitOutside(bit, this.nbits);
    this.words[bit >>> 5]! |= 1 << (bit & 31);
    return this;
  }

  /** Removes `bit`. @see clear_bit() */
  clear(bit: number): this {
    if (!(bit >= 0 && bit < this.nbits)) bitOutside(bit, this.nbits);
    this.words[bit >>> 5]! &= ~(1 << (bit & 31));
    return this;
  }

  /** Whether `bit` is in the set; a bit outside the width never is. @see test_bit() */
  test(bit: number): boolean {
    return bit >= 0 && bit < this.nbits && ((this.words[bit >>> 5]! >>> (bit & 31)) & 1) === 1;
  }

  // — ranges and whole sets —

  /** Adds `count` bits from `start` on. @see lib/bitmap.c, __bitmap_set(), v6.12 */
  setRange(start: number, count: number): this {
    this.#checkRange(start, count);
    this.#eachWordOf(start, count, (index, mask) => (this.words[index]! |= mask));
    return this;
  }

  /** Removes `count` bits from `start` on. @see lib/bitmap.c, __bitmap_clear(), v6.12 */
  clearRange(start: number, count: number): this {
    this.#checkRange(start, count);
    this.#eachWordOf(start, count, (index, mask) => (this.words[index]! &= ~mask));
    return this;
  }

  /** Removes every bit. @see bitmap_zero() */
  zero(): this {
    this.words.fill(0);
    return this;
  }

  /** Adds every bit of the width. @see bitmap_fill() */
  fill(): this {
    this.words.fill(0xffffffff);
    this.#trim();
    return this;
  }

  /** Becomes equal to `a`. @see bitmap_copy() */
  copy(a: Bitmap): this {
    checkWidth(this, a);
    this.words.set(a.words);
    return this;
  }

  // — algebra: this set becomes the result; it may be an operand itself —

  /** Becomes `a` ∩ `b`. @see bitmap_and() */
  and(a: Bitmap, b: Bitmap): this {
    checkWidth(this, a);
    checkWidth(this, b);
    wordsAnd(this.words, a.words, b.words);
    return this;
  }

  /** Becomes `a` ∪ `b`. @see bitmap_or() */
  or(a: Bitmap, b: Bitmap): this {
    checkWidth(this, a);
    checkWidth(this, b);
    const { words } = this;
    const aWords = a.words;
    const bWords = b.words;
    const { length } = words;
    for (let i = 0; i < length; i++) words[i] = aWords[i]! | bWords[i]!;
    return this;
  }

  /** Becomes `a` without the bits of `b`. @see bitmap_andnot() */
  andnot(a: Bitmap, b: Bitmap): this {
    checkWidth(this, a);
    checkWidth(this, b);
    const { words } = this;
    const aWords = a.words;
    const bWords = b.words;
    const { length } = words;
    for (let i = 0; i < length; i++) words[i] = aWords[i]! & ~bWords[i]!;
    return this;
  }

  /** Becomes the bits that are in exactly one of `a` and `b`. @see bitmap_xor() */
  xor(a: Bitmap, b: Bitmap): this {
    checkWidth(this, a);
    checkWidth(this, b);
    const { words } = this;
    const aWords = a.words;
    const bWords = b.words;
    const { length } = words;
    for (let i = 0; i < length; i++) words[i] = aWords[i]! ^ bWords[i]!;
    return this;
  }

  /** Becomes the bits of the width that are not in `a`. @see bitmap_complement() */
  complement(a: Bitmap): this {
    checkWidth(this, a);
    for (let i = 0; i < this.words.length; i++) this.words[i] = ~a.words[i]!;
    this.#trim();
    return this;
  }

  // — questions —

  /** Number of bits in the set. @see bitmap_weight() */
  weight(): number {
    return wordsWeight(this.words);
  }

  /** Number of bits in this set and in `b`. @see bitmap_weight_and() */
  weightAnd(b: Bitmap): number {
    checkWidth(this, b);
    return wordsWeightAnd(this.words, b.words);
  }

  /** Whether no bit is set. @see bitmap_empty() */
  isEmpty(): boolean {
    return this.first() === this.nbits;
  }

  /** Whether every bit of the width is set. @see bitmap_full() */
  isFull(): boolean {
    return this.firstZero() === this.nbits;
  }

  /** Whether both hold the same bits. @see bitmap_equal() */
  equals(b: Bitmap): boolean {
    checkWidth(this, b);
    for (let i = 0; i < this.words.length; i++) if (this.words[i] !== b.words[i]) return false;
    return true;
  }

  /** Whether every bit of this set is in `b`. @see bitmap_subset() */
  isSubsetOf(b: Bitmap): boolean {
    checkWidth(this, b);
    for (let i = 0; i < this.words.length; i++) {
      if ((this.words[i]! & ~b.words[i]!) !== 0) return false;
    }
    return true;
  }

  /** Whether some bit is in both. @see bitmap_intersects() */
  intersects(b: Bitmap): boolean {
    checkWidth(this, b);
    for (let i = 0; i < this.words.length; i++) {
      if ((this.words[i]! & b.words[i]!) !== 0) return true;
    }
    return false;
  }

  // — searches: the answer is `nbits` when there is no such bit —

  /** The lowest bit. @see find_first_bit() */
  first(): number {
    const { words } = this;
    for (let i = 0; i < words.length; i++) {
      const word = words[i]!;
      if (word !== 0) return i * WORD_BITS + wordFirst(word);
    }
    return this.nbits;
  }

  /** The highest bit. @see find_last_bit() */
  last(): number {
    for (let i = this.words.length - 1; i >= 0; i--) {
      const word = this.words[i]!;
      if (word !== 0) return i * WORD_BITS + 31 - Math.clz32(word);
    }
    return this.nbits;
  }

  /** The lowest bit at or above `from`. @see find_next_bit() */
  next(from: number): number {
    if (from >= this.nbits) return this.nbits;
    const { words } = this;
    let index = from >>> 5;
    let word = words[index]! & (-1 << (from & 31));
    while (word === 0) {
      if (++index === words.length) return this.nbits;
      word = words[index]!;
    }
    return index * WORD_BITS + wordFirst(word);
  }

  /** The lowest integer of the width that is not in the set. @see find_first_zero_bit() */
  firstZero(): number {
    return this.nextZero(0);
  }

  /** The lowest integer at or above `from` that is not in the set. @see find_next_zero_bit() */
  nextZero(from: number): number {
    if (from >= this.nbits) return this.nbits;
    const { words } = this;
    let index = from >>> 5;
    let free = ~words[index]! & (-1 << (from & 31));
    while (free === 0) {
      if (++index === words.length) return this.nbits;
      free = ~words[index]!;
    }
    return Math.min(index * WORD_BITS + wordFirst(free), this.nbits);
  }

  /** The bit with `rank` lower ones in the set. @see find_nth_bit() */
  nth(rank: number): number {
    let rest = rank;
    for (let i = 0; i < this.words.length; i++) {
      const weight = wordWeight(this.words[i]!);
      if (rest < weight) return i * WORD_BITS + wordNth(this.words[i]!, rest);
      rest -= weight;
    }
    return this.nbits;
  }

  /** The integer outside the set with `rank` lower ones outside it. */
  nthZero(rank: number): number {
    let rest = rank;
    for (let i = 0; i < this.words.length; i++) {
      const weight = WORD_BITS - wordWeight(this.words[i]!);
      if (rest < weight) {
        return Math.min(i * WORD_BITS + wordNth(~this.words[i]!, rest), this.nbits);
      }
      rest -= weight;
    }
    return this.nbits;
  }

  /** The lowest bit in both. @see find_first_and_bit() */
  firstAnd(b: Bitmap): number {
    checkWidth(this, b);
    const { words } = this;
    const bWords = b.words;
    for (let i = 0; i < words.length; i++) {
      const word = words[i]! & bWords[i]!;
      if (word !== 0) return i * WORD_BITS + wordFirst(word);
    }
    return this.nbits;
  }

  /** The lowest bit at or above `from` in both. @see find_next_and_bit() */
  nextAnd(b: Bitmap, from: number): number {
    checkWidth(this, b);
    if (from >= this.nbits) return this.nbits;
    const { words } = this;
    const bWords = b.words;
    let index = from >>> 5;
    let word = words[index]! & bWords[index]! & (-1 << (from & 31));
    while (word === 0) {
      if (++index === words.length) return this.nbits;
      word = words[index]! & bWords[index]!;
    }
    return index * WORD_BITS + wordFirst(word);
  }

  /** The bit in both with `rank` lower ones in both. @see find_nth_and_bit() */
  nthAnd(b: Bitmap, rank: number): number {
    checkWidth(this, b);
    let rest = rank;
    for (let i = 0; i < this.words.length; i++) {
      const word = this.words[i]! & b.words[i]!;
      const weight = wordWeight(word);
      if (rest < weight) return i * WORD_BITS + wordNth(word, rest);
      rest -= weight;
    }
    return this.nbits;
  }

  // — iteration, ascending —

  /** Calls `visit` with each bit. A change that `visit` makes to the word at hand is not noticed. */
  forEach(visit: (bit: number) => void): void {
    for (let i = 0; i < this.words.length; i++) visitWord(this.words[i]!, i * WORD_BITS, visit);
  }

  /** Calls `visit` with each bit that is in both. */
  forEachAnd(b: Bitmap, visit: (bit: number) => void): void {
    checkWidth(this, b);
    for (let i = 0; i < this.words.length; i++) {
      visitWord(this.words[i]! & b.words[i]!, i * WORD_BITS, visit);
    }
  }

  /** The bits in ascending order; allocates an iterator, so hot loops use {@link next}. */
  *[Symbol.iterator](): Generator<number, void, undefined> {
    for (let bit = this.first(); bit < this.nbits; bit = this.next(bit + 1)) yield bit;
  }

  // — what keeps the promises above —

  #trim(): void {
    if (this.words.length > 0) this.words[this.words.length - 1]! &= tailMask(this.nbits);
  }

  #checkRange(start: number, count: number): void {
    assert(
      start >= 0 && count >= 0 && start + count <= this.nbits,
      `the range ${start}+${count} is outside 0..${this.nbits - 1}`,
    );
  }

  #eachWordOf(start: number, count: number, change: (index: number, mask: number) => void): void {
    const end = start + count;
    for (let bit = start; bit < end;) {
      const low = bit & 31;
      const length = Math.min(WORD_BITS - low, end - bit);
      change(bit >>> 5, length === WORD_BITS ? -1 : ((1 << length) - 1) << low);
      bit += length;
    }
  }
}

function emptyWords(nbits: number): Uint32Array {
  assert(
    Number.isInteger(nbits) && nbits >= 0 && nbits <= NBITS_MAX,
    `the width of a bitmap is an integer from 0 to ${NBITS_MAX}, not ${nbits}`,
  );
  return new Uint32Array(wordCount(nbits));
}

function visitWord(word: number, base: number, visit: (bit: number) => void): void {
  for (let rest = word; rest !== 0; rest &= rest - 1) visit(base + wordFirst(rest));
}

/** The bits of the last word that lie inside the width. */
function tailMask(nbits: number): number {
  const used = nbits & 31;
  return used === 0 ? -1 : (1 << used) - 1;
}

// The messages are built only on failure: these checks stand in every hot operation.
function bitOutside(bit: number, nbits: number): never {
  assert(false, `bit ${bit} is outside 0..${nbits - 1}`);
}

function checkWidth(a: Bitmap, b: Bitmap): void {
  if (a.nbits !== b.nbits) widthMismatch(a.nbits, b.nbits);
}

function widthMismatch(width: number, other: number): never {
  assert(false, `a set of ${width} bits cannot be combined with one of ${other}`);
}
