// From a policy to a node that has memory: where the search starts, which nodes it may use, and what it
// does when they are full.
import { GFP, type Nodemask } from '@forkless/mm';
import { localNode, type PolicyHolder } from '../holder.ts';
import type { Mempolicy } from '../policy/mempolicy.ts';
import { MPOL } from '../uapi.ts';
import { interleaveNode, walkNode, weightedNode } from './interleave.ts';

/** Instead of an index: the page belongs to no mapping, the task's walk says the node. */
export const NO_INTERLEAVE_INDEX = -1;

/** The node whose fallback order is searched. @see mm/mempolicy.c, policy_nodemask(), v6.12 */
export function startNode(holder: PolicyHolder, policy: Mempolicy | null, ilx: number): number {
  // A rebind to no nodes at all can leave a walk without any.
  if (policy === null || policy.nodes.count === 0) return homeOf(holder, policy);
  switch (policy.mode) {
    case MPOL.PREFERRED:
      return policy.nodes.first;
    case MPOL.INTERLEAVE:
      return ilx === NO_INTERLEAVE_INDEX ? walkNode(holder, policy) : interleaveNode(policy, ilx);
    case MPOL.WEIGHTED_INTERLEAVE:
      return ilx === NO_INTERLEAVE_INDEX
        ? walkNode(holder, policy)
        : weightedNode(holder.numa, policy, ilx);
    default:
      return homeOf(holder, policy);
  }
}

/** The home node if there is one, else the node of the CPU. */
function homeOf(holder: PolicyHolder, policy: Mempolicy | null): number {
  return policy === null || policy.homeNode < 0 ? localNode(holder) : policy.homeNode;
}

/** The nodes the search is confined to, null for all. @see policy_nodemask(), v6.12 */
export function confinement(holder: PolicyHolder, policy: Mempolicy | null): Nodemask | null {
  if (policy === null) return null;
  if (policy.mode === MPOL.PREFERRED_MANY) return policy.nodes;
  return policy.mode === MPOL.BIND && policy.meets(holder.mems) ? policy.nodes : null;
}

/**
 * Takes memory for one page, or for 512 in one, and returns the node; −1 when the policy leaves none.
 * O(nodes) at worst, O(1) while the first node has room.
 *
 * @see mm/mempolicy.c, alloc_pages_mpol(), alloc_pages_preferred_many(), v6.12
 */
export function takePage(
  holder: PolicyHolder,
  policy: Mempolicy | null,
  ilx: number,
  pages = 1,
): number {
  const { mems, numa } = holder;
  const { memory } = numa;
  const { zones } = memory;
  const start = startNode(holder, policy, ilx);
  const order = memory.fallbackOrder(start);
  if (pages > 1) {
    const here = takeHugeHere(holder, policy, start, ilx, pages);
    if (here >= 0) return here;
  }
  if (policy === null) return zones.take(order, null, mems, pages);
  if (policy.mode === MPOL.PREFERRED_MANY) {
    const preferred = zones.take(policy.orderFrom(start, memory), null, mems, pages);
    return preferred >= 0 ? preferred : zones.take(order, null, mems, pages);
  }
  const isConfined = policy.mode === MPOL.BIND && policy.meets(mems);
  return zones.take(isConfined ? policy.orderFrom(start, memory) : order, null, mems, pages);
}

/**
 * A huge page is tried on the first node alone, unless the mode walks or has no use for that node.
 *
 * @see mm/mempolicy.c, alloc_pages_mpol(), v6.12
 */
function takeHugeHere(
  holder: PolicyHolder,
  policy: Mempolicy | null,
  start: number,
  ilx: number,
  pages: number,
): number {
  const isWalk = policy?.mode === MPOL.INTERLEAVE || policy?.mode === MPOL.WEIGHTED_INTERLEAVE;
  if (isWalk || policy?.mode === MPOL.PREFERRED_MANY || ilx === NO_INTERLEAVE_INDEX) return -1;
  if (confinement(holder, policy)?.has(start) === false) return -1;
  const { zones } = holder.numa.memory;
  return zones.take([start], null, holder.mems, pages, GFP.THISNODE);
}
