// A huge page taken apart: mapped by small entries where a part of it gets a mapping or a page of its own.
import { HUGE_SIZE, TABLE_ENTRIES } from '../layout.ts';
import type { Mm } from '../mm.ts';
import { PTE } from '../physical/tables.ts';
import type { Region } from './page-table.ts';

/**
 * Maps a huge page by 512 entries instead of one. It stays one page: it moves and is freed as a whole.
 *
 * @see mm/huge_memory.c, __split_huge_pmd(), v6.12
 */
export function splitHugeEntry(mm: Mm, region: Region, entry: number): number {
  const { pages } = mm.memory;
  const table = mm.pageTable.splitHuge(region);
  const chunk = mm.pageTable.tables.chunk(table);
  const base = mm.pageTable.tables.base(table);
  chunk.fill(entry & ~PTE.HUGE, base, base + TABLE_ENTRIES);
  if (!(entry & PTE.SPECIAL)) {
    for (let i = 1; i < TABLE_ENTRIES; i++) pages.map(entry & PTE.VALUE);
  }
  return table;
}

/** Maps the huge page over an address small if the address cuts it. @see vma_adjust_trans_huge(), v6.12 */
export function splitHugeAt(mm: Mm, address: number): void {
  if (address % HUGE_SIZE === 0) return;
  const region = Math.floor(address / HUGE_SIZE);
  const entry = mm.pageTable.regionEntry(region);
  if (entry & PTE.HUGE) splitHugeEntry(mm, region, entry);
}
