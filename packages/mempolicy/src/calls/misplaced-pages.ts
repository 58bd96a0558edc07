// The pages in a range that lie on the wrong nodes: found for mbind and migrate_pages, and moved one by one
// to where they should be.
import {
  type Mm,
  type Nodemask,
  PAGE,
  PAGE_SIZE,
  type Pages,
  PTE,
  type Vma,
  visitWithoutSplitting,
} from '@forkless/mm';
import { MPOL_MF_MOVE, MPOL_MF_MOVE_ALL, MPOL_MF_STRICT } from '../uapi.ts';

/** Pages to move, in the order of their addresses. */
export class PageQueue {
  handles = new Int32Array(1024);
  /** The page of the file or address space each is (folio->index). */
  indexes = new Float64Array(1024);
  count = 0;
  /** The first of them, for the interleave index. */
  first: { readonly vma: Vma; readonly page: number } | null = null;
  /** Pages that are on the wrong node and cannot be moved. */
  failedCount = 0;

  /** Appends a page. */
  push(handle: number, index: number): void {
    if (this.count === this.handles.length) this.#grow();
    this.handles[this.count] = handle;
    this.indexes[this.count++] = index;
  }

  #grow(): void {
    const { handles, indexes } = this;
    this.handles = new Int32Array(handles.length * 4);
    this.handles.set(handles);
    this.indexes = new Float64Array(indexes.length * 4);
    this.indexes.set(indexes);
  }
}

/** Which pages are looked for. */
export interface QueueRequest {
  readonly start: number;
  readonly end: number;
  readonly nodes: Nodemask;
  /** True: pages that are not on `nodes`; false: pages that are. */
  readonly isInverted: boolean;
  /** MPOL_MF bits. */
  readonly flags: number;
}

/** @see mm/mempolicy.c, queue_pages_range(), v6.12; O(pages) where there is something to look at */
export function queuePages(mm: Mm, request: QueueRequest): PageQueue {
  const queue = new PageQueue();
  if ((request.flags & (MPOL_MF_STRICT | MPOL_MF_MOVE | MPOL_MF_MOVE_ALL)) === 0) return queue;
  for (const vma of mm.vmas.within(request.start, request.end)) {
    if (!vma.isMigratable && (request.flags & MPOL_MF_STRICT) === 0) continue;
    queueVma(mm, vma, request, queue);
  }
  return queue;
}

function queueVma(mm: Mm, vma: Vma, request: QueueRequest, queue: PageQueue): void {
  const { flags, isInverted } = request;
  const { chunks } = mm.memory.pages;
  const isMoving = (flags & (MPOL_MF_MOVE | MPOL_MF_MOVE_ALL)) !== 0 && vma.isMigratable;
  const movesAll = (flags & MPOL_MF_MOVE_ALL) !== 0;
  const isWanted = wantedNodes(request.nodes, isInverted);
  const base = vma.pageOffset - vma.start / PAGE_SIZE;
  let last = 0;
  visitWithoutSplitting(
    mm,
    Math.max(request.start, vma.start),
    Math.min(request.end, vma.end),
    (entry, size, page) => {
      if (entry & PTE.SPECIAL) return;
      const handle = entry & PTE.VALUE;
      const word = chunks[handle >>> 16]![handle & 0xffff]!;
      if (isWanted[(word >>> 16) & 0x3ff] === 0 || handle === last) return;
      last = handle;
      if (!isMoving) {
        queue.failedCount += size;
        return;
      }
      if (!movesAll && isWordShared(word, size)) return;
      queue.first ??= { vma, page };
      queue.push(handle, base + page);
    },
  );
}

/** Whether several processes map a page. @see include/linux/mm.h, folio_likely_mapped_shared(), v6.12 */
export function isLikelyShared(pages: Pages, handle: number, size: number): boolean {
  return isWordShared(pages.chunks[handle >>> 16]![handle & 0xffff]!, size);
}

function isWordShared(word: number, size: number): boolean {
  // A huge page that is mapped by small entries has many in one process.
  return (word & 0xffff) > 1 && (size > 1 || (word & PAGE.HUGE) === 0);
}

function wantedNodes(nodes: Nodemask, isInverted: boolean): Uint8Array {
  return Uint8Array.from({ length: 1024 }, (_, node) => Number(nodes.has(node) !== isInverted));
}

/**
 * Moves the queued pages, each to the node `take` gives, and stops at the first for which there is none.
 * Returns how many stayed. @see mm/migrate.c, migrate_pages(), v6.12
 */
export function moveQueued(
  mm: Mm,
  queue: PageQueue,
  take: (index: number, pages: number) => number,
): number {
  const { memory } = mm;
  const { pages } = memory;
  const { handles, indexes, count } = queue;
  for (let i = 0; i < count; i++) {
    const handle = handles[i]!;
    const node = take(indexes[i]!, pages.size(handle));
    if (node < 0) return count - i;
    memory.movePage(handle, node);
  }
  return 0;
}
