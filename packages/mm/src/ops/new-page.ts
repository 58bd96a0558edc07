// A page of a mapping's own: the one step that every fault shares which gives a process memory.
import type { Mm } from '../mm.ts';
import type { Placer } from '../placer.ts';
import { PTE } from '../physical/tables.ts';
import { prepareAnonVma } from '../vma/anon-vma.ts';
import { findMergeableAnonVma } from '../vma/merge.ts';
import type { Vma } from '../vma/vma.ts';

/** How a touch ended: fine, with a signal, or without memory (the kernel then kills a task). */
export type FaultResult = 'ok' | 'SIGSEGV' | 'SIGBUS' | 'OOM';

/** Where an entry lies. */
export interface Slot {
  /** Address / 4096. */
  readonly page: number;
  readonly chunk: Int32Array;
  readonly at: number;
}

/** Makes sure that a mapping can hold anonymous pages. @see mm/rmap.c, __anon_vma_prepare(), v6.12 */
export function ensureAnonVma(mm: Mm, vma: Vma): void {
  if (vma.anonVma !== null) return;
  prepareAnonVma(vma, findMergeableAnonVma(mm, vma), mm.memory.counts);
}

/** Maps a page of the mapping's own. @see mm/memory.c, do_anonymous_page(), v6.12 */
export function mapNewPage(
  mm: Mm,
  vma: Vma,
  { page, chunk, at }: Slot,
  placer: Placer,
): FaultResult {
  ensureAnonVma(mm, vma);
  const node = placer.takePrivate(vma, page, 1);
  if (node < 0) return 'OOM';
  mm.memory.counts.user_pages++;
  chunk[at] = PTE.PRESENT | PTE.WRITE | mm.memory.pages.add(node, 1, 0);
  return 'ok';
}
