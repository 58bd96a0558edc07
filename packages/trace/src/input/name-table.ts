// Strings for byte ranges that recur: commands and paths come again and again, so a small table from
// their hash gives the string made last time. Its size is fixed, so a hostile log cannot make it grow.
import { decodeText } from './text.ts';

const SLOTS = 4096;
const LENGTH_MAX = 256;

/** A direct-mapped table of the names seen of late. */
export class NameTable {
  readonly #names = new Map<number, string>();

  /** The bytes `from` to `to` as text (UTF-8, replacement characters for what is none). */
  text(bytes: Uint8Array, from: number, to: number): string {
    const length = to - from;
    if (length <= 0) return '';
    if (length > LENGTH_MAX) return decodeText(bytes, from, to);
    const slot = hash(bytes, from, to) & (SLOTS - 1);
    const known = this.#names.get(slot);
    if (known !== undefined && equals(known, bytes, from, to)) return known;
    const name = decodeText(bytes, from, to);
    this.#names.set(slot, name);
    return name;
  }
}

/** FNV-1a, 32 bits. @see http://www.isthe.com/chongo/tech/comp/fnv/ */
function hash(bytes: Uint8Array, from: number, to: number): number {
  let value = 0x811c9dc5;
  for (let at = from; at < to; at++) value = Math.imul(value ^ (bytes[at] as number), 0x01000193);
  return value ^ (value >>> 15);
}

/** Names with other than ASCII never compare equal and are decoded each time. */
function equals(name: string, bytes: Uint8Array, from: number, to: number): boolean {
  if (name.length !== to - from) return false;
  for (let i = 0; i < name.length; i++) {
    const code = name.charCodeAt(i);
    if (code !== bytes[from + i] || code >= 0x80) return false;
  }
  return true;
}
