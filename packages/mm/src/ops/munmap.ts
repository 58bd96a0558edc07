// munmap: the mappings of a range go away, those that reach beyond it are cut, and the page tables that
// nobody needs any more are freed.
import { refuse, type Refusal } from '@forkless/errors';
import { isPageAligned, pageAlign } from '../layout.ts';
import type { Mm } from '../mm.ts';
import { freeVma, isFull, splitVma } from '../vma/merge.ts';
import { zapRange } from './zap.ts';

/** Unmaps [address, address + length). EINVAL for a bad range, ENOMEM when a cut would be one mapping too many. */
export function munmap(mm: Mm, address: number, length: number): 0 | Refusal<'EINVAL' | 'ENOMEM'> {
  const size = pageAlign(length);
  if (!isPageAligned(address)) return refuse('EINVAL', 'the address is not page aligned');
  if (size <= 0 || address < 0 || address + size > mm.taskSize) {
    return refuse('EINVAL', 'the range is empty or leaves user space');
  }
  return unmapRange(mm, address, address + size)
    ? 0
    : refuse('ENOMEM', 'cutting a mapping would exceed vm.max_map_count');
}

/**
 * Unmaps a page-aligned range; false when a cut would exceed the number of mappings.
 *
 * @see mm/vma.c, do_vmi_align_munmap(), v6.12
 */
export function unmapRange(mm: Mm, start: number, end: number): boolean {
  const { vmas } = mm;
  const first = vmas.lookup(start);
  if (first !== undefined && first.start < start) {
    if (first.end > end && isFull(mm)) return false;
    splitVma(mm, first, start);
  }
  const last = vmas.lookup(end);
  if (last !== undefined && last.start < end) splitVma(mm, last, end);
  const from = vmas.indexAfter(start);
  const to = vmas.indexAfter(end);
  const gone = vmas.removeBetween(from, to < vmas.count && vmas.at(to)!.start < end ? to + 1 : to);
  if (gone.length === 0) return true;
  for (const vma of gone) zapRange(mm, vma.start, vma.end);
  const floor = vmas.at(from - 1)?.end ?? 0;
  const ceiling = vmas.at(from)?.start ?? Number.MAX_SAFE_INTEGER;
  mm.pageTable.freeTables(gone[0]!.start, gone.at(-1)!.end, floor, ceiling);
  for (const vma of gone) freeVma(mm, vma);
  return true;
}
