// Making the sets of all objects agree once everything is inserted: nodes are told up and down the
// tree, no set exceeds its parent's, and what is not allowed or has nothing in it goes.
import { Bitmap } from '@forkless/bitmap';
import { isNormalType } from './object-type.ts';
import type { TopologyObject } from './topology-object.ts';

/**
 * An object's nodes are those that hang at it, above it or below it.
 *
 * @see hwloc 2.9.0, hwloc/topology.c, propagate_nodeset()
 */
export function propagateNodesets(object: TopologyObject, nodeWidth: number): void {
  const nodeset = (object.nodeset ??= new Bitmap(nodeWidth));
  if (object.parent === undefined) nodeset.zero();
  else nodeset.copy(object.parent.nodeset!);
  const complete = (object.completeNodeset ??= nodeset.clone());
  complete.or(complete, nodeset);
  for (const child of object.memoryChildren) {
    nodeset.or(nodeset, child.nodeset!);
    complete.or(complete, child.completeNodeset!);
  }
  for (const child of object.children) propagateNodesets(child, nodeWidth);
  for (const child of object.children) {
    nodeset.or(nodeset, child.nodeset!);
    complete.or(complete, child.completeNodeset!);
  }
}

/** Cuts every set down to its parent's; memory has the CPUs of what it hangs at. */
export function fixupSets(object: TopologyObject): void {
  for (const child of [...object.children, ...object.memoryChildren]) {
    child.cpuset.and(child.cpuset, object.cpuset);
    child.nodeset!.and(child.nodeset!, object.nodeset!);
    child.completeCpuset = withinParent(child.completeCpuset, object.completeCpuset!, child.cpuset);
    child.completeNodeset = withinParent(
      child.completeNodeset,
      object.completeNodeset!,
      child.nodeset!,
    );
    if (!isNormalType(child.type)) {
      child.cpuset.copy(object.cpuset);
      child.completeCpuset.copy(object.completeCpuset!);
    }
    fixupSets(child);
  }
}

function withinParent(set: Bitmap | undefined, parent: Bitmap, otherwise: Bitmap): Bitmap {
  return set === undefined ? otherwise.clone() : set.and(set, parent);
}

/** Takes the CPUs and nodes that are not allowed out of every set but the complete ones. */
export function dropDisallowed(object: TopologyObject, cpuset: Bitmap, nodeset: Bitmap): void {
  object.cpuset.and(object.cpuset, cpuset);
  object.nodeset!.and(object.nodeset!, nodeset);
  for (const child of object.children) dropDisallowed(child, cpuset, nodeset);
  for (const child of object.memoryChildren) dropDisallowed(child, cpuset, nodeset);
}

/** Removes, from the bottom, objects without children whose own set is empty. */
export function removeEmpty(object: TopologyObject): void {
  for (const child of object.children) removeEmpty(child);
  for (const child of object.memoryChildren) removeEmpty(child);
  object.children = object.children.filter((child) => !isEmpty(child));
  object.memoryChildren = object.memoryChildren.filter((child) => !isEmpty(child));
}

function isEmpty(object: TopologyObject): boolean {
  if (object.children.length > 0 || object.memoryChildren.length > 0) return false;
  return isNormalType(object.type) ? object.cpuset.isEmpty() : object.nodeset!.isEmpty();
}
