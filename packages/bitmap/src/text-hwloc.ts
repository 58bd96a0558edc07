// The hexadecimal spellings of user-space tools: hwloc's "0x00000001,0xffffffff" and the one long
// number of taskset. Neither tool gives errnos of its own; ours follow the kernel's for the same fault.
import { refuse } from '@forkless/errors';
import { Bitmap } from './bitmap.ts';
import type { ParsedBitmap } from './parsed.ts';
import { WORD_BITS } from './word.ts';

const FULL_TAIL = '0xf...f';

/**
 * Prints a set as hwloc does: words most significant first, leading zero words dropped, "0x0" when
 * empty. A set of fixed width has no infinite tail, so "0xf...f" is never printed.
 *
 * @see hwloc 2.9.0, hwloc_bitmap_snprintf()
 */
export function formatHwloc(bitmap: Bitmap): string {
  if (bitmap.isEmpty()) return '0x0';
  const topIndex = bitmap.last() >>> 5;
  const chunks: string[] = [];
  for (let i = topIndex; i >= 0; i--) {
    chunks.push(`0x${bitmap.words[i]!.toString(16).padStart(8, '0')}`);
  }
  return chunks.join(',');
}

/**
 * Reads hwloc's text into a set of `nbits` bits; a first word "0xf...f" sets all bits above the
 * words that follow it. Without `nbits` the set is as wide as its words. O(text + bits).
 *
 * Refuses with `EINVAL` (form), `EOVERFLOW` (a word of more than 32 bits) or `ERANGE` (a bit at or
 * above `nbits`).
 *
 * @see hwloc 2.9.0, hwloc_bitmap_sscanf()
 */
export function parseHwloc(text: string, nbits?: number): ParsedBitmap {
  const chunks = text.trim().split(',');
  const tailed = chunks[0] === FULL_TAIL;
  if (tailed) chunks.shift();
  const words = new Uint32Array(chunks.length);
  for (const [place, chunk] of chunks.entries()) {
    const digits = /^(?:0[xX])?([0-9a-fA-F]*)$/.exec(chunk)?.[1]?.replace(/^0+(?=.)/, '');
    if (digits === undefined || (digits === '' && chunk !== '')) {
      return refuse('EINVAL', `"${chunk}" is no hexadecimal word`);
    }
    if (digits.length > 8) return refuse('EOVERFLOW', `"${chunk}" exceeds 32 bits`);
    words[words.length - 1 - place] = Number.parseInt(digits || '0', 16);
  }
  return widen(words, nbits ?? words.length * WORD_BITS, tailed);
}

/** Prints a set as taskset does: one hexadecimal number without prefix, "0" when empty. */
export function formatTaskset(bitmap: Bitmap): string {
  const digits = Array.from(bitmap.words, (word) => word.toString(16).padStart(8, '0'));
  return digits.toReversed().join('').replace(/^0+/, '') || '0';
}

/**
 * Reads taskset's text, one hexadecimal number of any length with or without "0x", into a set of
 * `nbits` bits; without `nbits` the set is as wide as its digits. O(text).
 *
 * Refuses with `EINVAL` (form) or `ERANGE` (a bit at or above `nbits`).
 *
 * @see util-linux 2.38.1, lib/cpuset.c, cpumask_parse()
 */
export function parseTaskset(text: string, nbits?: number): ParsedBitmap {
  const digits = /^(?:0[xX])?([0-9a-fA-F]+)$/.exec(text.trim())?.[1];
  if (digits === undefined) return refuse('EINVAL', 'expected one hexadecimal number');
  const words = new Uint32Array(Math.ceil(digits.length / 8));
  for (let i = 0; i < words.length; i++) {
    const end = digits.length - 8 * i;
    words[i] = Number.parseInt(digits.slice(Math.max(0, end - 8), end), 16);
  }
  return widen(words, nbits ?? words.length * WORD_BITS, false);
}

/** Lays `words` into a set of `nbits` bits, all bits above them set when `tailed`. */
function widen(words: Uint32Array, nbits: number, tailed: boolean): ParsedBitmap {
  const written = new Bitmap(words.length * WORD_BITS, words);
  const top = written.last();
  if (top < written.nbits && top >= nbits) {
    return refuse('ERANGE', `bit ${top} is outside 0..${nbits - 1}`);
  }
  const bitmap = written.resized(nbits);
  if (tailed && nbits > written.nbits) bitmap.setRange(written.nbits, nbits - written.nbits);
  return { ok: true, bitmap };
}
