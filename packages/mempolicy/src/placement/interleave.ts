// Which node is next: by the place of a page in its mapping or file (static), or by a walk that the task
// takes through its nodes (dynamic), one page after the other or many at once.
import type { PolicyHolder } from '../holder.ts';
import type { Numa } from '../numa.ts';
import type { Mempolicy } from '../policy/mempolicy.ts';
import { MPOL } from '../uapi.ts';

/** `index` modulo `count`; in halves, because a remainder of doubles is slow. */
function remainder(index: number, count: number): number {
  if (count > 0x7fff) return index % count;
  const high = Math.floor(index / 0x2000000) | 0;
  const low = (index - high * 0x2000000) | 0;
  return (((high % count) * (0x2000000 % count) + low) % count) | 0;
}

/** The node of index `ilx` under INTERLEAVE. O(1). @see mm/mempolicy.c, interleave_nid(), v6.12 */
export function interleaveNode(policy: Mempolicy, ilx: number): number {
  const { members } = policy.nodes;
  return members[remainder(ilx, members.length)]!;
}

/** The node of index `ilx` under WEIGHTED_INTERLEAVE. O(1). @see weighted_interleave_nid(), v6.12 */
export function weightedNode(numa: Numa, policy: Mempolicy, ilx: number): number {
  const round = policy.weightRound(numa.weights);
  return round[remainder(ilx, round.length)]!;
}

/** The next node of the task's walk, without taking it: what get_mempolicy(MPOL_F_NODE) answers. */
export function peekNode(holder: PolicyHolder, policy: Mempolicy): number {
  const isWithin = policy.mode === MPOL.WEIGHTED_INTERLEAVE && holder.ilWeight > 0;
  return isWithin ? holder.ilPrev : policy.nodes.nextIn(holder.ilPrev);
}

/** Takes the next node of the task's walk. @see interleave_nodes(), weighted_interleave_nodes(), v6.12 */
export function walkNode(holder: PolicyHolder, policy: Mempolicy): number {
  if (policy.mode !== MPOL.WEIGHTED_INTERLEAVE) {
    holder.ilPrev = policy.nodes.nextIn(holder.ilPrev);
    return holder.ilPrev;
  }
  if (holder.ilWeight === 0 || !policy.nodes.has(holder.ilPrev)) {
    holder.ilPrev = policy.nodes.nextIn(holder.ilPrev);
    holder.ilWeight = policy.weightOf(holder.ilPrev, holder.numa.weights);
  }
  holder.ilWeight--;
  return holder.ilPrev;
}

/** How many pages of a bulk allocation (vmalloc) go to each node, in the order in which they are asked. */
export type BulkShares = readonly (readonly [node: number, pages: number])[];

/**
 * Shares `pageCount` pages out under the task's interleaving policy and moves its walk on.
 *
 * @see mm/mempolicy.c, alloc_pages_bulk_interleave(), alloc_pages_bulk_weighted_interleave(), v6.12
 *
 * MODEL: weights that were never written count 1; 6.12.117 reads uninitialised memory there.
 */
export function walkBulk(holder: PolicyHolder, policy: Mempolicy, pageCount: number): BulkShares {
  return policy.mode === MPOL.WEIGHTED_INTERLEAVE
    ? bulkWeighted(holder, policy, pageCount)
    : bulkEven(holder, policy, pageCount);
}

function bulkEven(holder: PolicyHolder, policy: Mempolicy, pageCount: number): BulkShares {
  const { count } = policy.nodes;
  const each = Math.floor(pageCount / count);
  const rest = pageCount % count;
  return Array.from(
    { length: count },
    (_, i) => [walkNode(holder, policy), each + (i < rest ? 1 : 0)] as const,
  );
}

function bulkWeighted(holder: PolicyHolder, policy: Mempolicy, pageCount: number): BulkShares {
  const { nodes } = policy;
  const weight = (node: number) => policy.weightOf(node, holder.numa.weights);
  const shares: [node: number, pages: number][] = [];
  let previous = holder.ilPrev;
  let rest = pageCount;
  if (holder.ilWeight > 0 && nodes.has(previous)) {
    const first = Math.min(rest, holder.ilWeight);
    shares.push([previous, first]);
    if (rest <= holder.ilWeight) {
      holder.ilWeight -= rest;
      return shares;
    }
    rest -= first;
  }
  const total = policy.weightRound(holder.numa.weights).length;
  const rounds = Math.floor(rest / total);
  let delta = rest % total;
  holder.ilPrev = nodes.nextIn(previous);
  holder.ilWeight = weight(holder.ilPrev);
  for (let i = 0; i < nodes.count; i++) {
    const node = nodes.nextIn(previous);
    let pages = weight(node) * rounds;
    if (delta > weight(node)) {
      pages += weight(node);
      delta -= weight(node);
    } else if (delta > 0) {
      pages += delta;
      holder.ilPrev = node;
      holder.ilWeight = weight(node) - delta;
      delta = 0;
    }
    if (pages === 0) break;
    shares.push([node, pages]);
    previous = node;
  }
  return shares;
}
