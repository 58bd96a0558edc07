// The last steps of every tree, built or restricted: levels, numbers, totals.
import { connectLevels, dropIdenticalGroups, type Levels, numberGroups } from './levels.ts';
import { sumMemory, markSymmetric } from './totals.ts';
import type { TopologyObject } from './topology-object.ts';

/** Numbers a tree whose sets are in order and drops groups that add nothing. O(objects × levels). */
export function completeLevels(root: TopologyObject): Levels {
  const first = connectLevels(root);
  const levels = dropIdenticalGroups(first.normal) ? connectLevels(root) : first;
  sumMemory(root);
  markSymmetric(root);
  numberGroups(levels.normal);
  return levels;
}
