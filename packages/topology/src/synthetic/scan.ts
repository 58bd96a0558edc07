// The little that C's strtoul() and hwloc's size suffixes do, for a description read left to right.

/** A number read from a text and the place after it. */
export interface Scanned {
  readonly value: number;
  readonly next: number;
}

/**
 * An unsigned number at `at`: blanks, a plus sign, then digits, hexadecimal after "0x", octal after
 * "0" when `base` is 0. Undefined where there is none; a negative number reads as infinite.
 *
 * @see strtoul(3)
 */
export function scanUnsigned(text: string, at: number, base: 0 | 10): Scanned | undefined {
  const pattern =
    base === 0
      ? /[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)/y
      : /[ \t\n\v\f\r]*([+-]?)(\d+)/y;
  pattern.lastIndex = at;
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const digits = match[2]!;
  const isOctal = base === 0 && /^0[0-7]+$/.test(digits);
  const value = isOctal ? Number.parseInt(digits, 8) : Number(digits);
  const isNegative = match[1] === '-' && value !== 0;
  return { value: isNegative ? Number.POSITIVE_INFINITY : value, next: pattern.lastIndex };
}

/** Longer spellings of one scale come before those they begin with. */
const UNITS: readonly (readonly [suffix: string, bytes: number])[] = [
  ['tb', 1e12],
  ['tib', 2 ** 40],
  ['gb', 1e9],
  ['gib', 2 ** 30],
  ['mb', 1e6],
  ['mib', 2 ** 20],
  ['kb', 1e3],
  ['kib', 2 ** 10],
];

/**
 * A size in bytes, "1GB" or "512KiB": decimal and binary units in any case. Text that is no number
 * reads as 0, as in hwloc.
 *
 * @see hwloc 2.9.0, hwloc/topology-synthetic.c, hwloc_synthetic_parse_memory_attr()
 */
export function scanSize(text: string, at: number): Scanned {
  const number = scanUnsigned(text, at, 0) ?? { value: 0, next: at };
  const rest = text.slice(number.next, number.next + 3).toLowerCase();
  const unit = UNITS.find(([suffix]) => rest.startsWith(suffix));
  if (unit === undefined) return number;
  return { value: number.value * unit[1], next: number.next + unit[0].length };
}
