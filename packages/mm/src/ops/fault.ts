// What happens when a page is touched that is not mapped, or not writable: a new page, the zero page, a
// page of a file, or a copy. Each new page lies where the placer says.
import { HUGE_PAGES, PAGE_SIZE, TABLE_ENTRIES } from '../layout.ts';
import type { Mm } from '../mm.ts';
import type { Placer } from '../placer.ts';
import { PTE } from '../physical/tables.ts';
import { VM } from '../uapi.ts';
import type { Vma } from '../vma/vma.ts';
import { splitHugeEntry } from '../paging/split-huge.ts';
import { faultHuge, writeHuge } from './fault-huge.ts';
import { faultObject } from './fault-object.ts';
import { mapNewPage, type FaultResult, type Slot } from './new-page.ts';

/** What a touch wants. */
export type Access = 'read' | 'write';

/** The zero page, read-only. */
const ZERO_ENTRY = PTE.PRESENT | PTE.SPECIAL;

/** Whether the protection of a mapping allows an access. */
function isAllowed(vma: Vma, access: Access): boolean {
  return vma.has(access === 'write' ? VM.WRITE : VM.READ | VM.WRITE | VM.EXEC);
}

/** Touches one address. O(1). @see mm/memory.c, handle_mm_fault(), v6.12 */
export function touch(mm: Mm, address: number, access: Access, placer: Placer): FaultResult {
  const vma = mm.vmas.lookup(address);
  if (vma === undefined || !isAllowed(vma, access)) return 'SIGSEGV';
  return faultPage(mm, vma, Math.floor(address / PAGE_SIZE), access === 'write', placer);
}

/** What `touchRange` did. */
export interface TouchResult {
  /** `ok`, or how the first touch that failed ended. */
  readonly result: FaultResult;
  /** Pages touched without failing. */
  readonly pageCount: number;
}

/** Touches pages one after the other, every `stride`-th, until one fails. O(pages). */
export function touchRange(
  mm: Mm,
  range: { readonly start: number; readonly pageCount: number; readonly stride?: number },
  access: Access,
  placer: Placer,
): TouchResult {
  const first = Math.floor(range.start / PAGE_SIZE);
  const end = first + range.pageCount;
  const stride = range.stride ?? 1;
  const write = access === 'write';
  let vma: Vma | undefined;
  let done = 0;
  for (let page = first; page < end; page += stride) {
    const address = page * PAGE_SIZE;
    if (vma === undefined || address >= vma.end) {
      vma = mm.vmas.lookup(address);
      if (vma === undefined || !isAllowed(vma, access)) {
        return { result: 'SIGSEGV', pageCount: done };
      }
    }
    const result = faultPage(mm, vma, page, write, placer);
    if (result !== 'ok') return { result, pageCount: done };
    done++;
  }
  return { result: 'ok', pageCount: done };
}

/** Makes one page of a mapping accessible. The caller has checked the protection. O(1). */
export function faultPage(
  mm: Mm,
  vma: Vma,
  page: number,
  write: boolean,
  placer: Placer,
): FaultResult {
  const { pageTable } = mm;
  const region = Math.floor(page / TABLE_ENTRIES);
  let table = pageTable.leaf(region);
  if (table === 0) {
    const entry = pageTable.regionEntry(region);
    if (entry & PTE.HUGE) {
      if (!write || entry < 0 || writeHuge(mm, region, entry)) return 'ok';
      splitHugeEntry(mm, region, entry);
    } else if (entry === 0 && vma.object === null) {
      if (faultHuge(mm, vma, region, write, placer)) return 'ok';
    }
    table = pageTable.makeLeaf(region, placer);
    if (table === 0) return 'OOM';
  }
  const chunk = pageTable.tables.chunk(table);
  const at = pageTable.tables.base(table) + (page % TABLE_ENTRIES);
  const entry = chunk[at]!;
  if (entry !== 0) {
    return !write || entry < 0 ? 'ok' : writeProtected(mm, vma, { page, chunk, at }, placer);
  }
  mm.memory.counts.minor_faults++;
  if (vma.object !== null) return faultObject(mm, vma, { page, chunk, at }, write, placer);
  if (write) return mapNewPage(mm, vma, { page, chunk, at }, placer);
  chunk[at] = ZERO_ENTRY;
  return 'ok';
}

/**
 * A write to a page that is mapped read-only: taken over where nobody else has it, else copied.
 *
 * @see mm/memory.c, do_wp_page(), v6.12
 */
function writeProtected(mm: Mm, vma: Vma, slot: Slot, placer: Placer): FaultResult {
  const { chunk, at } = slot;
  const entry = chunk[at]!;
  mm.memory.counts.minor_faults++;
  if (!vma.isPrivate) {
    chunk[at] = entry | PTE.WRITE;
    return 'ok';
  }
  const { pages } = mm.memory;
  const handle = entry & PTE.VALUE;
  if (entry & PTE.SPECIAL) return mapNewPage(mm, vma, slot, placer);
  if (!pages.isCached(handle) && !pages.isShared(handle) && pages.size(handle) < HUGE_PAGES) {
    chunk[at] = entry | PTE.WRITE;
    return 'ok';
  }
  const result = mapNewPage(mm, vma, slot, placer);
  if (result === 'ok' && pages.unmap(handle)) mm.memory.freePage(handle);
  return result;
}
