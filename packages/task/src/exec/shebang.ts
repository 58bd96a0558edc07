// The first line of a script: `#!`, an interpreter, and at most one argument, within a window of 256 bytes.
import { refuse } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';
import { bytesToText } from './elf.ts';

/** Bytes of a file that decide how it is executed. */
export const BINPRM_BUF_SIZE = 256;

/** What a script names. Either part may be empty text; without an argument it is undefined. */
export interface Shebang {
  readonly interpreter: string;
  readonly argument: string | undefined;
}

const NEWLINE = 0x0a;
const TAB = 0x09;
const SPACE = 0x20;

function isBlank(byte: number | undefined): boolean {
  return byte === SPACE || byte === TAB;
}

/** The first `BINPRM_BUF_SIZE` bytes of a file, zero-filled. */
export function firstBytes(content: Uint8Array): Uint8Array {
  const buffer = new Uint8Array(BINPRM_BUF_SIZE);
  buffer.set(content.subarray(0, BINPRM_BUF_SIZE));
  return buffer;
}

/**
 * Reads the line in the 256 bytes of `buffer`. ENOEXEC when it is no script, names nothing, or when the
 * window ends inside the interpreter's name. An argument that does not fit is cut.
 *
 * @see fs/binfmt_script.c, load_script(), v6.18
 */
export function readShebang(buffer: Uint8Array): Shebang | Refusal<'ENOEXEC'> {
  if (buffer[0] !== 0x23 || buffer[1] !== 0x21) return refuse('ENOEXEC', 'no #!');
  let end = lineEnd(buffer);
  if (end < 0) return refuse('ENOEXEC', 'no interpreter within the first 256 bytes');
  while (isBlank(buffer[end - 1])) end--;
  const nameStart = skipBlanks(buffer, 2, end);
  if (nameStart < 0 || nameStart === end) return refuse('ENOEXEC', 'no interpreter named');
  const nameEnd = findTerminator(buffer, nameStart, end);
  let argument: string | undefined;
  if (nameEnd >= 0 && buffer[nameEnd] !== 0) {
    const argumentStart = skipBlanks(buffer, nameEnd, end);
    if (argumentStart >= 0) argument = cString(buffer, argumentStart, end);
  }
  const interpreter = cString(buffer, nameStart, argument === undefined ? end : nameEnd);
  return { interpreter, argument };
}

/** Where the line ends: at the newline, or at the end of a window that holds the whole name. */
function lineEnd(buffer: Uint8Array): number {
  const last = BINPRM_BUF_SIZE - 1;
  const nul = buffer.indexOf(0);
  const newline = buffer.indexOf(NEWLINE);
  if (newline >= 0 && (nul < 0 || newline < nul)) return newline;
  const name = skipBlanks(buffer, 2, last);
  if (name < 0 || findTerminator(buffer, name, last) < 0) return -1;
  return last;
}

/** First byte in [from, to] that is neither blank nor tab, −1 if none. */
function skipBlanks(buffer: Uint8Array, from: number, to: number): number {
  for (let at = from; at <= to; at++) if (!isBlank(buffer[at])) return at;
  return -1;
}

/** First blank, tab or NUL in [from, to], −1 if none. */
function findTerminator(buffer: Uint8Array, from: number, to: number): number {
  for (let at = from; at <= to; at++) if (isBlank(buffer[at]) || buffer[at] === 0) return at;
  return -1;
}

function cString(buffer: Uint8Array, from: number, to: number): string {
  const part = buffer.subarray(from, to);
  const nul = part.indexOf(0);
  return bytesToText(nul < 0 ? part : part.subarray(0, nul));
}
