// The cache lines of radix tree nodes as they lie in the kernel's memory: a node is nine lines, its header
// with the count on the first, its marks on the last.
// MODEL: a node's number stands for its address.

import { LineSet } from '@forkless/sim';
import type { NodeObserver, NodeUse } from '@forkless/xarray';
import type { Traffic } from './id-allocator.ts';

/** Bytes of a node before its slots, and of a slot; the marks follow the slots. */
const SLOTS_AT_BYTES = 40;
const SLOT_BYTES = 8;
const LINE_SHIFT = 6;

/** Bytes of a node. @see include/linux/xarray.h, struct xa_node, v6.12 */
export const NODE_BYTES = 576;

const NODE_LINES = NODE_BYTES >> LINE_SHIFT;
const MARKS_LINE = (SLOTS_AT_BYTES + 64 * SLOT_BYTES) >> LINE_SHIFT;

/** Ids in a leaf, and the first number of the lines of leaves that lookups read. */
const LEAF_IDS = 64;
const LEAF_LINES_FROM = 2 ** 22;

/** The slab cache of nodes. */
export const NODE_SLAB = { cache: 'radix_tree_node', bytes: NODE_BYTES };

/** The lines of the nodes that a call touched. */
export class NodeLines implements NodeObserver, Traffic {
  readonly reads = new LineSet();
  readonly writes = new LineSet();
  objectsMade = 0;
  objectsFreed = 0;
  /** The first number of the lines of the tree at hand. */
  from = 0;

  begin(): void {
    this.reads.clear();
    this.writes.clear();
    this.objectsMade = 0;
    this.objectsFreed = 0;
  }

  /**
   * Notes the slots of a leaf that a lookup read, from `from` on where that lies in the leaf of `id`.
   * MODEL: these lines are numbered by their ids, as a lookup is not told its leaf; nothing writes them.
   */
  readLeaf(from: number, id: number): void {
    const leaf = Math.floor(id / LEAF_IDS);
    const first = LEAF_LINES_FROM + leaf * NODE_LINES;
    const start = Math.floor(from / LEAF_IDS) === leaf ? from % LEAF_IDS : 0;
    for (let offset = start; offset <= id % LEAF_IDS; offset++) {
      this.reads.add(first + ((SLOTS_AT_BYTES + offset * SLOT_BYTES) >> LINE_SHIFT));
    }
  }

  touched(node: number, offset: number, use: NodeUse): void {
    const first = this.from + node * NODE_LINES;
    const slot = first + ((SLOTS_AT_BYTES + offset * SLOT_BYTES) >> LINE_SHIFT);
    const marks = first + MARKS_LINE;
    if (use === 'walk' || use === 'search') {
      this.reads.add(first);
      this.reads.add(use === 'walk' ? slot : marks);
    } else if (use === 'mark') {
      this.writes.add(marks);
    } else {
      this.writes.add(slot);
      // Storing under a taken id changes neither the count nor the marks.
      if (use !== 'store') {
        this.writes.add(first);
        this.writes.add(marks);
      }
    }
  }

  made(): void {
    this.objectsMade++;
  }

  freed(): void {
    this.objectsFreed++;
  }
}
