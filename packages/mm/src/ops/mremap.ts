// mremap: a mapping shrinks, grows in place, or moves with its pages. A mapping that never had a page
// takes the page offset of its new place; one that had keeps the old, and with it its interleave phase.
import { refuse, type Refusal } from '@forkless/errors';
import { isPageAligned, PAGE_SIZE, pageAlign, TABLE_ENTRIES } from '../layout.ts';
import type { Mm } from '../mm.ts';
import type { Placer } from '../placer.ts';
import { MREMAP, VM } from '../uapi.ts';
import { cloneAnonVma } from '../vma/anon-vma.ts';
import { insertVma, mergeWithNext } from '../vma/merge.ts';
import { Vma } from '../vma/vma.ts';
import { highestGap, isFree } from './mmap.ts';
import { unmapRange } from './munmap.ts';
import { populateRange } from './populate.ts';
import { visitEntries } from './zap.ts';

/** What mremap is asked for; bytes. */
export interface MremapRequest {
  readonly address: number;
  readonly oldLength: number;
  readonly newLength: number;
  /** `MREMAP` bits. */
  readonly flags: number;
  /** The new place with MREMAP_FIXED; a hint with MREMAP_DONTUNMAP. */
  readonly newAddress?: number;
}

/** What mremap can refuse with. */
export type MremapErrno = 'EINVAL' | 'EFAULT' | 'ENOMEM';

/** Resizes or moves a mapping and returns its address. @see mm/mremap.c, sys_mremap(), v6.12 */
export function mremap(
  mm: Mm,
  request: MremapRequest,
  placer: Placer,
): number | Refusal<MremapErrno> {
  const { address, flags } = request;
  const oldLength = pageAlign(request.oldLength);
  const newLength = pageAlign(request.newLength);
  const bad = refuseArguments(mm, request, oldLength, newLength);
  if (bad !== null) return bad;
  const vma = mm.vmas.lookup(address);
  if (vma === undefined) return refuse('EFAULT', 'nothing is mapped there');
  if (flags & (MREMAP.FIXED | MREMAP.DONTUNMAP)) {
    return moveTo(mm, vma, request, oldLength, newLength, placer);
  }
  if (oldLength >= newLength) return shrink(mm, address, oldLength, newLength);
  const bounds = refuseResize(vma, address, oldLength, newLength);
  if (bounds !== null) return bounds;
  if (vma.end === address + oldLength && isFree(mm, vma.end, address + newLength)) {
    vma.end = address + newLength;
    const grown = mergeWithNext(mm, vma);
    if (grown.has(VM.LOCKED)) populateRange(mm, address + oldLength, address + newLength, placer);
    return address;
  }
  if ((flags & MREMAP.MAYMOVE) === 0) return refuse('ENOMEM', 'no room, and it may not move');
  const place = highestGap(mm, newLength);
  return place === undefined
    ? refuse('ENOMEM', 'no gap is large enough')
    : moveVma(mm, vma, { address, oldLength, newLength, place, keep: false }, placer);
}

function refuseArguments(
  mm: Mm,
  { address, flags, newAddress = 0 }: MremapRequest,
  oldLength: number,
  newLength: number,
): Refusal<MremapErrno> | null {
  const all = MREMAP.MAYMOVE | MREMAP.FIXED | MREMAP.DONTUNMAP;
  if (flags & ~all) return refuse('EINVAL', 'unknown flags');
  if (flags & ~MREMAP.MAYMOVE && (flags & MREMAP.MAYMOVE) === 0) {
    return refuse('EINVAL', 'FIXED and DONTUNMAP need MAYMOVE');
  }
  if (flags & MREMAP.DONTUNMAP && oldLength !== newLength) {
    return refuse('EINVAL', 'DONTUNMAP does not resize');
  }
  if (!isPageAligned(address)) return refuse('EINVAL', 'the address is not page aligned');
  if (newLength === 0) return refuse('EINVAL', 'the new length is 0');
  if ((flags & MREMAP.FIXED) === 0) return null;
  if (!isPageAligned(newAddress) || newAddress + newLength > mm.taskSize) {
    return refuse('EINVAL', 'the new place is no place for a mapping');
  }
  return newAddress < address + oldLength && address < newAddress + newLength
    ? refuse('EINVAL', 'old and new place overlap')
    : null;
}

function shrink(mm: Mm, address: number, oldLength: number, newLength: number) {
  if (oldLength === newLength || unmapRange(mm, address + newLength, address + oldLength)) {
    return address;
  }
  return refuse('ENOMEM', 'too many mappings');
}

/** @see mm/mremap.c, resize_is_valid(), vma_to_resize(), v6.12 */
function refuseResize(
  vma: Vma,
  address: number,
  oldLength: number,
  newLength: number,
): Refusal<MremapErrno> | null {
  if (oldLength === 0 && vma.isPrivate) {
    return refuse('EINVAL', 'only a shared mapping can be mapped twice');
  }
  if (address + oldLength > vma.end) return refuse('EFAULT', 'more than one mapping');
  if (newLength > oldLength && vma.has(VM.DONTEXPAND | VM.PFNMAP)) {
    return refuse('EFAULT', 'the mapping must not grow');
  }
  return null;
}

function moveTo(
  mm: Mm,
  vma: Vma,
  request: MremapRequest,
  oldLength: number,
  newLength: number,
  placer: Placer,
): number | Refusal<MremapErrno> {
  const { address, flags, newAddress } = request;
  const keep = (flags & MREMAP.DONTUNMAP) !== 0;
  const isFixed = (flags & MREMAP.FIXED) !== 0;
  const bounds = refuseResize(vma, address, Math.min(oldLength, newLength), newLength);
  if (bounds !== null) return bounds;
  if (isFixed && !unmapRange(mm, newAddress!, newAddress! + newLength)) {
    return refuse('ENOMEM', 'too many mappings');
  }
  if (oldLength > newLength && !unmapRange(mm, address + newLength, address + oldLength)) {
    return refuse('ENOMEM', 'too many mappings');
  }
  const place = isFixed ? newAddress : highestGap(mm, newLength);
  if (place === undefined) return refuse('ENOMEM', 'no gap is large enough');
  const source = mm.vmas.lookup(address)!;
  const kept = Math.min(oldLength, newLength);
  return moveVma(mm, source, { address, oldLength: kept, newLength, place, keep }, placer);
}

/** @see mm/mremap.c, move_vma(); mm/vma.c, copy_vma(), v6.12 */
function moveVma(
  mm: Mm,
  vma: Vma,
  move: {
    readonly address: number;
    readonly oldLength: number;
    readonly newLength: number;
    readonly place: number;
    readonly keep: boolean;
  },
  placer: Placer,
): number | Refusal<MremapErrno> {
  const { address, oldLength, newLength, place, keep } = move;
  if (mm.vmas.count >= mm.mapCountMax - 3) return refuse('ENOMEM', 'too many mappings');
  const isUntouched = vma.object === null && vma.anonVma === null;
  const copy = insertVma(
    mm,
    new Vma({
      start: place,
      end: place + newLength,
      flags: vma.flags,
      pageOffset: isUntouched ? place / PAGE_SIZE : vma.indexOf(address),
      object: vma.object,
      policy: vma.policy,
      name: vma.name,
    }),
    vma,
  );
  if (copy.anonVma === null && vma.anonVma !== null) {
    copy.anonVma = vma.anonVma;
    cloneAnonVma(copy, vma, mm.memory.counts);
  }
  if (!moveEntries(mm, address, oldLength, place, placer)) {
    return refuse('ENOMEM', 'no memory for a page table');
  }
  if (!keep) unmapRange(mm, address, address + oldLength);
  if (copy.has(VM.LOCKED)) populateRange(mm, place + oldLength, place + newLength, placer);
  return place;
}

/** @see mm/mremap.c, move_page_tables(), v6.12 */
function moveEntries(mm: Mm, from: number, length: number, to: number, placer: Placer): boolean {
  const { pageTable, memory } = mm;
  const shift = (to - from) / PAGE_SIZE;
  const isAligned = shift % TABLE_ENTRIES === 0;
  let isFine = true;
  const moveOne = (page: number, entry: number): void => {
    isFine &&= pageTable.makeLeaf(Math.floor(page / TABLE_ENTRIES), placer) !== 0;
    if (!isFine) return;
    pageTable.setEntry(page, entry);
    memory.counts.ptes_moved++;
  };
  visitEntries(
    mm,
    from,
    from + length,
    (chunk, first, end, page) => {
      for (let at = first; at < end; at++) {
        const entry = chunk[at]!;
        if (entry === 0) continue;
        moveOne(page + at - first + shift, entry);
        if (isFine) chunk[at] = 0;
      }
    },
    (region, entry) => {
      isFine &&= pageTable.setHuge(region + shift / TABLE_ENTRIES, entry, placer);
      if (isFine) pageTable.clearHuge(region);
    },
    isAligned,
  );
  return isFine;
}
