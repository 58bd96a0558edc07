// The kernel's node states, as sysfs lists them.
import type { Bitmap } from '@forkless/bitmap';
import { ID_MAX } from '../machine/bounds.ts';
import { FileMap, type SysfsFiles } from './file-map.ts';
import { NODE_ROOT, readNodeIds } from './kernel-nodes.ts';

/** States that have a file. @see include/linux/nodemask.h, enum node_states, v6.12 */
export const NODE_STATES = [
  'possible',
  'online',
  'has_normal_memory',
  'has_memory',
  'has_cpu',
  'has_generic_initiator',
] as const;

/** Nodes by state; a state without a file is absent. */
export type NodeStates = Partial<Record<(typeof NODE_STATES)[number], Bitmap>>;

/** The nodes in each state that the kernel tells. O(files). */
export function readNodeStates(from: SysfsFiles): NodeStates {
  const files = new FileMap(from);
  const highest = Math.max(0, ...readNodeIds(files));
  const sets = NODE_STATES.map(
    (state) => [state, files.list(`${NODE_ROOT}/${state}`, ID_MAX + 1)] as const,
  );
  const width =
    Math.max(highest, ...sets.map(([, set]) => ((set?.isEmpty() ?? true) ? 0 : set!.last()))) + 1;
  return Object.fromEntries(
    sets.flatMap(([state, set]) => (set === undefined ? [] : [[state, set.resized(width)]])),
  );
}
