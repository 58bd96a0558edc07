// Counting and finding bits inside one 32-bit word, the step every operation on a set repeats.

/** Bits in one word of a set. */
export const WORD_BITS = 32;

/** Number of one bits in `word`. @see lib/hweight.c, __sw_hweight32(), v6.12 */
export function wordWeight(word: number): number {
  return sumOfBytes(byteWeights(word));
}

/** Sets each of `out` to the bits that are in `a` and in `b`, four words a turn. O(words). */
export function wordsAnd(out: Uint32Array, a: Uint32Array, b: Uint32Array): void {
  const whole = out.length & ~3;
  let i = 0;
  for (; i < whole; i += 4) {
    out[i] = a[i]! & b[i]!;
    out[i + 1] = a[i + 1]! & b[i + 1]!;
    out[i + 2] = a[i + 2]! & b[i + 2]!;
    out[i + 3] = a[i + 3]! & b[i + 3]!;
  }
  for (; i < out.length; i++) out[i] = a[i]! & b[i]!;
}

/** Number of one bits in `words`, one multiplication for four words. O(words). */
export function wordsWeight(words: Uint32Array): number {
  const whole = words.length & ~3;
  let sum = 0;
  let i = 0;
  for (; i < whole; i += 4) {
    const low = byteWeights(words[i]!) + byteWeights(words[i + 1]!);
    const high = byteWeights(words[i + 2]!) + byteWeights(words[i + 3]!);
    sum += sumOfBytes(low + high);
  }
  for (; i < words.length; i++) sum += wordWeight(words[i]!);
  return sum;
}

/** Number of one bits that are in `a` and in `b`, which have one length. O(words). */
export function wordsWeightAnd(a: Uint32Array, b: Uint32Array): number {
  const whole = a.length & ~3;
  let sum = 0;
  let i = 0;
  for (; i < whole; i += 4) {
    const low = byteWeights(a[i]! & b[i]!) + byteWeights(a[i + 1]! & b[i + 1]!);
    const high = byteWeights(a[i + 2]! & b[i + 2]!) + byteWeights(a[i + 3]! & b[i + 3]!);
    sum += sumOfBytes(low + high);
  }
  for (; i < a.length; i++) sum += wordWeight(a[i]! & b[i]!);
  return sum;
}

/** The weight of each byte of `word`, in that byte. */
function byteWeights(word: number): number {
  const pairs = word - ((word >>> 1) & 0x55555555);
  const nibbles = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return (nibbles + (nibbles >>> 4)) & 0x0f0f0f0f;
}

function sumOfBytes(bytes: number): number {
  return Math.imul(bytes, 0x01010101) >>> 24;
}

/** Position of the lowest one bit; 32 when `word` is 0. */
export function wordFirst(word: number): number {
  return word === 0 ? WORD_BITS : 31 - Math.clz32(word & -word);
}

/** Position of the one bit with `rank` others below it. `rank` is less than the word's weight. */
export function wordNth(word: number, rank: number): number {
  let rest = word;
  for (let skipped = 0; skipped < rank; skipped++) rest &= rest - 1;
  return wordFirst(rest);
}
