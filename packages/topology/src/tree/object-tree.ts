// A complete machine as hwloc sees it: the tree of objects, its levels, and the tables beside it.
// Made by a TreeBuilder, by restrict() and by nothing else; nobody changes one afterwards.
import type { Bitmap } from '@forkless/bitmap';
import type { CpuKind } from './cpu-kinds.ts';
import type { DistanceMatrix } from './distance-matrix.ts';
import type { Levels } from './levels.ts';
import type { MemoryAttribute } from './memory-attributes.ts';
import type { ObjectType } from './object-type.ts';
import type { TopologyObject } from './topology-object.ts';

/** The tree, its levels from the root down and beside it, and what is known between objects. */
export interface ObjectTree extends Levels {
  readonly root: TopologyObject;
  /** CPUs and nodes that the reader's control group allows. */
  readonly allowedCpuset: Bitmap;
  readonly allowedNodeset: Bitmap;
  readonly distances: readonly DistanceMatrix[];
  readonly memoryAttributes: readonly MemoryAttribute[];
  readonly cpuKinds: readonly CpuKind[];
}

/** The PUs in logical order; O(1). */
export function pusOf(tree: ObjectTree): readonly TopologyObject[] {
  return tree.normal.at(-1)!;
}

/** All objects of a type, in logical order within each level, levels from the root. O(levels). */
export function objectsOf(tree: ObjectTree, type: ObjectType): readonly TopologyObject[] {
  if (type === 'NUMANode') return tree.nodes;
  if (type === 'MemCache') return tree.memCaches;
  if (type === 'Misc') return tree.misc;
  return tree.normal.filter(([first]) => first!.type === type).flat();
}

/** Calls `visit` with every object, each before what hangs below it, memory before CPUs. */
export function forEachObject(root: TopologyObject, visit: (object: TopologyObject) => void): void {
  visit(root);
  for (const child of root.memoryChildren) forEachObject(child, visit);
  for (const child of root.children) forEachObject(child, visit);
  for (const child of root.miscChildren) forEachObject(child, visit);
}

/** How many objects of each type there are. */
export function countsOf(tree: ObjectTree): Partial<Record<ObjectType, number>> {
  const counts: Partial<Record<ObjectType, number>> = {};
  forEachObject(tree.root, ({ type }) => {
    counts[type] = (counts[type] ?? 0) + 1;
  });
  return counts;
}
