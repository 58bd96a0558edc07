// The kernel's mask text, "00000003,ffffffff": what cpumap and smp_affinity speak. It is read from
// its end, in chunks of up to eight digits that count for 32 bits each however short they are.
import { refuse } from '@forkless/errors';
import { Bitmap, wordCount } from './bitmap.ts';
import type { BitmapRefusal, ParsedBitmap } from './parsed.ts';
import { hexValue, isSeparator, textBytes } from './text-bytes.ts';
import { WORD_BITS } from './word.ts';

const NEWLINE = 0x0a;
const CHUNK_DIGITS = 8;

/** A chunk's value and the place before it. */
interface Chunk {
  readonly value: number;
  readonly before: number;
}

/**
 * Reads mask text, up to a NUL or newline, into a set of `nbits` bits. O(text).
 *
 * Refuses with `EOVERFLOW` (a chunk of more than eight digits, more chunks than the width has words,
 * a bit at or above `nbits`) or `EINVAL` (no hexadecimal digit); the one nearest the end decides.
 *
 * @see lib/bitmap-str.c, bitmap_parse(), v6.12
 */
export function parseMask(text: string | Uint8Array, nbits: number): ParsedBitmap {
  const bytes = textBytes(text);
  const words = new Uint32Array(wordCount(nbits));
  let index = 0;
  for (let at = skipBack(bytes, maskEnd(bytes) - 1); at >= 0; index++) {
    if (index === words.length) return refuse('EOVERFLOW', `more than ${words.length} chunks`);
    const chunk = readChunkBack(bytes, at);
    if ('errno' in chunk) return chunk;
    words[index] = chunk.value;
    at = skipBack(bytes, chunk.before);
  }
  const used = nbits % WORD_BITS;
  const top = words.length - 1;
  if (used !== 0 && words[top]! >>> used !== 0) {
    return refuse('EOVERFLOW', `a bit at or above the width of ${nbits} is set`);
  }
  return { ok: true, bitmap: new Bitmap(nbits, words) };
}

/** Prints a set as the kernel's `%*pb` does: as wide as the set, the first chunk only as needed. */
export function formatMask(bitmap: Bitmap): string {
  const topBits = bitmap.nbits % WORD_BITS || WORD_BITS;
  const chunks = Array.from(bitmap.words, (word) => word.toString(16).padStart(CHUNK_DIGITS, '0'));
  const top = chunks.pop();
  if (top === undefined) return '';
  chunks.push(top.slice(CHUNK_DIGITS - Math.ceil(topBits / 4)));
  return chunks.toReversed().join(',');
}

/**
 * The width that the mask text `text` is printed in, rounded up to whole words: what a reader needs
 * that knows nothing of the kernel's own width. Two chunks make 64. O(text).
 */
export function maskTextBits(text: string | Uint8Array): number {
  const bytes = textBytes(text);
  let chunks = 0;
  for (let at = skipBack(bytes, maskEnd(bytes) - 1); at >= 0; chunks++) {
    while (at >= 0 && !isSeparator(bytes[at]!)) at--;
    at = skipBack(bytes, at);
  }
  return chunks * WORD_BITS;
}

function maskEnd(bytes: Uint8Array): number {
  const end = bytes.findIndex((byte) => byte === 0 || byte === NEWLINE);
  return end === -1 ? bytes.length : end;
}

function skipBack(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at >= 0 && isSeparator(bytes[at]!)) at--;
  return at;
}

function readChunkBack(bytes: Uint8Array, from: number): Chunk | BitmapRefusal {
  let value = 0;
  for (let digit = 0; digit < CHUNK_DIGITS; digit++) {
    const at = from - digit;
    if (at < 0 || (digit > 0 && isSeparator(bytes[at]!))) return { value: value >>> 0, before: at };
    const nibble = hexValue(bytes[at]!);
    if (nibble < 0) return refuse('EINVAL', `no hexadecimal digit at byte ${at}`);
    value |= nibble << (4 * digit);
  }
  const before = from - CHUNK_DIGITS;
  if (before < 0 || isSeparator(bytes[before]!)) return { value: value >>> 0, before };
  return hexValue(bytes[before]!) >= 0
    ? refuse('EOVERFLOW', `a chunk of more than eight digits ends at byte ${from}`)
    : refuse('EINVAL', `no hexadecimal digit at byte ${before}`);
}
