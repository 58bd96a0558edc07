// Groups that the distances suggest: objects that are nearest neighbours of each other, directly or
// through others, form a group, and groups of groups likewise, until a round finds nothing.
import { Bitmap } from '@forkless/bitmap';
import { DISTANCE_KIND, type DistanceMatrix } from './distance-matrix.ts';
import { createObject, GROUP_KIND, type TopologyObject } from './topology-object.ts';

/** Inserts a group and answers the object that now stands for it, or undefined if it cannot. */
type InsertGroup = (group: TopologyObject) => TopologyObject | undefined;

/**
 * Inserts the groups that a latency matrix suggests. Only symmetric matrices whose diagonal is
 * strictly smallest are believed. O(objects³) at worst.
 *
 * @see hwloc 2.9.0, hwloc/distances.c, hwloc__groups_by_distances()
 */
export function groupByDistances(
  matrix: DistanceMatrix,
  firstSubkind: number,
  insert: InsertGroup,
): void {
  if ((matrix.kind & DISTANCE_KIND.meansLatency) === 0 || !isBelievable(matrix)) return;
  let { objects, values } = matrix;
  for (let subkind = firstSubkind; objects.length > 2; subkind++) {
    const groupOf = nearestGroups(objects.length, values);
    const count = Math.max(0, ...groupOf);
    if (count === 0) return;
    const groups = Array.from({ length: count }, (_, id) =>
      insert(groupObject(objects, groupOf, id + 1, subkind)),
    );
    if (groups.includes(undefined)) return;
    values = meansBetween(groupOf, count, values);
    objects = groups as TopologyObject[];
  }
}

function isBelievable({ objects, values }: DistanceMatrix): boolean {
  const width = objects.length;
  for (let i = 0; i < width; i++) {
    for (let j = i + 1; j < width; j++) {
      const value = values[i * width + j]!;
      if (value !== values[j * width + i] || value <= values[i * width + i]!) return false;
    }
  }
  return true;
}

/** The number of each object's group, from 1, and 0 for an object that joins none. */
function nearestGroups(width: number, values: readonly number[]): number[] {
  const nearest = Math.min(
    ...values.filter((_, cell) => Math.floor(cell / width) !== cell % width),
  );
  const groupOf = Array.from<number>({ length: width }).fill(0);
  let id = 1;
  let alone = 0;
  for (let first = 0; first < width; first++) {
    if (groupOf[first] !== 0) continue;
    const members = [first];
    groupOf[first] = id;
    for (const member of members) {
      for (let other = 0; other < width; other++) {
        if (groupOf[other] !== 0 || values[member * width + other] !== nearest) continue;
        groupOf[other] = id;
        members.push(other);
      }
    }
    if (members.length > 1) id++;
    else {
      groupOf[first] = 0;
      alone++;
    }
  }
  const onlyOneOfAll = id === 2 && alone === 0;
  return onlyOneOfAll ? groupOf.fill(0) : groupOf;
}

function groupObject(
  objects: readonly TopologyObject[],
  groupOf: readonly number[],
  id: number,
  subkind: number,
): TopologyObject {
  const members = objects.filter((_, i) => groupOf[i] === id);
  const union = (pick: (object: TopologyObject) => Bitmap | undefined) => {
    const sets = members.map(pick).filter((set) => set !== undefined);
    if (sets.length === 0) return undefined;
    const whole = new Bitmap(sets[0]!.nbits);
    for (const set of sets) whole.or(whole, set);
    return whole;
  };
  const group = createObject(
    'Group',
    -1,
    union(({ cpuset }) => cpuset)!,
  );
  group.completeCpuset = union(({ completeCpuset }) => completeCpuset);
  group.nodeset = union(({ nodeset }) => nodeset);
  group.completeNodeset = union(({ completeNodeset }) => completeNodeset);
  group.group = { kind: GROUP_KIND.distance, subkind, dontMerge: false, depth: -1 };
  return group;
}

/** Mean distance between the members of each two groups, rounded down. */
function meansBetween(
  groupOf: readonly number[],
  count: number,
  values: readonly number[],
): number[] {
  const width = groupOf.length;
  const sums = Array.from<number>({ length: count * count }).fill(0);
  const sizes = Array.from<number>({ length: count }).fill(0);
  for (const id of groupOf) if (id > 0) sizes[id - 1]!++;
  for (const [cell, value] of values.entries()) {
    const from = groupOf[Math.floor(cell / width)]! - 1;
    const to = groupOf[cell % width]! - 1;
    if (from >= 0 && to >= 0) sums[from * count + to]! += value;
  }
  return sums.map((sum, cell) =>
    Math.floor(sum / (sizes[Math.floor(cell / count)]! * sizes[cell % count]!)),
  );
}
