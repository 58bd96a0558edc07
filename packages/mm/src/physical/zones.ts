// How much memory each node has left, and where an allocation lands: along a node's fallback order, first
// above the low watermark, then above the min watermark.
//
// MODEL: one zone a node. Watermarks are those of a kernel with transparent huge pages, which reserves
// 5 % of low memory in all; fragmentation, reclaim and per-CPU lists are left out.
import { assert } from '@forkless/errors';
import type { Nodemask } from '../nodemask.ts';

/** How an allocation may go about it; bits. */
export const GFP = {
  /** May use every node of the list. */
  NORMAL: 0,
  /** Only the first node of the list (`__GFP_THISNODE`). */
  THISNODE: 1,
} as const;

/** Free memory by node, in pages of 4096 bytes. */
export class Zones {
  /** Pages managed by the allocator, by node id. */
  readonly managed: Float64Array;
  /** Pages free now, by node id. */
  readonly free: Float64Array;
  /** Below this an allocation looks at the next node first, by node id. */
  readonly low: Float64Array;
  /** Below this nothing is handed out, by node id. */
  readonly min: Float64Array;

  /** @see mm/page_alloc.c, __setup_per_zone_wmarks(); mm/khugepaged.c, set_recommended_min_free_kbytes(), v6.12 */
  constructor(nodes: readonly { readonly node: number; readonly pages: number }[]) {
    const width = Math.max(...nodes.map(({ node }) => node)) + 1;
    this.managed = new Float64Array(width);
    this.free = new Float64Array(width);
    this.low = new Float64Array(width);
    this.min = new Float64Array(width);
    for (const { node, pages } of nodes) {
      const min = Math.floor(pages / 20);
      this.managed[node] = pages;
      this.free[node] = pages;
      this.min[node] = min;
      this.low[node] = min + Math.max(Math.floor(min / 4), Math.floor(pages / 1000));
    }
  }

  /**
   * Takes `pages` from the first node of `order` that may give them and returns the node, −1 when none
   * can. `nodes` and `mems` restrict the choice where they are given. O(length of `order`).
   *
   * @see mm/page_alloc.c, get_page_from_freelist(), __alloc_pages_slowpath(), v6.12
   */
  take(
    order: readonly number[],
    nodes: Nodemask | null,
    mems: Nodemask | null,
    pages = 1,
    gfp: number = GFP.NORMAL,
  ): number {
    const first = order[0];
    if (
      first !== undefined &&
      this.free[first]! - pages >= this.low[first]! &&
      (nodes === null || nodes.has(first)) &&
      (mems === null || mems.has(first))
    ) {
      this.free[first]! -= pages;
      return first;
    }
    const node = this.#takeAbove(this.low, order, nodes, mems, pages, gfp);
    return node >= 0 ? node : this.#takeAbove(this.min, order, nodes, mems, pages, gfp);
  }

  /** Gives pages back to a node. */
  give(node: number, pages: number): void {
    this.free[node]! += pages;
    assert(this.free[node]! <= this.managed[node]!, 'a node gets back no more than it gave');
  }

  #takeAbove(
    marks: Float64Array,
    order: readonly number[],
    nodes: Nodemask | null,
    mems: Nodemask | null,
    pages: number,
    gfp: number,
  ): number {
    const { free } = this;
    for (let i = 0; i < order.length; i++) {
      const node = order[i]!;
      if (
        free[node]! - pages >= marks[node]! &&
        (nodes === null || nodes.has(node)) &&
        (mems === null || mems.has(node))
      ) {
        free[node]! -= pages;
        return node;
      }
      if (gfp & GFP.THISNODE) return -1;
    }
    return -1;
  }
}
