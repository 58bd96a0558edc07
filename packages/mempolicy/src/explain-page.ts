// Which rule sends a page to its node: whose policy counts, what its mode makes of the page's place, and
// what became of it when nodes were full or forbidden.
import { refuse, type Refusal } from '@forkless/errors';
import { PAGE_SIZE, type Vma } from '@forkless/mm';
import { mappedNode } from './calls/get-mempolicy.ts';
import { localNode, type PolicyHolder } from './holder.ts';
import { interleaveIndex, policyAt } from './placement/policy-placer.ts';
import { confinement, NO_INTERLEAVE_INDEX, startNode, takePage } from './placement/take-page.ts';
import type { Mempolicy } from './policy/mempolicy.ts';
import { nodesText, policyText } from './policy/policy-text.ts';
import { MPOL } from './uapi.ts';

/** Why a page goes where it goes. */
export interface PageExplanation {
  /** The node a page at the address would be allocated on now; −1 when the policy leaves none. */
  readonly node: number;
  /** The node of the page that is there already, null if there is none. */
  readonly presentNode: number | null;
  /** Whose policy counts. */
  readonly source: 'mapping' | 'shared memory' | 'task' | 'default';
  /** That policy, as numa_maps prints it. */
  readonly policy: string;
  /** The interleave index, null where none is used. */
  readonly index: number | null;
  /** The nodes that are tried, in order. */
  readonly order: readonly number[];
  /** One sentence. */
  readonly rule: string;
}

/** Names the rule that chooses the node of the page at an address. EFAULT where nothing is mapped. */
export function explainPage(
  holder: PolicyHolder,
  address: number,
): PageExplanation | Refusal<'EFAULT'> {
  const vma = holder.mm?.vmas.lookup(address);
  if (vma === undefined) return refuse('EFAULT', 'nothing is mapped there');
  const { policy, source } = policyOf(holder, vma, address);
  const isPageCache = vma.object?.kind === 'page-cache';
  const ilx = isPageCache
    ? NO_INTERLEAVE_INDEX
    : interleaveIndex(vma, Math.floor(address / PAGE_SIZE), 1);
  const { ilPrev, ilWeight } = holder;
  const start = startNode(holder, policy, ilx);
  Object.assign(holder, { ilPrev, ilWeight });
  const node = takePage(holder, policy, ilx);
  Object.assign(holder, { ilPrev, ilWeight });
  const { memory } = holder.numa;
  if (node >= 0) memory.zones.give(node, 1);
  const nodes = policy?.mode === MPOL.PREFERRED_MANY ? null : confinement(holder, policy);
  const order = memory
    .fallbackOrder(start)
    .filter((one) => holder.mems.has(one) && (nodes?.has(one) ?? true));
  const isWalk = policy?.mode === MPOL.INTERLEAVE || policy?.mode === MPOL.WEIGHTED_INTERLEAVE;
  return {
    node,
    presentNode: mappedNode(holder, address) ?? null,
    source,
    policy: policyText(policy),
    index: isWalk && ilx !== NO_INTERLEAVE_INDEX ? ilx : null,
    order,
    rule: `${ruleOf(holder, policy, ilx, start)}${detourOf(meantNode(holder, policy, start), node)}.`,
  };
}

function policyOf(
  holder: PolicyHolder,
  vma: Vma,
  address: number,
): Pick<PageExplanation, 'source'> & { readonly policy: Mempolicy | null } {
  const own = vma.object?.kind === 'page-cache' && !vma.isPrivate ? null : policyAt(vma, address);
  if (own !== null) {
    return { policy: own, source: vma.object?.kind === 'shmem' ? 'shared memory' : 'mapping' };
  }
  return { policy: holder.policy, source: holder.policy === null ? 'default' : 'task' };
}

function ruleOf(
  holder: PolicyHolder,
  policy: Mempolicy | null,
  ilx: number,
  start: number,
): string {
  if (policy === null || policy.mode === MPOL.LOCAL) {
    return `near the CPU: CPU ${holder.cpu} is on node ${start}`;
  }
  const nodes = nodesText(policy.nodes);
  switch (policy.mode) {
    case MPOL.PREFERRED:
      return `node ${start} is preferred`;
    case MPOL.INTERLEAVE:
    case MPOL.WEIGHTED_INTERLEAVE:
      return walkRule(holder, policy, ilx, start);
    default: {
      const from =
        policy.homeNode < 0
          ? `CPU ${holder.cpu} on node ${localNode(holder)}`
          : `home node ${policy.homeNode}`;
      return `of nodes ${nodes} the first in the order of ${from}`;
    }
  }
}

function walkRule({ numa }: PolicyHolder, policy: Mempolicy, ilx: number, start: number): string {
  if (ilx === NO_INTERLEAVE_INDEX) return `node ${start} is next on the task's own walk`;
  if (policy.mode === MPOL.INTERLEAVE) {
    const { count } = policy.nodes;
    return `index ${ilx} modulo ${count} nodes is ${ilx % count}: node ${start} of ${nodesText(policy.nodes)}`;
  }
  const total = policy.weightRound(numa.weights).length;
  const weights = policy.nodes.members.map(
    (node) => `node ${node} × ${policy.weightOf(node, numa.weights)}`,
  );
  return `index ${ilx} modulo total weight ${total} is ${ilx % total}: node ${start} of ${weights.join(', ')}`;
}

/** The node the policy means, before anything is full. */
function meantNode(holder: PolicyHolder, policy: Mempolicy | null, start: number): number {
  if (policy?.mode !== MPOL.BIND && policy?.mode !== MPOL.PREFERRED_MANY) return start;
  const order = holder.numa.memory.fallbackOrder(start);
  return order.find((node) => policy.nodes.has(node)) ?? start;
}

function detourOf(meant: number, node: number): string {
  if (node < 0) return '; no node it may use has memory left, so the task is killed';
  if (node === meant) return '';
  return `; node ${meant} has no memory, is full or not allowed, and node ${node} follows in its fallback order`;
}
