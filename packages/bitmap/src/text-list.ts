// The kernel's list text, "0-3,8,16-31:2/4": what cpulist, nodelist, isolcpus= and cpuset.cpus
// speak. Every accepted and every refused form is that of the 6.12 parser; it reads region by region
// and the first region that fails decides the errno.
import { refuse } from '@forkless/errors';
import { Bitmap } from './bitmap.ts';
import type { BitmapRefusal, ParsedBitmap } from './parsed.ts';
import { isSeparator, textBytes } from './text-bytes.ts';

const NEWLINE = 0x0a;
const DASH = 0x2d;
const SLASH = 0x2f;
const COLON = 0x3a;
const UPPER_N = 0x4e;
const U32_MAX = 0xffffffff;

/** `used` bits of every `group`, from `start` to `end`; `bare` when no pattern was written. */
interface Region {
  readonly start: number;
  readonly end: number;
  readonly used: number;
  readonly group: number;
  readonly bare: boolean;
}

/**
 * Reads list text into a set of `nbits` bits. O(text + bits).
 *
 * Refuses with `EINVAL` (form; start after end; group 0 or smaller than used), `EOVERFLOW` (a number
 * of 2³² or more) or `ERANGE` (a bit at or above `nbits`).
 *
 * @see lib/bitmap-str.c, bitmap_parselist(), v6.12
 */
export function parseList(text: string | Uint8Array, nbits: number): ParsedBitmap {
  const bitmap = new Bitmap(nbits);
  const reader = new RegionReader(textBytes(text), nbits);
  while (reader.skipSeparators()) {
    const region = reader.region();
    if ('errno' in region) return region;
    const refusal = checkRegion(region, nbits);
    if (refusal !== undefined) return refusal;
    setRegion(bitmap, region);
    if (region.bare && reader.atNewline()) break;
  }
  return { ok: true, bitmap };
}

/** Prints a set as the kernel's `%*pbl` does: "0-3,8"; two neighbours are a range too. */
export function formatList(bitmap: Bitmap): string {
  return formatRuns(bitmap, 2);
}

/**
 * Prints a set as lscpu and taskset do: a range only from three neighbours on, so "0,1" and "0-2".
 *
 * @see util-linux 2.38.1, lib/cpuset.c, cpulist_create()
 */
export function formatUtilLinuxList(bitmap: Bitmap): string {
  return formatRuns(bitmap, 3);
}

function formatRuns(bitmap: Bitmap, rangeFrom: number): string {
  const parts: string[] = [];
  for (let start = bitmap.first(); start < bitmap.nbits;) {
    const end = bitmap.nextZero(start) - 1;
    if (end - start + 1 >= rangeFrom) parts.push(`${start}-${end}`);
    else for (let bit = start; bit <= end; bit++) parts.push(`${bit}`);
    start = bitmap.next(end + 1);
  }
  return parts.join(',');
}

/** The kernel looks at the pattern before the width: "9-5" is EINVAL however narrow the set. */
function checkRegion(region: Region, nbits: number): BitmapRefusal | undefined {
  const { start, end, used, group } = region;
  if (start > end) return refuse('EINVAL', `the range ${start}-${end} runs backwards`);
  if (group === 0) return refuse('EINVAL', 'a group of 0 bits');
  if (used > group) return refuse('EINVAL', `${used} bits of a group of ${group}`);
  if (end >= nbits) return refuse('ERANGE', `bit ${end} is outside 0..${nbits - 1}`);
  return undefined;
}

function setRegion(bitmap: Bitmap, { start, end, used, group }: Region): void {
  for (let bit = start; bit <= end; bit += group) {
    bitmap.setRange(bit, Math.min(end - bit + 1, used));
  }
}

/** Reads one region after the other; the byte after the last one reads as NUL. */
class RegionReader {
  readonly #bytes: Uint8Array;
  readonly #last: number;
  #at = 0;

  constructor(bytes: Uint8Array, nbits: number) {
    this.#bytes = bytes;
    this.#last = nbits - 1;
  }

  /** Moves to the next region; false at the end of the input. */
  skipSeparators(): boolean {
    while (isSeparator(this.#byte())) this.#at++;
    return this.#byte() !== 0;
  }

  atNewline(): boolean {
    return this.#byte() === NEWLINE;
  }

  region(): Region | BitmapRefusal {
    let start: number | BitmapRefusal = 0;
    let end: number | BitmapRefusal = this.#last;
    if (!this.#takeAll()) {
      start = this.#number();
      if (typeof start !== 'number') return start;
      if (this.#atRegionEnd()) return bareRegion(start, start);
      if (!this.#take(DASH)) return this.#unexpected('"-", a separator or the end');
      end = this.#number();
      if (typeof end !== 'number') return end;
    }
    return this.#atRegionEnd() ? bareRegion(start, end) : this.#pattern(start, end);
  }

  #pattern(start: number, end: number): Region | BitmapRefusal {
    if (!this.#take(COLON)) return this.#unexpected('":", a separator or the end');
    const used = this.#number();
    if (typeof used !== 'number') return used;
    if (!this.#take(SLASH)) return this.#unexpected('"/"');
    const group = this.#number();
    if (typeof group !== 'number') return group;
    return { start, end, used, group, bare: false };
  }

  #number(): number | BitmapRefusal {
    if (this.#take(UPPER_N)) return this.#last;
    const from = this.#at;
    let value = 0;
    for (let digit = this.#digit(); digit >= 0; digit = this.#digit()) {
      value = Math.min(value * 10 + digit, U32_MAX + 1);
      this.#at++;
    }
    if (this.#at === from) return this.#unexpected('a number');
    if (value > U32_MAX) return refuse('EOVERFLOW', `the number at byte ${from} exceeds 32 bits`);
    return value;
  }

  #digit(): number {
    const byte = this.#byte();
    return byte >= 0x30 && byte <= 0x39 ? byte - 0x30 : -1;
  }

  #takeAll(): boolean {
    const [a, l1, l2] = [0, 1, 2].map((offset) => this.#byte(offset) | 0x20);
    if (a !== 0x61 || l1 !== 0x6c || l2 !== 0x6c) return false;
    this.#at += 3;
    return true;
  }

  #take(byte: number): boolean {
    if (this.#byte() !== byte) return false;
    this.#at++;
    return true;
  }

  #atRegionEnd(): boolean {
    return this.#byte() === 0 || isSeparator(this.#byte());
  }

  #byte(offset = 0): number {
    return this.#bytes[this.#at + offset] ?? 0;
  }

  #unexpected(expected: string): BitmapRefusal {
    return refuse('EINVAL', `expected ${expected} at byte ${this.#at}`);
  }
}

/** Without a pattern the kernel takes end + 1, in 32 bits, for both numbers of one. */
function bareRegion(start: number, end: number): Region {
  const whole = (end + 1) >>> 0;
  return { start, end, used: whole, group: whole, bare: true };
}
