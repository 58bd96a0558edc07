// The picture of a program in memory: which segments are mapped where, and what makes that fail. It is
// drawn after the point of no return, so a failure kills.
import type { ElfFile, ProgramHeader } from './elf.ts';
import { ET_DYN, ET_EXEC, PF_R, PF_W, PF_X, PT_LOAD } from './elf.ts';

/** First address that user space cannot have. */
export const TASK_SIZE = 0x7ffffffff000n;
/** `vm.mmap_min_addr`: below it mapping takes CAP_SYS_RAWIO. */
const MMAP_MIN_ADDR = 65536n;
const PAGE = 4096n;
/** Where position-independent programs go that have an interpreter. */
const DYN_BASE = 0x555555554000n;
/** Where interpreters and programs without one go. */
const MMAP_BASE = 0x7ffff7fc0000n;

/** A stretch of memory with one protection. */
export interface Mapping {
  readonly start: bigint;
  readonly end: bigint;
  readonly protection: number;
  /** Bytes of the file this starts with, if any; beyond the last page of the file access is a bus error. */
  readonly content: Uint8Array | null;
  /** Where `content` is read from for `start`. */
  readonly offset: bigint;
  /** From this address on the page is zero although the file goes on. */
  readonly zeroFrom: bigint;
}

/** A program in memory. */
export interface Image {
  /** Later ones lie over earlier ones. */
  readonly mappings: readonly Mapping[];
  readonly entry: bigint;
}

/** The image, or null when mapping failed and the process dies of SIGSEGV. */
export type LoadedImage = Image | null;

/** What is mapped. */
export interface ImageSource {
  readonly program: ElfFile;
  readonly content: Uint8Array;
  readonly interpreter?: {
    readonly file: ElfFile;
    readonly content: Uint8Array;
  };
  /** The task may map below 64 KiB. */
  readonly hasRawio: boolean;
}

/**
 * Maps program and interpreter.
 *
 * MODEL: addresses are those of a kernel without randomization, and the stack is in nobody's way.
 *
 * @see fs/binfmt_elf.c, load_elf_binary(), load_elf_interp(), v6.18
 */
export function loadImage(source: ImageSource): LoadedImage {
  const { program, interpreter } = source;
  const mappings: Mapping[] = [];
  const hasInterpreter = interpreter !== undefined;
  const bias = loadBias(program, hasInterpreter ? DYN_BASE : MMAP_BASE);
  const context = { mappings, hasRawio: source.hasRawio };
  if (!mapSegments(context, program, source.content, bias)) return null;
  let entry = wrap(program.header.entry + bias);
  if (interpreter !== undefined) {
    const { type } = interpreter.file.header;
    if (type !== ET_EXEC && type !== ET_DYN) return null;
    const interpBias = loadBias(interpreter.file, MMAP_BASE);
    if (!mapSegments(context, interpreter.file, interpreter.content, interpBias)) return null;
    entry = wrap(interpreter.file.header.entry + interpBias);
  }
  return entry >= TASK_SIZE ? null : { mappings, entry };
}

interface MapContext {
  readonly mappings: Mapping[];
  readonly hasRawio: boolean;
}

function loadBias(file: ElfFile, base: bigint): bigint {
  if (file.header.type !== ET_DYN) return 0n;
  const loads = file.segments.filter((segment) => segment.type === PT_LOAD);
  const first = loads[0];
  if (first === undefined) return base;
  const alignment = loads.reduce((most, { align }) => {
    const isPower = align !== 0n && (align & (align - 1n)) === 0n;
    return isPower && align > most ? align : most;
  }, PAGE);
  return (base & ~(alignment - 1n)) - pageStart(first.vaddr);
}

function mapSegments(
  context: MapContext,
  file: ElfFile,
  content: Uint8Array,
  bias: bigint,
): boolean {
  const loads = file.segments.filter((segment) => segment.type === PT_LOAD);
  if (totalSize(loads) === 0n && file.header.type === ET_DYN) return false;
  return loads.every((segment) => mapSegment(context, segment, content, bias));
}

/**
 * @see fs/binfmt_elf.c, elf_load(), elf_map(), v6.18
 */
function mapSegment(
  context: MapContext,
  segment: ProgramHeader,
  content: Uint8Array,
  bias: bigint,
): boolean {
  const address = wrap(segment.vaddr + bias);
  const inPage = segment.vaddr & (PAGE - 1n);
  const start = pageStart(address);
  let zeroStart = start;
  let zeroEnd = start + inPage + segment.memsz;
  if (segment.filesz !== 0n) {
    const size = pageAlign(segment.filesz + inPage);
    const offset = segment.offset - inPage;
    if ((offset & (PAGE - 1n)) !== 0n || offset < 0n) return false;
    if (offset + size >= 1n << 63n) return false;
    if (!canMap(context, start, size)) return false;
    const fileEnd = start + inPage + segment.filesz;
    zeroEnd = start + inPage + segment.memsz;
    const hasBss = segment.memsz > segment.filesz;
    const zeroFrom = hasBss && (segment.flags & PF_W) !== 0 ? fileEnd : start + size;
    context.mappings.push({
      start,
      end: start + size,
      protection: segment.flags & (PF_R | PF_W | PF_X),
      content,
      offset,
      zeroFrom,
    });
    const clears = hasBss && (segment.flags & PF_W) !== 0 && (fileEnd & (PAGE - 1n)) !== 0n;
    if (clears && isPastFile(content, offset, size)) return false;
    zeroStart = fileEnd;
  }
  if (segment.memsz > segment.filesz) {
    const from = pageAlign(zeroStart);
    const size = pageAlign(zeroEnd) - from;
    if (size > 0n) {
      if (!canMap(context, from, size)) return false;
      const protection = PF_R | PF_W | (segment.flags & PF_X);
      const bss = { start: from, end: from + size, protection };
      context.mappings.push({
        ...bss,
        content: null,
        offset: 0n,
        zeroFrom: from,
      });
    }
  }
  return isWithinTask(segment);
}

/** The last page of the mapping lies beyond the file, so that clearing its rest faults. */
function isPastFile(content: Uint8Array, offset: bigint, size: bigint): boolean {
  return offset + size - PAGE >= pageAlign(BigInt(content.length));
}

function isWithinTask(segment: ProgramHeader): boolean {
  const { vaddr, filesz, memsz } = segment;
  return vaddr < TASK_SIZE && filesz <= memsz && memsz <= TASK_SIZE && TASK_SIZE - memsz >= vaddr;
}

function canMap(context: MapContext, start: bigint, size: bigint): boolean {
  if (size > TASK_SIZE || start > TASK_SIZE - size) return false;
  return start >= MMAP_MIN_ADDR || context.hasRawio;
}

function totalSize(loads: readonly ProgramHeader[]): bigint {
  const first = loads[0];
  if (first === undefined) return 0n;
  let end = 0n;
  let start = first.vaddr;
  for (const { vaddr, memsz } of loads) {
    if (vaddr < start) start = vaddr;
    if (vaddr + memsz > end) end = vaddr + memsz;
  }
  return end > pageStart(start) ? end - pageStart(start) : 0n;
}

/** What a fetch of one byte finds. */
export type Fetched = { readonly byte: number } | 'SIGBUS' | 'SIGSEGV';

/** Reads a byte for execution: SIGSEGV where nothing executable is mapped, SIGBUS beyond the file. */
export function fetchByte(image: Image, address: bigint): Fetched {
  for (let index = image.mappings.length - 1; index >= 0; index--) {
    const mapping = image.mappings[index]!;
    if (address < mapping.start || address >= mapping.end) continue;
    if ((mapping.protection & PF_X) === 0) return 'SIGSEGV';
    return readMapped(mapping, address);
  }
  return 'SIGSEGV';
}

function readMapped(mapping: Mapping, address: bigint): Fetched {
  if (mapping.content === null || address >= mapping.zeroFrom) return { byte: 0 };
  const at = mapping.offset + (address - mapping.start);
  const length = BigInt(mapping.content.length);
  if (at >= pageAlign(length)) return 'SIGBUS';
  return { byte: at < length ? mapping.content[Number(at)]! : 0 };
}

function pageStart(address: bigint): bigint {
  return address & ~(PAGE - 1n);
}

function pageAlign(address: bigint): bigint {
  return (address + PAGE - 1n) & ~(PAGE - 1n);
}

function wrap(address: bigint): bigint {
  return BigInt.asUintN(64, address);
}
