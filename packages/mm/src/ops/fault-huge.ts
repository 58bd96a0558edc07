// Transparent huge pages: 2 MiB mapped at once where a mapping allows it, taken apart where a part of it
// needs a page of its own.
import { HUGE_PAGES, HUGE_SIZE, TABLE_ENTRIES } from '../layout.ts';
import type { Mm } from '../mm.ts';
import type { Placer } from '../placer.ts';
import { PAGE } from '../physical/pages.ts';
import { PTE } from '../physical/tables.ts';
import type { Region } from '../paging/page-table.ts';
import { VM } from '../uapi.ts';
import type { Vma } from '../vma/vma.ts';
import { ensureAnonVma } from './new-page.ts';

function allowsHuge(mm: Mm, vma: Vma, region: Region): boolean {
  const mode = mm.memory.hugePages;
  if (mode === 'never' || vma.has(VM.NOHUGEPAGE)) return false;
  if (mode === 'madvise' && !vma.has(VM.HUGEPAGE)) return false;
  return region * HUGE_SIZE >= vma.start && (region + 1) * HUGE_SIZE <= vma.end;
}

/**
 * Maps a huge page over an empty region if it may; false means that small pages have to do.
 *
 * @see mm/huge_memory.c, do_huge_pmd_anonymous_page(), v6.12
 */
export function faultHuge(
  mm: Mm,
  vma: Vma,
  region: Region,
  write: boolean,
  placer: Placer,
): boolean {
  if (!allowsHuge(mm, vma, region)) return false;
  const { memory, pageTable } = mm;
  ensureAnonVma(mm, vma);
  if (!write) {
    memory.counts.minor_faults++;
    return pageTable.setHuge(region, PTE.PRESENT | PTE.HUGE | PTE.SPECIAL, placer);
  }
  const node = placer.takePrivate(vma, region * TABLE_ENTRIES, HUGE_PAGES);
  if (node < 0) return false;
  if (!pageTable.setHuge(region, PTE.PRESENT | PTE.HUGE, placer)) {
    memory.zones.give(node, HUGE_PAGES);
    return false;
  }
  const handle = memory.pages.add(node, 1, PAGE.HUGE);
  pageTable.changeHuge(region, PTE.PRESENT | PTE.HUGE | PTE.WRITE | handle);
  memory.counts.minor_faults++;
  memory.counts.huge_pages++;
  memory.counts.user_pages += HUGE_PAGES;
  return true;
}

/** A write to a read-only huge page: true if it could be taken over whole. @see do_huge_pmd_wp_page(), v6.12 */
export function writeHuge(mm: Mm, region: Region, entry: number): boolean {
  if (entry & PTE.SPECIAL || mm.memory.pages.isShared(entry & PTE.VALUE)) return false;
  mm.pageTable.changeHuge(region, entry | PTE.WRITE);
  mm.memory.counts.minor_faults++;
  return true;
}
