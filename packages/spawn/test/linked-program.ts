// ELF bytes of a program that asks for an interpreter, for the tests of what lies behind it.

const PAGE = 4096;
const EHDR = 64;
const PHDR = 56;
const BASE = 0x400000;

/** A program of one page; with a PT_INTERP if one is named. */
export function linkedProgram(interpreter?: string): Uint8Array {
  const phdrCount = interpreter === undefined ? 1 : 2;
  const name = interpreter === undefined ? [] : [...new TextEncoder().encode(interpreter), 0];
  const nameAt = EHDR + PHDR * phdrCount;
  const loaded = phdr({ type: 1, flags: 5, offset: 0, address: BASE, size: PAGE, align: PAGE });
  const asked = { type: 3, flags: 4, offset: nameAt, address: BASE + nameAt, align: 1 };
  const phdrs = interpreter === undefined ? [] : phdr({ ...asked, size: name.length });
  const bytes = new Uint8Array(PAGE);
  bytes.set([...header(phdrCount), ...phdrs, ...loaded, ...name]);
  return bytes;
}

function header(phdrCount: number): number[] {
  const ident = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  return [
    ...ident,
    ...[word(2, 2), word(62, 2), word(1, 4), word(BASE, 8), word(EHDR, 8), word(0, 12)].flat(),
    ...[word(EHDR, 2), word(PHDR, 2), word(phdrCount, 2), word(0, 6)].flat(),
  ];
}

function phdr(of: {
  readonly type: number;
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
  readonly align: number;
}): number[] {
  const { type, flags, offset, address, size, align } = of;
  const longs = [offset, address, address, size, size, align].flatMap((value) => word(value, 8));
  return [...word(type, 4), ...word(flags, 4), ...longs];
}

function word(value: number, count: number): number[] {
  return Array.from({ length: count }, (_, at) => Math.floor(value / 2 ** (8 * at)) & 0xff);
}
