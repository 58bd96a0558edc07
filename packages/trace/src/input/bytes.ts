// Reading numbers and names straight from the bytes of a line, so that a line costs no string unless a
// name in it is new.

const ZERO = 0x30;
const NINE = 0x39;

/** Whether a byte is an ASCII digit. */
export function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

/** The end of the run of digits that starts at `from`. */
export function skipDigits(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && isDigit(bytes[at])) at++;
  return at;
}

/** The first place from `from` on that is no blank. */
export function skipBlanks(bytes: Uint8Array, from: number, to: number): number {
  let at = from;
  while (at < to && bytes[at] === 0x20) at++;
  return at;
}

/** The number that the digits `from` to `to` say; exact up to 2^53. The caller knows them to be digits. */
export function readDecimal(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < to; at++) value = value * 10 + (bytes[at] as number) - ZERO;
  return value;
}

/** The digits `from` to `to` after a decimal point of seconds, as nanoseconds; digits beyond 9 are cut. */
export function readFractionNs(bytes: Uint8Array, from: number, to: number): number {
  let value = 0;
  for (let at = from; at < from + 9; at++) {
    value = value * 10 + (at < to ? (bytes[at] as number) - ZERO : 0);
  }
  return value;
}

/** Whether the bytes at `at` are `text` (ASCII). */
export function startsWithAt(bytes: Uint8Array, at: number, to: number, text: string): boolean {
  if (at < 0 || at + text.length > to) return false;
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

/** Where `text` (ASCII, two bytes or more) last stands between `from` and `to`, or -1. */
export function lastIndexOf(bytes: Uint8Array, from: number, to: number, text: string): number {
  const first = text.charCodeAt(0);
  const second = text.charCodeAt(1);
  for (let at = to - text.length; at >= from; at--) {
    if (bytes[at] !== first || bytes[at + 1] !== second) continue;
    if (startsWithAt(bytes, at, to, text)) return at;
  }
  return -1;
}
