// mmap: where a mapping goes, what flags it gets, and whether its pages come at once.
import { refuse, type Refusal } from '@forkless/errors';
import { isPageAligned, MMAP_BASE, PAGE_SIZE, pageAlign } from '../layout.ts';
import type { Mm } from '../mm.ts';
import type { MemoryObject } from '../physical/memory-object.ts';
import type { Placer } from '../placer.ts';
import { MAP, PROT, VM } from '../uapi.ts';
import { insertVma } from '../vma/merge.ts';
import { Vma } from '../vma/vma.ts';
import { unmapRange } from './munmap.ts';
import { populateRange } from './populate.ts';

/** What mmap is asked for. */
export interface MmapRequest {
  /** A hint, or the place itself with MAP_FIXED; bytes. */
  readonly address?: number;
  /** Bytes; rounded up to pages. */
  readonly length: number;
  /** `PROT` bits. */
  readonly prot: number;
  /** `MAP` bits. */
  readonly flags: number;
  /** What a file descriptor stands for; for MAP_SHARED | MAP_ANONYMOUS made if absent. */
  readonly object?: MemoryObject | undefined;
  /** First page of the object. */
  readonly pageOffset?: number | undefined;
  /** Further `VM` bits, for mappings that the kernel makes itself (vvar, vdso). */
  readonly vmFlags?: number | undefined;
  readonly name?: string | undefined;
}

/** What mmap can refuse with. */
export type MmapErrno = 'EINVAL' | 'ENOMEM' | 'EEXIST' | 'EOVERFLOW';

const FIXED = MAP.FIXED | MAP.FIXED_NOREPLACE;

/** Maps memory and returns its address. @see mm/mmap.c, do_mmap(), v6.12 */
export function mmap(mm: Mm, request: MmapRequest, placer: Placer): number | Refusal<MmapErrno> {
  const { flags } = request;
  const length = pageAlign(request.length);
  if (request.length === 0) return refuse('EINVAL', 'length is 0');
  if (length > mm.taskSize) return refuse('ENOMEM', 'longer than user space');
  const isShared = (flags & MAP.SHARED) !== 0;
  if (isShared === ((flags & MAP.PRIVATE) !== 0)) {
    return refuse('EINVAL', 'neither shared nor private');
  }
  const address = placeFor(mm, request, length);
  if (typeof address !== 'number') return address;
  const isOver = (flags & FIXED) === MAP.FIXED && !isFree(mm, address, address + length);
  if (isOver && !unmapRange(mm, address, address + length)) {
    return refuse('ENOMEM', 'too many mappings');
  }
  if (mm.vmas.count > mm.mapCountMax) return refuse('ENOMEM', 'too many mappings');
  const object = objectFor(mm, request, length);
  const vma = new Vma({
    start: address,
    end: address + length,
    flags: vmFlagsOf(request),
    pageOffset: object === null ? address / PAGE_SIZE : (request.pageOffset ?? 0),
    object,
    policy: null,
    name: request.name ?? '',
  });
  insertVma(mm, vma);
  if (flags & (MAP.POPULATE | MAP.LOCKED)) {
    populateRange(mm, address, address + length, placer);
  }
  return address;
}

function placeFor(mm: Mm, request: MmapRequest, length: number): number | Refusal<MmapErrno> {
  const hint = request.address ?? 0;
  if ((request.flags & FIXED) === 0) {
    const wanted = Math.floor(hint / PAGE_SIZE) * PAGE_SIZE;
    if (wanted > 0 && wanted + length <= mm.taskSize && isFree(mm, wanted, wanted + length)) {
      return wanted;
    }
    return highestGap(mm, length) ?? refuse('ENOMEM', 'no gap is large enough');
  }
  if (!isPageAligned(hint)) return refuse('EINVAL', 'the fixed address is not page aligned');
  if (hint + length > mm.taskSize) return refuse('ENOMEM', 'the range leaves user space');
  if (request.flags & MAP.FIXED_NOREPLACE && !isFree(mm, hint, hint + length)) {
    return refuse('EEXIST', 'something is mapped there');
  }
  return hint;
}

/** Whether nothing is mapped in a range. */
export function isFree(mm: Mm, start: number, end: number): boolean {
  const next = mm.vmas.at(mm.vmas.indexAfter(start));
  return next === undefined || next.start >= end;
}

/** The highest free place below the mmap base. @see mm/mmap.c, vm_unmapped_area(), v6.12 */
export function highestGap(mm: Mm, length: number): number | undefined {
  let ceiling = MMAP_BASE;
  for (let i = mm.vmas.indexAfter(MMAP_BASE); i >= 0; i--) {
    const vma = mm.vmas.at(i);
    if (vma === undefined || vma.start >= MMAP_BASE) continue;
    if (ceiling - vma.end >= length) return ceiling - length;
    ceiling = Math.min(ceiling, vma.start);
  }
  return ceiling - length >= PAGE_SIZE ? ceiling - length : undefined;
}

function objectFor(mm: Mm, request: MmapRequest, length: number): MemoryObject | null {
  if (request.object !== undefined) return request.object;
  return request.flags & MAP.SHARED
    ? mm.memory.createObject('shmem', mm.memory.takeInode(), length / PAGE_SIZE)
    : null;
}

/** @see mm/mmap.c, calc_vm_prot_bits(), calc_vm_flag_bits(), accountable_mapping(), v6.12 */
function vmFlagsOf({ prot, flags, vmFlags = 0 }: MmapRequest): number {
  let vm = vmFlags | (prot & (PROT.READ | PROT.WRITE | PROT.EXEC));
  if (flags & MAP.SHARED) vm |= VM.SHARED;
  if (flags & MAP.GROWSDOWN) vm |= VM.GROWSDOWN;
  if (flags & MAP.LOCKED) vm |= VM.LOCKED;
  if (flags & MAP.NORESERVE) vm |= VM.NORESERVE;
  const counted = vm & (VM.NORESERVE | VM.SHARED | VM.WRITE);
  return counted === VM.WRITE ? vm | VM.ACCOUNT : vm;
}
