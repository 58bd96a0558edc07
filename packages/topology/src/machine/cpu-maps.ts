// From a CPU to everything it belongs to, by array: its node, core, caches, die, package.
import { objectsOf, pusOf, type ObjectTree } from '../tree/object-tree.ts';
import type { ObjectType } from '../tree/object-type.ts';
import type { MachineNode } from './machine-node.ts';

/** Each array is indexed by CPU id and holds −1 where there is nothing; ids are logical indexes. */
export interface CpuMaps {
  /** The node's id, as Linux numbers it. */
  readonly node: Int16Array;
  readonly core: Int16Array;
  readonly l2: Int16Array;
  readonly l3: Int16Array;
  readonly die: Int16Array;
  readonly package: Int16Array;
}

/** Maps of a tree, `cpuWidth` long. O(PUs × depth). */
export function cpuMapsOf(
  tree: ObjectTree,
  nodes: readonly MachineNode[],
  cpuWidth: number,
): CpuMaps {
  const node = new Int16Array(cpuWidth).fill(-1);
  // In a dump whose nodes list each other's CPUs the first node has them.
  for (const { node: id, cpus } of nodes.toReversed()) cpus.forEach((cpu) => (node[cpu] = id));
  return {
    node,
    core: mapOf(tree, 'Core', cpuWidth),
    l2: mapOf(tree, 'L2Cache', cpuWidth),
    l3: mapOf(tree, 'L3Cache', cpuWidth),
    die: mapOf(tree, 'Die', cpuWidth),
    package: mapOf(tree, 'Package', cpuWidth),
  };
}

function mapOf(tree: ObjectTree, type: ObjectType, cpuWidth: number): Int16Array {
  const map = new Int16Array(cpuWidth).fill(-1);
  if (type === 'Core' && objectsOf(tree, 'Core').length === 0) {
    for (const { osIndex, logicalIndex } of pusOf(tree)) map[osIndex] = logicalIndex;
    return map;
  }
  for (const { cpuset, logicalIndex } of objectsOf(tree, type)) {
    cpuset.forEach((cpu) => (map[cpu] = logicalIndex));
  }
  return map;
}
