// The end of an address space: at exit, and at execve for the old one.
import { assert } from '@forkless/errors';
import { countsSince, type Counts } from '../counters.ts';
import type { Mm } from '../mm.ts';
import { freeVma } from '../vma/merge.ts';
import { zapRange } from './zap.ts';

/**
 * Pages after which a batch of the teardown counts as full, one short of its room, since a folio may need
 * two entries: of the one that lies on the stack, and of those that are allocated for more.
 */
const BATCH_FIRST = 8 - 1;
const BATCH_PAGES = 510 - 1;
const BATCHES_MAX = 19;
/** Page-table pages of a batch. */
const BATCH_TABLES = 509;

/** `exitMmap`, which returns what was freed. */
export function exitMm(mm: Mm): Counts {
  const { counts } = mm.memory;
  const before = { ...counts };
  exitMmap(mm);
  return countsSince(counts, before);
}

/**
 * Unmaps everything and frees the page tables. O(mappings + tables + pages).
 *
 * @see mm/mmap.c, exit_mmap(); mm/mmu_gather.c, __tlb_remove_folio_pages_size(), v6.12
 */
export function exitMmap(mm: Mm): void {
  assert(!mm.isDead, 'an address space ends once');
  const { counts } = mm.memory;
  const zappedBefore = counts.ptes_zapped;
  const tableCount = mm.pageTable.pageCount - 1;
  for (const vma of mm.vmas) zapRange(mm, vma.start, vma.end);
  mm.pageTable.destroy();
  for (const vma of mm.vmas) freeVma(mm, vma);
  mm.vmas.clear();
  mm.isDead = true;
  const pages = counts.ptes_zapped - zappedBefore;
  // A batch that is full is followed by the next one at once, whether more pages come or not.
  const filled = Math.floor((pages - BATCH_FIRST) / BATCH_PAGES) + 1;
  counts.tlb_next_batch += Math.min(Math.max(filled, 0), BATCHES_MAX);
  counts.tlb_remove_table += Math.max(Math.ceil(tableCount / BATCH_TABLES), 0);
}
