// The static program the recordings execute: 400 bytes, one segment of 9 bytes that calls exit, a stack
// header, no interpreter.

const CODE_AT = 0x4000b0;
const PROGRAM_BYTES = 400;

const word = (value: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => Math.floor(value / 256 ** index) % 256);

const IDENT = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
const HEADER = [
  [word(2, 2), word(62, 2), word(1, 4), word(CODE_AT, 8), word(64, 8), word(0, 8)],
  [word(0, 4), word(64, 2), word(56, 2), word(2, 2), word(0, 6)],
];
const SEGMENTS = [
  [word(1, 4), word(5, 4), word(0xb0, 8), word(CODE_AT, 8), word(CODE_AT, 8)],
  [word(9, 8), word(9, 8), word(4096, 8)],
  [word(0x6474e551, 4), word(6, 4), word(0, 40), word(16, 8)],
];
const EXIT = [0x31, 0xff, 0xb8, 60, 0, 0, 0, 0x0f, 0x05];

/** Its bytes. */
export const STATIC_PROGRAM: Uint8Array = Uint8Array.from({ length: PROGRAM_BYTES }, (_, at) => {
  const start = [...IDENT, ...HEADER.flat(2), ...SEGMENTS.flat(2), ...EXIT];
  return start[at] ?? 0;
});
