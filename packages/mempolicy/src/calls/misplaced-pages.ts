// The pages in a range that lie on the wrong nodes: found for mbind and migrate_pages, and moved one by one
// to where they should be.
import {
  type Mm,
  type Nodemask,
  PAGE_SIZE,
  type Pages,
  PTE,
  type Vma,
  visitWithoutSplitting,
} from '@forkless/mm';
import { MPOL_MF_MOVE, MPOL_MF_MOVE_ALL, MPOL_MF_STRICT } from '../uapi.ts';

/** Pages to move, in the order of their addresses. */
export interface PageQueue {
  readonly handles: number[];
  /** The page of the file or address space each is (folio->index). */
  readonly indexes: number[];
  /** The first of them, for the interleave index. */
  first: { readonly vma: Vma; readonly page: number } | null;
  /** Pages that are on the wrong node and cannot be moved. */
  failedCount: number;
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
  const queue: PageQueue = { handles: [], indexes: [], first: null, failedCount: 0 };
  if ((request.flags & (MPOL_MF_STRICT | MPOL_MF_MOVE | MPOL_MF_MOVE_ALL)) === 0) return queue;
  for (const vma of mm.vmas.within(request.start, request.end)) {
    if (!vma.isMigratable && (request.flags & MPOL_MF_STRICT) === 0) continue;
    queueVma(mm, vma, request, queue);
  }
  return queue;
}

function queueVma(mm: Mm, vma: Vma, request: QueueRequest, queue: PageQueue): void {
  const { flags, isInverted } = request;
  const { pages } = mm.memory;
  const isMoving = (flags & (MPOL_MF_MOVE | MPOL_MF_MOVE_ALL)) !== 0 && vma.isMigratable;
  const isWanted = wantedNodes(request.nodes, isInverted);
  const base = vma.pageOffset - vma.start / PAGE_SIZE;
  let last = 0;
  visitWithoutSplitting(
    mm,
    Math.max(request.start, vma.start),
    Math.min(request.end, vma.end),
    (entry, size, page) => {
      const handle = entry & PTE.VALUE;
      if (entry & PTE.SPECIAL || isWanted[pages.node(handle)] === 0) return;
      if (!isMoving) {
        queue.failedCount += size;
        return;
      }
      if ((flags & MPOL_MF_MOVE_ALL) === 0 && isLikelyShared(pages, handle, size)) return;
      if (handle === last) return;
      last = handle;
      queue.first ??= { vma, page };
      queue.handles.push(handle);
      queue.indexes.push(base + page);
    },
  );
}

/** Whether several processes map a page. @see include/linux/mm.h, folio_likely_mapped_shared(), v6.12 */
export function isLikelyShared(pages: Pages, handle: number, size: number): boolean {
  // A huge page that is mapped by small entries has many in one process.
  return (size > 1 || pages.size(handle) === 1) && pages.isShared(handle);
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
  for (let i = 0; i < queue.handles.length; i++) {
    const handle = queue.handles[i]!;
    const node = take(queue.indexes[i]!, memory.pages.size(handle));
    if (node < 0) return queue.handles.length - i;
    memory.movePage(handle, node);
  }
  return 0;
}
