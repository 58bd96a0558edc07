// The copy of an address space that fork makes: every mapping, and the page-table entries of those that
// hold pages of the process's own; such pages are then shared until one side writes.
import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import { countsSince, type Counts } from '../counters.ts';
import { HUGE_SIZE, PAGE_SIZE, TABLE_ENTRIES } from '../layout.ts';
import { Mm } from '../mm.ts';
import type { Placer } from '../placer.ts';
import { PTE } from '../physical/tables.ts';
import { VM } from '../uapi.ts';
import { forkAnonVma } from '../vma/anon-vma.ts';
import { mapleNodeCount } from '../vma/maple-nodes.ts';
import { duplicateVma } from '../vma/merge.ts';
import type { Vma } from '../vma/vma.ts';
import { exitMmap } from './exit-mm.ts';

/** The child's address space and what making it took. */
export interface ForkedMm {
  readonly mm: Mm;
  readonly counts: Counts;
}

/** `dupMmap` with what it counted. */
export function forkMm(parent: Mm, placer: Placer): ForkedMm | Refusal<'ENOMEM'> {
  const before = { ...parent.memory.counts };
  const mm = dupMmap(parent, placer);
  return isRefusal(mm) ? mm : { mm, counts: countsSince(parent.memory.counts, before) };
}

/**
 * Copies an address space; `placer` is the parent's, as the parent pays. ENOMEM when there is no memory
 * for a table: the half-made copy is gone again, but pages stay write-protected in the parent.
 * O(mappings + page-table pages + pages).
 *
 * @see kernel/fork.c, dup_mmap(); mm/memory.c, copy_page_range(), v6.12
 */
export function dupMmap(parent: Mm, placer: Placer): Mm | Refusal<'ENOMEM'> {
  const mm = new Mm(parent.memory, placer);
  mm.mapCountMax = parent.mapCountMax;
  parent.memory.counts.maple_dup += mapleNodeCount(parent.vmas);
  for (const vma of parent.vmas) {
    if (vma.has(VM.DONTCOPY)) continue;
    const copy = duplicateVma(parent, vma);
    copy.flags &= ~VM.LOCKED;
    const isWiped = vma.has(VM.WIPEONFORK);
    if (!isWiped) forkAnonVma(copy, vma, parent.memory.counts);
    mm.vmas.append(copy);
    if (isWiped || !needsCopy(vma)) continue;
    if (!copyEntries(mm, parent, vma, placer)) {
      exitMmap(mm);
      return refuse('ENOMEM', 'no memory for a page table');
    }
  }
  return mm;
}

/** Whether a fault could not bring the entries back. @see mm/memory.c, vma_needs_copy(), v6.12 */
function needsCopy(vma: Vma): boolean {
  return vma.has(VM.PFNMAP) || vma.anonVma !== null;
}

function copyEntries(child: Mm, parent: Mm, vma: Vma, placer: Placer): boolean {
  const source = parent.pageTable;
  const last = Math.ceil(vma.end / HUGE_SIZE) - 1;
  for (
    let region = source.nextRegion(Math.floor(vma.start / HUGE_SIZE), last);
    region >= 0;
    region = source.nextRegion(region + 1, last)
  ) {
    const entry = source.regionEntry(region);
    if (entry & PTE.HUGE) {
      if (!copyHuge(child, parent, region, entry, placer)) return false;
      continue;
    }
    const table = child.pageTable.makeLeaf(region, placer);
    if (table === 0) return false;
    const first = Math.max(vma.start - region * HUGE_SIZE, 0) / PAGE_SIZE;
    const end = Math.min((vma.end - region * HUGE_SIZE) / PAGE_SIZE, TABLE_ENTRIES);
    copyTable(child, table, parent, entry & PTE.VALUE, vma.isPrivate, first, end);
  }
  return true;
}

function copyTable(
  child: Mm,
  to: number,
  parent: Mm,
  from: number,
  isPrivate: boolean,
  first: number,
  end: number,
): void {
  const { pages, tables, counts } = parent.memory;
  const source = tables.chunk(from);
  const sourceBase = tables.base(from);
  const target = child.pageTable.tables.chunk(to);
  const targetBase = tables.base(to);
  const keep = isPrivate ? ~PTE.WRITE : ~0;
  let copied = 0;
  for (let i = first; i < end; i++) {
    const entry = source[sourceBase + i]!;
    if (entry === 0) continue;
    source[sourceBase + i] = entry & keep;
    target[targetBase + i] = entry & keep;
    if (entry & PTE.SPECIAL) continue;
    pages.map(entry & PTE.VALUE);
    copied++;
  }
  counts.ptes_copied += copied;
}

/** @see mm/huge_memory.c, copy_huge_pmd(), v6.12 */
function copyHuge(child: Mm, parent: Mm, region: number, entry: number, placer: Placer): boolean {
  if (!child.pageTable.setHuge(region, entry & ~PTE.WRITE, placer)) return false;
  parent.pageTable.changeHuge(region, entry & ~PTE.WRITE);
  if (entry & PTE.SPECIAL) return true;
  parent.memory.pages.map(entry & PTE.VALUE);
  parent.memory.counts.ptes_copied++;
  parent.memory.counts.huge_copied++;
  return true;
}
