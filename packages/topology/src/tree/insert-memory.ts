// Hanging a NUMA node or a memory-side cache beside the tree of CPUs: at the highest object with
// the same CPUs, at a new group when no object has just these, at the root when it has no CPUs.
import { compareSets, insertObject, type Warn } from './insert.ts';
import {
  createObject,
  describeObject,
  GROUP_KIND,
  type TopologyObject,
} from './topology-object.ts';

/**
 * Hangs `object`, whose nodeset has one bit, into the tree. Answers undefined when its node is
 * already there.
 *
 * @see hwloc 2.9.0, hwloc/topology.c, hwloc__find_insert_memory_parent()
 */
export function insertMemory(
  root: TopologyObject,
  object: TopologyObject,
  warn: Warn,
): TopologyObject | undefined {
  return attachMemory(findMemoryParent(root, object, warn), object, warn);
}

/** Hangs `object` below `parent`, nodes and memory-side caches ordered and nested by node. */
export function attachMemory(
  parent: TopologyObject,
  object: TopologyObject,
  warn: Warn,
): TopologyObject | undefined {
  object.completeNodeset ??= object.nodeset!.clone();
  const node = object.nodeset!.first();
  const siblings = parent.memoryChildren;
  for (const [place, sibling] of siblings.entries()) {
    const other = sibling.nodeset!.first();
    if (node < other) return hangAt(parent, object, place);
    if (node > other) continue;
    if (object.type === 'NUMANode') {
      if (sibling.type === 'MemCache') return attachMemory(sibling, object, warn);
      warn(`${describeObject(object)} appears twice, the second is left out`);
      return undefined;
    }
    return attachMemCache(parent, object, place, warn);
  }
  return hangAt(parent, object, siblings.length);
}

/** A memory-side cache goes above the node and above caches that are nearer to it. */
function attachMemCache(
  parent: TopologyObject,
  object: TopologyObject,
  place: number,
  warn: Warn,
): TopologyObject | undefined {
  const sibling = parent.memoryChildren[place]!;
  if (sibling.type === 'MemCache') {
    if (sibling.cache!.level === object.cache!.level) return undefined;
    if (sibling.cache!.level > object.cache!.level) return attachMemory(sibling, object, warn);
  }
  parent.memoryChildren[place] = object;
  object.parent = parent;
  object.memoryChildren = [sibling];
  sibling.parent = object;
  return object;
}

function hangAt(parent: TopologyObject, object: TopologyObject, place: number): TopologyObject {
  parent.memoryChildren.splice(place, 0, object);
  object.parent = parent;
  return object;
}

function findMemoryParent(
  root: TopologyObject,
  object: TopologyObject,
  warn: Warn,
): TopologyObject {
  let parent = root;
  if (!object.cpuset.isEmpty()) {
    parent = covering(root, object);
    if (parent.type === 'PU') parent = parent.parent!;
    if (parent !== root && parent.cpuset.equals(object.cpuset)) return parent;
  }
  const group = createObject('Group', -1, object.cpuset.clone());
  group.group = { kind: GROUP_KIND.memory, subkind: 0, dontMerge: false, depth: -1 };
  group.completeCpuset = object.completeCpuset?.clone();
  return insertObject(parent, group, warn) ?? parent;
}

/** The first object on the way down whose CPUs are just these, else the last that covers them. */
function covering(from: TopologyObject, object: TopologyObject): TopologyObject {
  const child = from.children.find(({ cpuset }) => object.cpuset.isSubsetOf(cpuset));
  if (child === undefined) return from;
  return compareSets(child.cpuset, object.cpuset) === 'equal' ? child : covering(child, object);
}
