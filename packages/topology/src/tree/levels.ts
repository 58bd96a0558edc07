// Numbering a finished tree: which objects form a level, their logical order, the levels of memory
// objects, and the levels that add no structure and go.
import { relationOfTypes } from './insert.ts';
import type { ObjectType } from './object-type.ts';
import type { TopologyObject } from './topology-object.ts';

/** The levels of a tree: from the root down, and those beside it. */
export interface Levels {
  readonly normal: TopologyObject[][];
  readonly nodes: TopologyObject[];
  readonly memCaches: TopologyObject[];
  readonly misc: TopologyObject[];
}

/** Depths of the levels beside the tree. @see hwloc 2.9.0, include/hwloc.h, hwloc_get_type_depth_e */
export const SPECIAL_DEPTH = { nodes: -3, misc: -7, memCaches: -8 } as const;

/**
 * Numbers all objects and collects the levels. O(objects × levels).
 *
 * @see hwloc 2.9.0, hwloc/topology.c, hwloc_connect_levels(), hwloc_list_special_objects()
 */
export function connectLevels(root: TopologyObject): Levels {
  const normal = [[root]];
  let rest = root.children;
  while (rest.length > 0) {
    const top = topmost(rest);
    const level: TopologyObject[] = [];
    const next: TopologyObject[] = [];
    for (const object of rest) {
      if (relationOfTypes(top, object) === 'equal') {
        level.push(object);
        for (const child of object.children) next.push(child);
      } else next.push(object);
    }
    normal.push(level);
    rest = next;
  }
  for (const [depth, level] of normal.entries()) number(level, depth);
  const special = { nodes: [], memCaches: [], misc: [] };
  collectSpecial(root, special);
  number(special.nodes, SPECIAL_DEPTH.nodes);
  number(special.memCaches, SPECIAL_DEPTH.memCaches);
  number(special.misc, SPECIAL_DEPTH.misc);
  return { normal, ...special };
}

function number(level: TopologyObject[], depth: number): void {
  for (const [index, object] of level.entries()) {
    object.depth = depth;
    object.logicalIndex = index;
  }
}

/** The object whose type stands above the others'; PUs only when there is nothing else. */
function topmost(objects: readonly TopologyObject[]): TopologyObject {
  let top = objects.find(({ type }) => type !== 'PU') ?? objects[0]!;
  for (const object of objects) {
    if (relationOfTypes(top, object) !== 'equal' && hasTypeBelow(object, top)) top = object;
  }
  return top;
}

function hasTypeBelow(root: TopologyObject, like: TopologyObject): boolean {
  return root.children.some(
    (child) => relationOfTypes(child, like) === 'equal' || hasTypeBelow(child, like),
  );
}

function collectSpecial(
  object: TopologyObject,
  found: Record<'nodes' | 'memCaches' | 'misc', TopologyObject[]>,
): void {
  if (object.type === 'NUMANode') found.nodes.push(object);
  else if (object.type === 'MemCache') found.memCaches.push(object);
  else if (object.type === 'Misc') found.misc.push(object);
  for (const child of object.children) collectSpecial(child, found);
  for (const child of object.memoryChildren) collectSpecial(child, found);
  for (const child of object.miscChildren) collectSpecial(child, found);
}

/**
 * Removes the group levels that stand one to one with a neighbouring level. Answers whether any
 * went, in which case the levels have to be numbered again.
 *
 * @see hwloc 2.9.0, hwloc/topology.c, hwloc_filter_levels_keep_structure()
 */
export function dropIdenticalGroups(levels: TopologyObject[][]): boolean {
  let dropped = false;
  for (let depth = levels.length - 1; depth > 0; depth--) {
    const upper = levels[depth - 1]!;
    const lower = levels[depth]!;
    const victim = groupToDrop(upper, lower);
    if (victim === undefined || !standOneToOne(upper, lower)) continue;
    if (victim === 'lower') for (const [i, child] of lower.entries()) absorb(upper[i]!, child);
    else for (const [i, parent] of upper.entries()) yieldTo(parent, lower[i]!);
    levels.splice(victim === 'lower' ? depth : depth - 1, 1);
    dropped = true;
  }
  return dropped;
}

function groupToDrop(
  upper: TopologyObject[],
  lower: TopologyObject[],
): 'upper' | 'lower' | undefined {
  const upperType = upper[0]!.type;
  const lowerType = lower[0]!.type;
  const mayGo = (level: TopologyObject[]) => !level.some(({ group }) => group?.dontMerge === true);
  const upperGoes = upperType === 'Group' && mayGo(upper);
  const lowerGoes = lowerType === 'Group' && (upperType !== 'Group' || mayGo(lower));
  if (lowerGoes) return 'lower';
  return upperGoes ? 'upper' : undefined;
}

/** PUs are not pulled up to where memory hangs. */
function standOneToOne(upper: TopologyObject[], lower: TopologyObject[]): boolean {
  return (
    upper.length === lower.length &&
    upper.every(
      (parent, i) =>
        lower[i]!.parent === parent &&
        parent.children.length === 1 &&
        !(lower[0]!.type === 'PU' && parent.memoryChildren.length > 0),
    )
  );
}

/** `parent` takes over what hangs at its only child. */
function absorb(parent: TopologyObject, child: TopologyObject): void {
  parent.children = child.children;
  parent.memoryChildren.push(...child.memoryChildren);
  parent.miscChildren.push(...child.miscChildren);
  adopt(parent);
}

/** The only child takes its parent's place. */
function yieldTo(parent: TopologyObject, child: TopologyObject): void {
  const above = parent.parent!;
  above.children[above.children.indexOf(parent)] = child;
  child.parent = above;
  child.memoryChildren.unshift(...parent.memoryChildren);
  child.miscChildren.unshift(...parent.miscChildren);
  adopt(child);
}

function adopt(parent: TopologyObject): void {
  for (const child of parent.children) child.parent = parent;
  for (const child of parent.memoryChildren) child.parent = parent;
  for (const child of parent.miscChildren) child.parent = parent;
}

/** Gives each group the number of its level among the group levels, and the caches no such thing. */
export function numberGroups(levels: readonly TopologyObject[][]): void {
  const groupLevels = levels.filter(([first]) => first!.type === ('Group' satisfies ObjectType));
  for (const [depth, level] of groupLevels.entries()) {
    for (const { group } of level) if (group !== undefined) group.depth = depth;
  }
}
