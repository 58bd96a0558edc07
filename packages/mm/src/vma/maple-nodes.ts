// How many nodes the maple tree of a process has, which fork copies one by one.
//
// MODEL: the kernel's number depends on the order in which mappings came and went. This is that of a tree
// whose mappings came in ascending order, as a program's do: full leaves, and inner nodes that keep nine
// of their ten slots when they are split. It is the recorded number in all 116 cases of a 6.18 kernel;
// what dropping MADV_DONTFORK mappings from the copy allocates besides is not counted.
import type { VmaList } from './vma-list.ts';

/** Slots of a leaf: mappings, and the gaps between them. @see MAPLE_RANGE64_SLOTS, v6.12 */
const LEAF_SLOTS = 16;
/** Slots of an inner node. @see MAPLE_ARANGE64_SLOTS, v6.12 */
const INNER_SLOTS = 10;

/** The nodes of the tree of these mappings, the root among them. O(mappings). */
export function mapleNodeCount(vmas: VmaList): number {
  let entries = 1;
  let reached = 0;
  for (const { start, end } of vmas) {
    entries += start > reached ? 2 : 1;
    reached = end;
  }
  let level = Math.ceil(entries / LEAF_SLOTS);
  let nodes = level;
  while (level > 1) {
    level = level <= INNER_SLOTS ? 1 : Math.ceil((level - 1) / (INNER_SLOTS - 1));
    nodes += level;
  }
  return nodes;
}
