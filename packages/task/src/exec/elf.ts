// ELF headers, read from the bytes of a file the way the x86-64 loader reads them: which fields it looks
// at, in which order, and what it answers when one does not suit it.
import { refuse } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';

export const ET_EXEC = 2;
export const ET_DYN = 3;
export const EM_X86_64 = 62;
export const PT_LOAD = 1;
export const PT_INTERP = 3;
export const PT_GNU_STACK = 0x6474e551;
export const PF_X = 1;
export const PF_W = 2;
export const PF_R = 4;

const HEADER_BYTES = 64;
const PHDR_BYTES = 56;
const PHDRS_BYTES_MAX = 65536;
const INTERP_BYTES_MAX = 4096;

/** The fields of an ELF header that loading looks at. */
export interface ElfHeader {
  readonly type: number;
  readonly machine: number;
  readonly entry: bigint;
  readonly phoff: bigint;
  readonly phentsize: number;
  readonly phnum: number;
}

/** One program header; sizes and addresses in bytes. */
export interface ProgramHeader {
  readonly type: number;
  readonly flags: number;
  readonly offset: bigint;
  readonly vaddr: bigint;
  readonly filesz: bigint;
  readonly memsz: bigint;
  readonly align: bigint;
}

/** A file that passed the header checks. */
export interface ElfFile {
  readonly header: ElfHeader;
  readonly segments: readonly ProgramHeader[];
}

/** Bytes of a file's program headers. */
export function phdrsBytes({ segments }: ElfFile): number {
  return segments.length * PHDR_BYTES;
}

/** Whether the first four bytes are those of an ELF file. */
export function hasElfMagic(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/** The header fields; bytes past the end of the file read as zero. Class and byte order are not checked. */
export function readElfHeader(bytes: Uint8Array): ElfHeader {
  const padded = new Uint8Array(HEADER_BYTES);
  padded.set(bytes.subarray(0, HEADER_BYTES));
  const view = new DataView(padded.buffer);
  return {
    type: view.getUint16(16, true),
    machine: view.getUint16(18, true),
    entry: view.getBigUint64(24, true),
    phoff: view.getBigUint64(32, true),
    phentsize: view.getUint16(54, true),
    phnum: view.getUint16(56, true),
  };
}

/**
 * The program headers; null when their size is not 56, there are none or more than 64 KiB of them, or the
 * file ends before them.
 *
 * @see fs/binfmt_elf.c, load_elf_phdrs(), v6.18
 */
export function readProgramHeaders(
  bytes: Uint8Array,
  header: ElfHeader,
): readonly ProgramHeader[] | null {
  const size = header.phentsize * header.phnum;
  if (header.phentsize !== PHDR_BYTES || size === 0 || size > PHDRS_BYTES_MAX) return null;
  if (header.phoff + BigInt(size) > BigInt(bytes.length)) return null;
  const start = Number(header.phoff);
  const view = new DataView(bytes.buffer, bytes.byteOffset + start, size);
  return Array.from({ length: header.phnum }, (_, index) => {
    const at = index * PHDR_BYTES;
    return {
      type: view.getUint32(at, true),
      flags: view.getUint32(at + 4, true),
      offset: view.getBigUint64(at + 8, true),
      vaddr: view.getBigUint64(at + 16, true),
      filesz: view.getBigUint64(at + 32, true),
      memsz: view.getBigUint64(at + 40, true),
      align: view.getBigUint64(at + 48, true),
    };
  });
}

/**
 * The headers of a program: ENOEXEC unless magic, type, machine and program headers suit.
 *
 * @see fs/binfmt_elf.c, load_elf_binary(), v6.18
 */
export function readProgram(bytes: Uint8Array): ElfFile | Refusal<'ENOEXEC'> {
  if (!hasElfMagic(bytes)) return refuse('ENOEXEC', 'no ELF magic');
  const header = readElfHeader(bytes);
  if (header.type !== ET_EXEC && header.type !== ET_DYN) {
    return refuse('ENOEXEC', 'neither an executable nor a shared object');
  }
  if (header.machine !== EM_X86_64) return refuse('ENOEXEC', 'for another machine');
  const segments = readProgramHeaders(bytes, header);
  return segments === null ? refuse('ENOEXEC', 'no usable program headers') : { header, segments };
}

/**
 * The interpreter a program asks for in its first PT_INTERP, undefined if none. ENOEXEC for a name shorter
 * than 2 or longer than 4096 bytes or without a closing NUL, EIO where the file ends within it.
 *
 * @see fs/binfmt_elf.c, load_elf_binary(), v6.18
 */
export function readInterpreterName(
  bytes: Uint8Array,
  segments: readonly ProgramHeader[],
): string | undefined | Refusal<'EINVAL' | 'EIO' | 'ENOEXEC'> {
  const found = segments.find((segment) => segment.type === PT_INTERP);
  if (found === undefined) return undefined;
  if (found.filesz < 2n || found.filesz > BigInt(INTERP_BYTES_MAX)) {
    return refuse('ENOEXEC', 'interpreter name shorter than 2 or longer than 4096 bytes');
  }
  if (found.offset >= 1n << 63n) return refuse('EINVAL', 'a negative place in the file');
  if (found.offset + found.filesz > BigInt(bytes.length)) {
    return refuse('EIO', 'the file ends within the interpreter name');
  }
  const start = Number(found.offset);
  const name = bytes.subarray(start, start + Number(found.filesz));
  if (name[name.length - 1] !== 0) return refuse('ENOEXEC', 'interpreter name without a NUL');
  return bytesToText(name.subarray(0, name.indexOf(0)));
}

/**
 * The headers of an interpreter: EIO when shorter than a header, ELIBBAD when it does not suit. Its type
 * is looked at only when it is mapped.
 *
 * @see fs/binfmt_elf.c, load_elf_binary(), v6.18
 */
export function readInterpreter(bytes: Uint8Array): ElfFile | Refusal<'EIO' | 'ELIBBAD'> {
  if (bytes.length < HEADER_BYTES) return refuse('EIO', 'the interpreter is shorter than a header');
  if (!hasElfMagic(bytes)) return refuse('ELIBBAD', 'the interpreter is no ELF file');
  const header = readElfHeader(bytes);
  if (header.machine !== EM_X86_64) return refuse('ELIBBAD', 'interpreter for another machine');
  const segments = readProgramHeaders(bytes, header);
  if (segments === null) return refuse('ELIBBAD', 'the interpreter has no usable program headers');
  return { header, segments };
}

/** One character a byte. */
export function bytesToText(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}
