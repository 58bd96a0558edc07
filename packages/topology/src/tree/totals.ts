// What an object knows of everything below it: how much memory there is, and whether its subtrees
// look alike.
import type { TopologyObject } from './topology-object.ts';

/** Adds up the memory below every object and puts page sizes in order. */
export function sumMemory(object: TopologyObject): void {
  for (const child of object.children) sumMemory(child);
  for (const child of object.memoryChildren) sumMemory(child);
  object.totalMemoryBytes = object.memory?.localBytes ?? 0;
  for (const child of object.children) object.totalMemoryBytes += child.totalMemoryBytes;
  for (const child of object.memoryChildren) object.totalMemoryBytes += child.totalMemoryBytes;
  if (object.memory !== undefined) {
    object.memory.pageTypes = object.memory.pageTypes
      .filter(({ sizeBytes }) => sizeBytes > 0)
      .toSorted((a, b) => a.sizeBytes - b.sizeBytes);
  }
}

/**
 * Marks the objects all of whose subtrees have the same levels and arities; memory does not count.
 *
 * @see hwloc 2.9.0, hwloc/topology.c, hwloc_propagate_symmetric_subtree()
 */
export function markSymmetric(object: TopologyObject): void {
  for (const child of object.children) markSymmetric(child);
  object.isSymmetric =
    object.children.every(({ isSymmetric }) => isSymmetric) && haveOneShape(object.children);
}

/** As each is symmetric, walking down the first children compares whole subtrees. */
function haveOneShape(objects: readonly TopologyObject[]): boolean {
  let level: readonly (TopologyObject | undefined)[] = objects;
  while (level[0] !== undefined) {
    const [first] = level;
    const same = level.every(
      (object) =>
        object!.depth === first.depth && object!.children.length === first.children.length,
    );
    if (!same) return false;
    level = level.map((object) => object!.children[0]);
  }
  return true;
}
