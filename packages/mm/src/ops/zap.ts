// Takes pages out of a range of addresses: each is unmapped, and freed when nobody has it any more.
import { HUGE_PAGES, HUGE_SIZE, PAGE_SIZE, TABLE_ENTRIES } from '../layout.ts';
import type { Memory } from '../memory.ts';
import type { Mm } from '../mm.ts';
import { PTE } from '../physical/tables.ts';
import { splitHugeEntry } from '../paging/split-huge.ts';

/** Told of the entries of one table: `chunk[from]` to before `chunk[to]` map `page` and on. */
export type VisitEntries = (chunk: Int32Array, from: number, to: number, page: number) => void;

/**
 * Visits the entries of all tables in [start, end), both in bytes. A huge page that lies wholly inside
 * goes to `huge`; one that does not, or any when `keepHuge` is false, is first mapped by small entries.
 */
export function visitEntries(
  mm: Mm,
  start: number,
  end: number,
  visit: VisitEntries,
  huge: (region: number, entry: number) => void,
  keepHuge = true,
): void {
  const { pageTable } = mm;
  const { tables } = pageTable;
  const last = Math.ceil(end / HUGE_SIZE) - 1;
  for (
    let region = pageTable.nextRegion(Math.floor(start / HUGE_SIZE), last);
    region >= 0;
    region = pageTable.nextRegion(region + 1, last)
  ) {
    const regionStart = region * HUGE_SIZE;
    const from = Math.max(start, regionStart);
    const to = Math.min(end, regionStart + HUGE_SIZE);
    const entry = pageTable.regionEntry(region);
    if (entry & PTE.HUGE && keepHuge && to - from === HUGE_SIZE) {
      huge(region, entry);
      continue;
    }
    const table = entry & PTE.HUGE ? splitHugeEntry(mm, region, entry) : entry & PTE.VALUE;
    const base = tables.base(table);
    const first = from / PAGE_SIZE;
    visit(
      tables.chunk(table),
      base + (first % TABLE_ENTRIES),
      base + ((to / PAGE_SIZE - 1) % TABLE_ENTRIES) + 1,
      first,
    );
  }
}

/** Unmaps everything in [start, end), both in bytes and page aligned. O(tables and pages in it). */
export function zapRange(mm: Mm, start: number, end: number): void {
  const { pageTable } = mm;
  const last = Math.ceil(end / HUGE_SIZE) - 1;
  for (
    let region = pageTable.nextRegion(Math.floor(start / HUGE_SIZE), last);
    region >= 0;
    region = pageTable.nextRegion(region + 1, last)
  ) {
    const first = Math.max(start / PAGE_SIZE - region * TABLE_ENTRIES, 0);
    const after = Math.min(end / PAGE_SIZE - region * TABLE_ENTRIES, TABLE_ENTRIES);
    zapRegion(mm, region, first, after);
  }
}

/** Unmaps the pages from `first` to before `after` of one region that has a table or a huge page. */
function zapRegion(mm: Mm, region: number, first: number, after: number): void {
  const { memory, pageTable } = mm;
  const entry = pageTable.regionEntry(region);
  if (entry & PTE.HUGE && after - first === HUGE_PAGES) {
    zapHuge(mm, region, entry);
    return;
  }
  const table = entry & PTE.HUGE ? splitHugeEntry(mm, region, entry) : entry & PTE.VALUE;
  const base = memory.tables.base(table);
  zapEntries(memory, memory.tables.chunk(table), base + first, base + after);
}

function zapHuge({ memory, pageTable }: Mm, region: number, entry: number): void {
  pageTable.clearHuge(region);
  if (entry & PTE.SPECIAL) return;
  memory.counts.ptes_zapped++;
  memory.counts.huge_zapped++;
  if (memory.pages.unmap(entry & PTE.VALUE)) memory.freePage(entry & PTE.VALUE);
}

function zapEntries(memory: Memory, chunk: Int32Array, from: number, to: number): void {
  const { pages } = memory;
  let zapped = 0;
  for (let at = from; at < to; at++) {
    const entry = chunk[at]!;
    if (entry === 0) continue;
    chunk[at] = 0;
    if (entry & PTE.SPECIAL) continue;
    zapped++;
    if (pages.unmap(entry & PTE.VALUE)) memory.freePage(entry & PTE.VALUE);
  }
  memory.counts.ptes_zapped += zapped;
}

/** Makes every page in [start, end) read-only. */
export function writeProtectRange(mm: Mm, start: number, end: number): void {
  visitEntries(
    mm,
    start,
    end,
    (chunk, from, to) => {
      for (let at = from; at < to; at++) chunk[at]! &= ~PTE.WRITE;
    },
    (region, entry) => mm.pageTable.changeHuge(region, entry & ~PTE.WRITE),
  );
}

/** What `countPages` finds. */
export interface PageCounts {
  /** Pages by node; huge pages count 512. */
  readonly byNode: ReadonlyMap<number, number>;
  /** Pages that are no memory object's. */
  readonly anonymous: number;
  /** Huge pages mapped as such. */
  readonly huge: number;
}

/** The pages mapped in [start, end), as numa_maps counts them. @see fs/proc/task_mmu.c, gather_stats(), v6.12 */
export function countPages(mm: Mm, start: number, end: number): PageCounts {
  const { pages } = mm.memory;
  const byNode = new Map<number, number>();
  let anonymous = 0;
  let huge = 0;
  const add = (entry: number, size: number): void => {
    if (entry === 0 || entry & PTE.SPECIAL) return;
    const handle = entry & PTE.VALUE;
    const node = pages.node(handle);
    byNode.set(node, (byNode.get(node) ?? 0) + size);
    if (!pages.isCached(handle)) anonymous += size;
  };
  visitWithoutSplitting(mm, start, end, (entry, size) => {
    if (size === HUGE_PAGES) huge++;
    add(entry, size);
  });
  return { byNode, anonymous, huge };
}

/** Visits every entry in [start, end): pages one by one, huge pages with size 512 or what of them is inside. */
export function visitWithoutSplitting(
  mm: Mm,
  start: number,
  end: number,
  visit: (entry: number, size: number, page: number) => void,
): void {
  const { pageTable } = mm;
  const { tables } = pageTable;
  const last = Math.ceil(end / HUGE_SIZE) - 1;
  for (
    let region = pageTable.nextRegion(Math.floor(start / HUGE_SIZE), last);
    region >= 0;
    region = pageTable.nextRegion(region + 1, last)
  ) {
    const first = Math.max(start, region * HUGE_SIZE) / PAGE_SIZE;
    const after = Math.min(end, (region + 1) * HUGE_SIZE) / PAGE_SIZE;
    const entry = pageTable.regionEntry(region);
    if (entry & PTE.HUGE) {
      visit(entry, after - first, first);
      continue;
    }
    const chunk = tables.chunk(entry & PTE.VALUE);
    const base = tables.base(entry & PTE.VALUE) - region * TABLE_ENTRIES;
    for (let page = first; page < after; page++) {
      const small = chunk[base + page]!;
      if (small !== 0) visit(small, 1, page);
    }
  }
}
