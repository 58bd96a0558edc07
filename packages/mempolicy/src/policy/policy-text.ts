// A policy as numa_maps and the tmpfs option print it.
import { Bitmap, formatList } from '@forkless/bitmap';
import type { Nodemask } from '@forkless/mm';
import { MPOL_F_NUMA_BALANCING, MPOL_F_RELATIVE_NODES, MPOL_F_STATIC_NODES } from '../uapi.ts';
import type { Mempolicy } from './mempolicy.ts';

/** The names of the modes, by number. @see mm/mempolicy.c, policy_modes, v6.12 */
export const modeNames: readonly string[] = [
  'default',
  'prefer',
  'bind',
  'interleave',
  'local',
  'prefer (many)',
  'weighted interleave',
];

/** A set of nodes as the kernel lists them: `0-2,5`. */
export function nodesText(nodes: Nodemask): string {
  const width = (nodes.members.at(-1) ?? 0) + 1;
  return formatList(Bitmap.of(width, nodes.members));
}

/** A policy as text, null being the default. @see mm/mempolicy.c, mpol_to_str(), v6.12 */
export function policyText(policy: Mempolicy | null): string {
  if (policy === null) return 'default';
  const flags = flagNames(policy.flags).join('|');
  const nodes = policy.nodes.count === 0 ? '' : `:${nodesText(policy.nodes)}`;
  return `${modeNames[policy.mode]!}${flags === '' ? '' : `=${flags}`}${nodes}`;
}

function flagNames(flags: number): string[] {
  return [
    ...(flags & MPOL_F_STATIC_NODES ? ['static'] : []),
    ...(flags & MPOL_F_RELATIVE_NODES ? ['relative'] : []),
    ...(flags & MPOL_F_NUMA_BALANCING ? ['balancing'] : []),
  ];
}
