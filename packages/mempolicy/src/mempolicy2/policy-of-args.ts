// From the struct to a policy: its masks and weights are read, its mode and flags checked as the old calls
// do, from fields of their own.
import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import { Nodemask, noNodes } from '@forkless/mm';
import type { PolicyHolder } from '../holder.ts';
import { Mempolicy } from '../policy/mempolicy.ts';
import { checkMode, newPolicy, type ModeAndFlags } from '../policy/new-policy.ts';
import { MPOL, MPOL_MODE_FLAGS } from '../uapi.ts';
import type { Dialect } from './dialect.ts';
import type { MpolArgs } from './mpol-args.ts';
import { bitmapNodes, type UserMemory } from './user-memory.ts';

/** What the struct asks for, read and checked up to the point where the task's nodes come in. */
export interface WantedPolicy {
  readonly split: ModeAndFlags;
  readonly mask: Nodemask;
  /** The caller's weights by node, null for none. */
  readonly weights: Uint8Array | null;
}

/** What reading a policy can refuse with. */
export type WantedErrno = 'EINVAL' | 'EFAULT';

/** Reads mode, mask and weights. */
export function readWanted(
  holder: PolicyHolder,
  user: UserMemory,
  args: MpolArgs,
  dialect: Dialect,
): WantedPolicy | Refusal<WantedErrno> {
  if (args.modeFlags & ~MPOL_MODE_FLAGS) return refuse('EINVAL', 'unknown mode flags');
  const split = checkMode(args.mode, args.modeFlags);
  if (isRefusal(split)) return split;
  const mask = readMask(holder, user, args);
  if (isRefusal(mask)) return mask;
  if (args.ilWeights === 0) return { split, mask, weights: null };
  const isExtended = dialect.interleaveTakesWeights && split.mode === MPOL.INTERLEAVE;
  if (split.mode !== MPOL.WEIGHTED_INTERLEAVE && !isExtended) {
    return refuse('EINVAL', 'weights go with weighted interleaving');
  }
  const weights = user.read(args.ilWeights, args.polMaxnodes);
  if (weights === null) return refuse('EFAULT', 'the weights cannot be read');
  const weighted = { ...split, mode: MPOL.WEIGHTED_INTERLEAVE };
  return { split: weighted, mask, weights };
}

function readMask(
  holder: PolicyHolder,
  user: UserMemory,
  { polNodes, polMaxnodes }: MpolArgs,
): Nodemask | Refusal<WantedErrno> {
  if (polNodes === 0 || polMaxnodes === 0) return noNodes;
  const bytes = user.read(polNodes, Math.ceil(polMaxnodes / 64) * 8);
  if (bytes === null) return refuse('EFAULT', 'the mask cannot be read');
  const nodes = bitmapNodes(bytes, polMaxnodes);
  return nodes.some((node) => node >= holder.numa.nodesMax)
    ? refuse('EINVAL', 'a node beyond MAX_NUMNODES')
    : Nodemask.of(nodes);
}

/** The policy for a task, or null for DEFAULT. EINVAL. */
export function wantedPolicy(
  holder: PolicyHolder,
  { split, mask, weights }: WantedPolicy,
): Mempolicy | null | Refusal<'EINVAL'> {
  const policy = newPolicy(holder, split, mask);
  if (policy === null || isRefusal(policy) || weights === null) return policy;
  return withWeights(holder, policy, mask, weights);
}

/** A weight of 0 and that of a node outside the mask are the global ones of this moment, for good. */
export function withWeights(
  { numa }: PolicyHolder,
  policy: Mempolicy,
  mask: Nodemask,
  weights: Uint8Array,
): Mempolicy {
  const own = Uint8Array.from({ length: numa.nodeIdCount }, (_, node) => {
    const given = mask.has(node) ? (weights[node] ?? 0) : 0;
    return given === 0 ? numa.weights.weight(node) : given;
  });
  return new Mempolicy({ ...policy.parts, weights: own });
}
