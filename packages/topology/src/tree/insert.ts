// Putting an object into the tree of CPUs by its CPU set alone: below everything that contains it,
// above everything it contains, beside what it does not touch. The order in which objects arrive
// does not matter, except where sets are equal and the types decide.
import { Bitmap } from '@forkless/bitmap';
import { compareTypes, isCacheType, isMemoryType } from './object-type.ts';
import { describeObject, GROUP_KIND, type TopologyObject } from './topology-object.ts';

/** How one object lies to another. */
export type Relation = 'equal' | 'included' | 'contains' | 'intersects' | 'different';

/** Takes a sentence about something tolerated. */
export type Warn = (message: string) => void;

/** How set `a` lies to set `b`; empty sets have nothing to do with any other. O(words). */
export function compareSets(a: Bitmap, b: Bitmap): Relation {
  let onlyA = false;
  let onlyB = false;
  let both = false;
  const { words } = a;
  const other = b.words;
  for (let i = 0; i < words.length; i++) {
    const x = words[i]!;
    const y = other[i]!;
    if ((x & y) !== 0) both = true;
    if ((x & ~y) !== 0) onlyA = true;
    if ((y & ~x) !== 0) onlyB = true;
  }
  if (!both) return 'different';
  if (onlyA) return onlyB ? 'intersects' : 'contains';
  return onlyB ? 'included' : 'equal';
}

/** The set by which objects are compared: the complete one if both have it. */
function relationOf(a: TopologyObject, b: TopologyObject): Relation {
  return a.completeCpuset !== undefined && b.completeCpuset !== undefined
    ? compareSets(a.completeCpuset, b.completeCpuset)
    : compareSets(a.cpuset, b.cpuset);
}

/** Below zero when the first CPU of `a` comes before that of `b`; an object without CPUs is last. */
export function compareFirstCpu(a: TopologyObject, b: TopologyObject): number {
  return a.completeCpuset !== undefined && b.completeCpuset !== undefined
    ? a.completeCpuset.first() - b.completeCpuset.first()
    : a.cpuset.first() - b.cpuset.first();
}

/**
 * Siblings in the order of their first CPU. Those without any come last and the last of them first, as
 * hwloc leaves them.
 *
 * @see hwloc 2.9.0, hwloc/topology.c, hwloc__reorder_children()
 */
export function reorderSiblings(siblings: readonly TopologyObject[]): TopologyObject[] {
  return siblings.toReversed().toSorted(compareFirstCpu);
}

/** How the types of two objects lie: groups of different kinds are neither above nor below. */
export function relationOfTypes(a: TopologyObject, b: TopologyObject): Relation {
  if (isMemoryType(a.type) !== isMemoryType(b.type)) return 'different';
  const order = compareTypes(a.type, b.type);
  if (order !== 0) return order > 0 ? 'included' : 'contains';
  const sameGroup = a.group?.kind === b.group?.kind && a.group?.subkind === b.group?.subkind;
  return a.type === 'Group' && !sameGroup ? 'different' : 'equal';
}

/**
 * Inserts `object` at or below `root`. Answers the object, or the one it was merged with, or
 * undefined when its set crosses another's (a warning says so). O(depth × siblings × words), and
 * O(words) where no sibling is touched.
 *
 * @see hwloc 2.9.0, hwloc/topology.c, hwloc___insert_object_by_cpuset()
 */
export function insertObject(
  root: TopologyObject,
  object: TopologyObject,
  warn: Warn,
): TopologyObject | undefined {
  const reach = object.completeCpuset ?? object.cpuset;
  const span = (root.span ??= new Bitmap(reach.nbits));
  if (!span.intersects(reach)) {
    span.or(span, reach);
    root.children.splice(placeOf(object, root.children), 0, object);
    object.parent = root;
    return object;
  }
  return insertAmong(root, object, warn);
}

function insertAmong(
  root: TopologyObject,
  object: TopologyObject,
  warn: Warn,
): TopologyObject | undefined {
  const kept: TopologyObject[] = [];
  const contained: TopologyObject[] = [];
  for (const child of root.children) {
    const bySets = relationOf(object, child);
    if (bySets === 'equal') {
      const merged = mergeGroup(child, object);
      if (merged !== undefined) return merged;
    }
    const relation = bySets === 'equal' ? relationOfTypes(object, child) : bySets;
    if (relation === 'equal') return mergeEqual(child, object);
    if (relation === 'included') return insertObject(child, object, warn);
    if (relation === 'intersects') {
      warn(`${describeObject(object)} crosses ${describeObject(child)} and is left out`);
      return undefined;
    }
    if (relation === 'contains') {
      contained.push(child);
      if (bySets === 'equal') moveMemory(child, object);
    } else kept.push(child);
  }
  const reach = object.completeCpuset ?? object.cpuset;
  root.span!.or(root.span!, reach);
  link(object, contained);
  kept.splice(placeOf(object, kept), 0, object);
  link(root, kept);
  return object;
}

/** Where `object` belongs among siblings that are in order of their first CPU. O(log siblings). */
function placeOf(object: TopologyObject, siblings: readonly TopologyObject[]): number {
  let low = 0;
  let high = siblings.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareFirstCpu(object, siblings[middle]!) < 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

function link(parent: TopologyObject, children: TopologyObject[]): void {
  parent.children = children;
  for (const child of children) child.parent = parent;
  parent.span ??= unionOf(children, parent.cpuset.nbits);
}

function unionOf(objects: readonly TopologyObject[], width: number): Bitmap {
  const union = new Bitmap(width);
  for (const { completeCpuset, cpuset } of objects) union.or(union, completeCpuset ?? cpuset);
  return union;
}

/** Memory that hung at an object goes to one with the same CPUs that now stands above it. */
function moveMemory(from: TopologyObject, to: TopologyObject): void {
  to.memoryChildren = from.memoryChildren;
  from.memoryChildren = [];
  for (const child of to.memoryChildren) child.parent = to;
}

/**
 * What becomes of two objects with equal sets of which one is a group: a group gives way unless it
 * must not be merged. Undefined when both stay.
 *
 * @see hwloc 2.9.0, hwloc/topology.c, hwloc__insert_try_merge_group()
 */
function mergeGroup(old: TopologyObject, added: TopologyObject): TopologyObject | undefined {
  if (added.group !== undefined && old.group !== undefined) {
    if (added.group.dontMerge) {
      return old.group.dontMerge ? undefined : replaceContents(old, added);
    }
    if (!old.group.dontMerge && added.group.kind < old.group.kind) replaceContents(old, added);
    return old;
  }
  if (added.group !== undefined && !added.group.dontMerge) {
    return old.type === 'PU' && added.group.kind === GROUP_KIND.memory ? undefined : old;
  }
  if (old.group !== undefined && !old.group.dontMerge) {
    if (added.type === 'PU' && old.group.kind === GROUP_KIND.memory) return undefined;
    return replaceContents(old, added);
  }
  return undefined;
}

/** `old` keeps its place in the tree and becomes in everything else what `added` is. */
function replaceContents(old: TopologyObject, added: TopologyObject): TopologyObject {
  const { parent, children, memoryChildren, miscChildren, span } = old;
  return Object.assign(old, added, { parent, children, memoryChildren, miscChildren, span });
}

/** Two objects of one type and one set: what the first lacks is taken from the second. */
function mergeEqual(old: TopologyObject, added: TopologyObject): TopologyObject {
  if (old.osIndex < 0) old.osIndex = added.osIndex;
  old.infos.push(...added.infos);
  old.name ??= added.name;
  old.subtype ??= added.subtype;
  if (isCacheType(old.type) && old.cache !== undefined && added.cache !== undefined) {
    old.cache.sizeBytes ||= added.cache.sizeBytes;
  }
  return old;
}
