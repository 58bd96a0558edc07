// Pages made before anyone touches them: MAP_POPULATE, mlock, MADV_POPULATE_READ and _WRITE.
import { PAGE_SIZE } from '../layout.ts';
import type { Mm } from '../mm.ts';
import type { Placer } from '../placer.ts';
import { VM } from '../uapi.ts';
import { touchRange, type Access, type TouchResult } from './fault.ts';

/**
 * Populates every mapping in a range as its protection suggests: private writable memory is written,
 * all else is read, what cannot be accessed is passed over. @see mm/gup.c, populate_vma_page_range(), v6.12
 */
export function populateRange(mm: Mm, start: number, end: number, placer: Placer): void {
  for (const vma of mm.vmas.within(start, end)) {
    if (!vma.has(VM.READ | VM.WRITE | VM.EXEC)) continue;
    const access = (vma.flags & (VM.WRITE | VM.SHARED)) === VM.WRITE ? 'write' : 'read';
    populatePages(mm, Math.max(start, vma.start), Math.min(end, vma.end), access, placer);
  }
}

/** Touches all pages of a range. */
export function populatePages(
  mm: Mm,
  start: number,
  end: number,
  access: Access,
  placer: Placer,
): TouchResult {
  return touchRange(mm, { start, pageCount: (end - start) / PAGE_SIZE }, access, placer);
}
