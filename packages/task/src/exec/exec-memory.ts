// The memory a program starts with, page by page: stack with its arguments, segments of program and
// interpreter, vdso. It is made with @forkless/mm, so its page tables and pages are counted and have nodes.

import {
  createMm,
  MAP,
  mmap,
  PROT,
  touch,
  touchRange,
  VM,
  type Memory,
  type MemoryObject,
  type Mm,
  type Placer,
} from '@forkless/mm';
import { PagedSpace } from '../mm/paged-space.ts';
import type { ExecPlan } from './binprm.ts';
import type { LoadedMemory } from './exec-call.ts';
import { PF_R, PF_W, PF_X } from './elf.ts';
import type { Image, LoadedImage, Mapping } from './image.ts';
import type { Task } from '../task/task.ts';
import { programOf } from './program.ts';
import { stackBytes } from './stack-room.ts';

const PAGE = 4096;
const STACK_TOP = 0x7ffffffff000;
/** Pages by which exec lets the stack grow at once. @see fs/exec.c, setup_arg_pages() */
const STACK_EXPAND_PAGES = 32;
const VVAR_FLAGS = VM.PFNMAP | VM.IO | VM.DONTDUMP | VM.DONTEXPAND;
const CODE = PROT.READ | PROT.EXEC;
const VDSO_PARTS = [
  { name: '[vvar]', start: 0x7ffff7ff7000, pages: 4, prot: PROT.READ, vmFlags: VVAR_FLAGS },
  { name: '[vvar_vclock]', start: 0x7ffff7ffb000, pages: 2, prot: PROT.READ, vmFlags: VVAR_FLAGS },
  { name: '[vdso]', start: 0x7ffff7ffd000, pages: 2, prot: CODE, vmFlags: VM.DONTEXPAND },
] as const;

/**
 * Fills a new memory for a plan: root table and arguments by the placer for the stack, which the task had
 * before it may have moved, the rest by the other. `objectOf` says what stands for the pages of a file. Mappings that the
 * image could not get are left out, and so is what the machine has no memory for; such a process dies.
 * Cost: mappings and argument pages.
 *
 * @see fs/exec.c, setup_arg_pages(); fs/binfmt_elf.c, load_elf_binary(); mm/vma.c, expand_downwards(), v6.18
 */
export function loadMemory(
  memory: Memory,
  { stack, rest: placer }: { readonly stack: Placer; readonly rest: Placer },
  plan: ExecPlan,
  objectOf: (content: Uint8Array) => MemoryObject,
): LoadedMemory {
  const { vm_area_alloc: vmasBefore, anon_vma_prepare: anonVmasBefore } = memory.counts;
  const mm = createMm(memory, stack);
  const copiedPages = Math.ceil((plan.stringBytes + 8) / PAGE);
  const stackPages = Math.ceil(stackBytes(plan, 0) / PAGE);
  let isWhole = mapStack(mm, placer, Math.max(copiedPages + STACK_EXPAND_PAGES, stackPages));
  isWhole = touchStack(mm, stack, copiedPages) && isWhole;
  for (const segment of segmentsOf(plan.image)) {
    isWhole = mapSegment(mm, placer, segment, objectOf) && isWhole;
  }
  isWhole = mapVdso(mm, placer) && isWhole;
  isWhole = touchStack(mm, placer, stackPages) && isWhole;
  const vmas = memory.counts.vm_area_alloc - vmasBefore;
  return {
    space: new PagedSpace(mm),
    isWhole,
    counts: {
      vmas,
      anonVmas: memory.counts.anon_vma_prepare - anonVmasBefore,
      // One node a mapping that joins the tree, and one each time the stack grows while strings are copied.
      // CAL: fitted to 160 recorded execs of a static program, 6.18.44; more segments were not recorded.
      mapleNodes: vmas + copiedPages - 1,
    },
  };
}

/** What is mapped at a fixed place; requests are of one shape, whatever they leave out. */
interface Part {
  readonly address: number;
  readonly length: number;
  readonly prot: number;
  readonly flags: number;
  readonly object: MemoryObject | undefined;
  readonly pageOffset: number;
  readonly vmFlags: number;
  readonly name: string;
}

function map(mm: Mm, placer: Placer, part: Part): boolean {
  return typeof mmap(mm, part, placer) === 'number';
}

function mapStack(mm: Mm, placer: Placer, pages: number): boolean {
  return map(mm, placer, {
    address: STACK_TOP - pages * PAGE,
    length: pages * PAGE,
    prot: PROT.READ | PROT.WRITE,
    flags: MAP.PRIVATE | MAP.ANONYMOUS | MAP.FIXED | MAP.GROWSDOWN,
    object: undefined,
    pageOffset: 0,
    vmFlags: 0,
    name: '[stack]',
  });
}

/** Writes the uppermost pages of the stack, of which a segment may have taken the place. */
function touchStack(mm: Mm, placer: Placer, pageCount: number): boolean {
  const range = { start: STACK_TOP - pageCount * PAGE, pageCount };
  return touchRange(mm, range, 'write', placer).result === 'ok';
}

/** A segment in the numbers of @forkless/mm. */
interface Segment {
  readonly address: number;
  readonly length: number;
  readonly prot: number;
  readonly content: Uint8Array | null;
  readonly pageOffset: number;
  /** Where the file's bytes end and zeros have to be written; undefined when nothing is cleared. */
  readonly zeroFrom: number | undefined;
}

/** Segments of images that were loaded before, as a program is usually run more than once. */
const segments = new WeakMap<Image, readonly Segment[]>();

function segmentsOf(image: LoadedImage): readonly Segment[] {
  if (image === null) return [];
  let known = segments.get(image);
  if (known === undefined) segments.set(image, (known = image.mappings.map(segmentOf)));
  return known;
}

function segmentOf({ start, end, offset, protection, content, zeroFrom }: Mapping): Segment {
  return {
    address: Number(start),
    length: Number(end - start),
    prot: protectionOf(protection),
    content,
    pageOffset: Number(offset) / PAGE,
    zeroFrom: content !== null && zeroFrom < end ? Number(zeroFrom) : undefined,
  };
}

function mapSegment(
  mm: Mm,
  placer: Placer,
  { address, length, prot, content, pageOffset, zeroFrom }: Segment,
  objectOf: (content: Uint8Array) => MemoryObject,
): boolean {
  const flags = MAP.PRIVATE | MAP.FIXED | (content === null ? MAP.ANONYMOUS : 0);
  const object = content === null ? undefined : objectOf(content);
  const part = { address, length, prot, flags, object, pageOffset, vmFlags: 0, name: '' };
  const isMapped = map(mm, placer, part);
  // A read-only mapping is not cleared, and beyond the file there is nothing to clear.
  if (zeroFrom !== undefined) touch(mm, zeroFrom, 'write', placer);
  return isMapped;
}

function protectionOf(flags: number): number {
  return (
    ((flags & PF_R) === 0 ? 0 : PROT.READ) |
    ((flags & PF_W) === 0 ? 0 : PROT.WRITE) |
    ((flags & PF_X) === 0 ? 0 : PROT.EXEC)
  );
}

/** The parts of each machine's vdso, which all its processes map. */
const vdsos = new WeakMap<Memory, readonly Part[]>();

function vdsoOf(memory: Memory): readonly Part[] {
  let parts = vdsos.get(memory);
  if (parts === undefined) {
    parts = VDSO_PARTS.map(({ name, start, pages, prot, vmFlags }) => ({
      address: start,
      length: pages * PAGE,
      prot,
      flags: MAP.PRIVATE | MAP.FIXED,
      object: memory.createObject('page-cache', 0, pages),
      pageOffset: 0,
      vmFlags,
      name,
    }));
    vdsos.set(memory, parts);
  }
  return parts;
}

/**
 * Each part is a mapping of an object of its own, as a special mapping is.
 *
 * MODEL: the vdso lies where it lies without randomization.
 *
 * @see arch/x86/entry/vdso/vma.c, map_vdso(), v6.18
 */
function mapVdso(mm: Mm, placer: Placer): boolean {
  let isMapped = true;
  for (const part of vdsoOf(mm.memory)) isMapped = map(mm, placer, part) && isMapped;
  return isMapped;
}

/** The first instruction is fetched: page tables for the code, its pages from the page cache. */
export function fetchEntry({ mm }: Task, placer: Placer): void {
  const image = programOf(mm)?.image;
  if (mm === null || image === undefined || image === null) return;
  touch(mm.space.memory.mm, Number(image.entry), 'read', placer);
}
