// The arguments of the four tracepoints that tell of processes. Values with blanks are not quoted, so
// fields behind a command or a path are found from the right, by ` key=`.
import { isDigit, lastIndexOf, readDecimal, skipDigits, startsWithAt } from '../input/bytes.ts';

/** What stands after a key, found from the right. */
export interface Field {
  /** Where the blank before the key is. */
  readonly at: number;
  readonly from: number;
}

/** The last field ` key=` between `from` and `to`, or undefined. */
export function lastField(
  bytes: Uint8Array,
  from: number,
  to: number,
  key: string,
): Field | undefined {
  const at = lastIndexOf(bytes, from, to, key);
  return at < 0 ? undefined : { at, from: at + key.length };
}

/** The last number ` key=N` between `from` and `to`, or -1. */
export function lastNumber(bytes: Uint8Array, from: number, to: number, key: string): number {
  const at = lastIndexOf(bytes, from, to, key);
  return at < 0 ? -1 : numberAt(bytes, at + key.length, to);
}

/** The number of a first field `key=N`, or -1. */
export function firstNumber(bytes: Uint8Array, from: number, to: number, key: string): number {
  return startsWithAt(bytes, from, to, key) ? numberAt(bytes, from + key.length, to) : -1;
}

/** The number at `from`, up to a blank or the end; -1 if there is none. */
export function numberAt(bytes: Uint8Array, from: number, to: number): number {
  const end = skipDigits(bytes, from, to);
  return end === from || end - from > 10 || (end < to && bytes[end] !== 0x20)
    ? -1
    : readDecimal(bytes, from, end);
}

/** The end of the run of hexadecimal digits at `from`. */
export function skipHex(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && (isDigit(bytes[at]) || isHexLetter(bytes[at] as number))) at++;
  return at;
}

function isHexLetter(byte: number): boolean {
  return byte >= 0x61 && byte <= 0x66;
}
