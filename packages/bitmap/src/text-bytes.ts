// Text as the kernel meets it: bytes, of which 0xA0 counts as white space. A string is taken as
// UTF-8, so U+00A0 arrives as two bytes of which the first is no space.

/** The bytes of `text`; a string is encoded as UTF-8, a lone surrogate as U+FFFD. */
export function textBytes(text: string | Uint8Array): Uint8Array {
  if (typeof text !== 'string') return text;
  const bytes: number[] = [];
  for (const character of text) pushUtf8(bytes, character.codePointAt(0)!);
  return Uint8Array.from(bytes);
}

function pushUtf8(bytes: number[], point: number): void {
  const code = point >= 0xd800 && point <= 0xdfff ? 0xfffd : point;
  if (code < 0x80) bytes.push(code);
  else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 63));
  else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), ...continuation(code, 2));
  else bytes.push(0xf0 | (code >> 18), ...continuation(code, 3));
}

function continuation(code: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => 0x80 | ((code >> (6 * (count - 1 - i))) & 63));
}

/** isspace() of the kernel. @see lib/ctype.c, v6.12 */
export function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 0x09 && byte <= 0x0d) || byte === 0xa0;
}

/** Whether `byte` separates regions: white space or a comma. */
export function isSeparator(byte: number): boolean {
  return byte === 0x2c || isSpace(byte);
}

/** Value of a hexadecimal digit, or −1. @see lib/hexdump.c, hex_to_bin(), v6.12 */
export function hexValue(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const lower = byte | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x61 + 10 : -1;
}
