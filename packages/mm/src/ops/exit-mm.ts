// The end of an address space: at exit, and at execve for the old one.
import { assert } from '@forkless/errors';
import { countsSince, type Counts } from '../counters.ts';
import type { Mm } from '../mm.ts';
import { freeVma } from '../vma/merge.ts';
import { zapRange } from './zap.ts';

/**
 * Unmaps everything and frees the page tables; returns what was freed. O(mappings + tables + pages).
 *
 * @see mm/mmap.c, exit_mmap(), v6.12
 */
export function exitMm(mm: Mm): Counts {
  assert(!mm.isDead, 'an address space ends once');
  const before = { ...mm.memory.counts };
  for (const vma of mm.vmas) zapRange(mm, vma.start, vma.end);
  mm.pageTable.destroy();
  for (const vma of mm.vmas.removeBetween(0, mm.vmas.count)) freeVma(mm, vma);
  mm.isDead = true;
  return countsSince(mm.memory.counts, before);
}
