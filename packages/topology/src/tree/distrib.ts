// Spreading n tasks over a machine: as far apart as the tree allows, by weight of CPUs.
import type { Bitmap } from '@forkless/bitmap';
import type { ObjectTree } from './object-tree.ts';
import type { TopologyObject } from './topology-object.ts';

/**
 * `count` CPU sets, one a task, in logical order. O(objects + count).
 *
 * @see hwloc 2.9.0, include/hwloc/helper.h, hwloc_distrib()
 */
export function distrib({ root }: ObjectTree, count: number): Bitmap[] {
  const sets: Bitmap[] = [];
  spread([root], count, sets);
  return sets;
}

function spread(roots: readonly TopologyObject[], count: number, sets: Bitmap[]): void {
  const weights = roots.map(({ cpuset }) => cpuset.weight());
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  let before = 0;
  let given = 0;
  for (const [i, object] of roots.entries()) {
    const weight = weights[i]!;
    if (weight === 0) continue;
    const until = Math.ceil(((before + weight) * count) / total);
    const chunk = until - given;
    if (chunk > 1 && object.children.length > 0) spread(object.children, chunk, sets);
    else if (chunk > 0) for (let n = 0; n < chunk; n++) sets.push(object.cpuset.clone());
    else if (sets.length > 0) sets.at(-1)!.or(sets.at(-1)!, object.cpuset);
    before += weight;
    given = until;
  }
}
