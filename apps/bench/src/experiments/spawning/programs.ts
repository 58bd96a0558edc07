// The programs that the spawning experiments run: what the kernel maps of them, made of real ELF bytes,
// and what they then do in user space, as figures of the profile.

import type { ProgramRun } from '@forkless/spawn';

/** A program of the experiments. */
export interface BenchProgram {
  readonly name: string;
  readonly path: string;
  /** Shared libraries besides the dynamic linker; null for a static program. */
  readonly libraries: number | null;
  /** The figure of its own start, after the linking. */
  readonly start?: string;
}

/** The path of the dynamic linker in the model's tree. */
export const LINKER = '/lib64/ld-linux-x86-64.so.2';

/** A static program of one page. */
export const STATIC_TOOL: BenchProgram = { name: 'static', path: '/bin/static', libraries: null };
/** A program that needs libc and nothing else. */
export const DYNAMIC_TOOL: BenchProgram = { name: 'dynamic', path: '/bin/tool', libraries: 1 };
/** The shells that were measured. */
export const SHELLS: Readonly<Record<string, BenchProgram>> = {
  dash: { name: 'dash', path: '/bin/sh', libraries: 1, start: 'shell.dash' },
  bash: { name: 'bash', path: '/bin/bash', libraries: 2, start: 'shell.bash' },
};

/** All of them. */
export const PROGRAMS: readonly BenchProgram[] = [
  STATIC_TOOL,
  DYNAMIC_TOOL,
  ...Object.values(SHELLS),
];

/** What a program does until it exits, beside the work of its own. */
export function runOf({ libraries, start }: BenchProgram): ProgramRun {
  return {
    ...(libraries === null ? {} : { 'exec.dynamic': 1, 'exec.library': libraries }),
    ...(start === undefined ? {} : { [start]: 1 }),
  };
}

const PAGE = 4096n;
const PF = { x: 1, w: 2, r: 4 };
/** As the linker lays a program out: headers, code, constants, data. */
const SEGMENTS = [PF.r, PF.r | PF.x, PF.r, PF.r | PF.w];
const EHDR_BYTES = 64n;
const PHDR_BYTES = 56n;

/** A position-independent program of four segments of a page each, with its PT_INTERP if it has one. */
export function elfProgram(interpreter?: string): Uint8Array {
  const phdrCount = BigInt(SEGMENTS.length) + (interpreter === undefined ? 0n : 1n);
  const nameAt = EHDR_BYTES + PHDR_BYTES * phdrCount;
  const bytes = new Uint8Array(Number(PAGE) * SEGMENTS.length);
  const ident = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
  const header = words(
    [3n, 2],
    [62n, 2],
    [1n, 4],
    [PAGE, 8],
    [EHDR_BYTES, 8],
    [0n, 8],
    [0n, 4],
    [EHDR_BYTES, 2],
    [PHDR_BYTES, 2],
    [phdrCount, 2],
    [0n, 6],
  );
  const phdrs = SEGMENTS.map((flags, at) => phdr(1n, flags, BigInt(at) * PAGE, PAGE));
  if (interpreter !== undefined) {
    const length = BigInt(interpreter.length + 1);
    phdrs.unshift(phdr(3n, PF.r, nameAt, length));
    bytes.set(new TextEncoder().encode(interpreter), Number(nameAt));
  }
  bytes.set([...ident, ...header, ...phdrs.flat()]);
  return bytes;
}

function phdr(type: bigint, flags: number, offset: bigint, size: bigint): number[] {
  const align = type === 1n ? PAGE : 1n;
  return words(
    [type, 4],
    [BigInt(flags), 4],
    [offset, 8],
    [offset, 8],
    [offset, 8],
    [size, 8],
    [size, 8],
    [align, 8],
  );
}

/** Numbers in little-endian bytes, each with how many. */
function words(...fields: readonly (readonly [value: bigint, bytes: number])[]): number[] {
  return fields.flatMap(([value, bytes]) => le(value, bytes));
}

function le(value: bigint, count: number): number[] {
  return Array.from({ length: count }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn));
}
