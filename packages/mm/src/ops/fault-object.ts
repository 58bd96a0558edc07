// Faults on what a memory object holds: shared memory and files, with the pages around them that are
// there already, and the copy that a private mapping makes when it writes.
import { TABLE_ENTRIES, PAGE_SIZE } from '../layout.ts';
import type { Memory } from '../memory.ts';
import type { Mm } from '../mm.ts';
import type { Placer } from '../placer.ts';
import type { MemoryObject } from '../physical/memory-object.ts';
import { PAGE } from '../physical/pages.ts';
import { PTE } from '../physical/tables.ts';
import { VM } from '../uapi.ts';
import type { Vma } from '../vma/vma.ts';
import { mapNewPage, type FaultResult, type Slot } from './new-page.ts';

/** The page of an object at an index, made if it is not there; 0 without memory. O(1). */
export function objectPage(
  memory: Memory,
  object: MemoryObject,
  index: number,
  placer: Placer,
): number {
  const found = object.page(index);
  if (found !== 0) return found;
  const node = placer.takeShared(object, index);
  if (node < 0) return 0;
  memory.counts.user_pages++;
  const handle = memory.pages.add(node, 0, PAGE.CACHED);
  object.setPage(index, handle);
  return handle;
}

/** A fault where nothing is mapped yet. @see mm/memory.c, do_fault(), v6.12 */
export function faultObject(
  mm: Mm,
  vma: Vma,
  slot: Slot,
  write: boolean,
  placer: Placer,
): FaultResult {
  const object = vma.object!;
  const index = vma.pageOffset + slot.page - vma.start / PAGE_SIZE;
  if (index >= object.pageCount) return 'SIGBUS';
  if (write && vma.isPrivate) return copyOnFault(mm, vma, slot, index, placer);
  if (!write) {
    mapAround(mm, vma, slot);
    if (slot.chunk[slot.at] !== 0) return 'ok';
  }
  const handle = objectPage(mm.memory, object, index, placer);
  if (handle === 0) return 'OOM';
  mapCached(mm, vma, slot.chunk, slot.at, handle);
  return 'ok';
}

/** A first write to a private mapping: the page is read in, and a copy mapped. @see do_cow_fault(), v6.12 */
function copyOnFault(mm: Mm, vma: Vma, slot: Slot, index: number, placer: Placer): FaultResult {
  const result = mapNewPage(mm, vma, slot, placer);
  if (result !== 'ok') return result;
  if (objectPage(mm.memory, vma.object!, index, placer) !== 0) return 'ok';
  const copy = slot.chunk[slot.at]! & PTE.VALUE;
  slot.chunk[slot.at] = 0;
  if (mm.memory.pages.unmap(copy)) mm.memory.freePage(copy);
  return 'OOM';
}

function mapCached(mm: Mm, vma: Vma, chunk: Int32Array, at: number, handle: number): void {
  const writable = (vma.flags & (VM.SHARED | VM.WRITE)) === (VM.SHARED | VM.WRITE);
  mm.memory.pages.map(handle);
  chunk[at] = PTE.PRESENT | handle | (writable ? PTE.WRITE : 0);
}

/** Maps what is cached in the 64 KiB around a read. @see mm/memory.c, do_fault_around(), v6.12 */
function mapAround(mm: Mm, vma: Vma, { page, chunk, at }: Slot): void {
  const around = mm.memory.faultAroundPages;
  const place = page % TABLE_ENTRIES;
  const tableStart = page - place;
  const first = Math.max(page - (place % around), vma.start / PAGE_SIZE, tableStart);
  const end = Math.min(first + around, tableStart + TABLE_ENTRIES, vma.end / PAGE_SIZE);
  const object = vma.object!;
  for (let other = first; other < end; other++) {
    const slot = at + other - page;
    const index = vma.pageOffset + other - vma.start / PAGE_SIZE;
    if (chunk[slot] !== 0 || index >= object.pageCount) continue;
    const handle = object.page(index);
    if (handle !== 0) mapCached(mm, vma, chunk, slot, handle);
  }
}
