// The programs that recorded scenarios execute, and what becomes of them: their first instructions are
// followed as far as the system call that reports or ends them.
import { fetchByte, smallestProgram } from '@forkless/task';
import type { LoadedImage } from '@forkless/task';

/** A system call number no kernel has: the program reports its state and goes on. */
const REPORT = 0x7265;
const EXIT = 60;
const SIGSEGV = 11;
const SIGBUS = 7;
/** No test program is longer. */
const INSTRUCTIONS_MAX = 16;

/** The smallest program that works: one segment, exit(0). */
export const OK_PROGRAM = smallestProgram();

/** A program that reports its state before it exits. */
export const REPORTER_PROGRAM = smallestProgram([0xb8, ...le(BigInt(REPORT), 4), 0x0f, 0x05]);

/** What a program does once it runs. */
export interface ProgramEnd {
  readonly reports: boolean;
  /** Exit code, unless a signal ends it. */
  readonly code: number;
  readonly signal: number;
}

/**
 * Follows a program from its entry. Only the instructions that test programs are made of are known; at
 * any other one, as at a byte that cannot be fetched, it dies.
 */
export function runProgram(image: LoadedImage): ProgramEnd {
  if (image === null) return { reports: false, code: 0, signal: SIGSEGV };
  let at = image.entry;
  let rax = 0n;
  let rdi = 0n;
  let reports = false;
  for (let count = 0; count < INSTRUCTIONS_MAX; count++) {
    const opcode = fetchByte(image, at);
    if (typeof opcode === 'string') return died(reports, opcode);
    const second = fetchByte(image, at + 1n);
    const next = typeof second === 'string' ? -1 : second.byte;
    if (opcode.byte === 0x31 && next === 0xff) {
      rdi = 0n;
      at += 2n;
    } else if (opcode.byte === 0xb8 || opcode.byte === 0xbf) {
      const value = immediate(image, at + 1n);
      if (typeof value === 'string') return died(reports, value);
      if (opcode.byte === 0xb8) rax = value;
      else rdi = value;
      at += 5n;
    } else if (opcode.byte === 0x0f && next === 0x05) {
      if (rax === BigInt(EXIT)) return { reports, code: Number(rdi & 0xffn), signal: 0 };
      if (rax !== BigInt(REPORT)) break;
      reports = true;
      at += 2n;
    } else break;
  }
  return died(reports, 'SIGSEGV');
}

function died(reports: boolean, signal: 'SIGBUS' | 'SIGSEGV'): ProgramEnd {
  return { reports, code: 0, signal: signal === 'SIGBUS' ? SIGBUS : SIGSEGV };
}

function immediate(image: NonNullable<LoadedImage>, at: bigint): bigint | 'SIGBUS' | 'SIGSEGV' {
  let value = 0n;
  for (let index = 3n; index >= 0n; index--) {
    const fetched = fetchByte(image, at + index);
    if (typeof fetched === 'string') return fetched;
    value = (value << 8n) | BigInt(fetched.byte);
  }
  return value;
}

function le(value: bigint, count: number): number[] {
  return Array.from({ length: count }, (_, index) => Number((value >> BigInt(8 * index)) & 0xffn));
}
