// What the get calls put into the struct and into what it points to.
import { refuse, type Refusal } from '@forkless/errors';
import { touch } from '@forkless/mm';
import { mappedNode } from '../calls/get-mempolicy.ts';
import type { PolicyHolder } from '../holder.ts';
import { peekNode } from '../placement/interleave.ts';
import { policyAt, PolicyPlacer } from '../placement/policy-placer.ts';
import type { Mempolicy } from '../policy/mempolicy.ts';
import { MPOL, NUMA_NO_NODE } from '../uapi.ts';
import type { Dialect } from './dialect.ts';
import { copyArgsBack, type ArgsPointer, type MpolArgs } from './mpol-args.ts';
import { bitmapBytes, type UserMemory } from './user-memory.ts';

/** What answering can refuse with. */
export type AnswerErrno = 'EINVAL' | 'EFAULT';

/** What is to be told. */
export interface PolicyAnswer {
  readonly policy: Mempolicy | null;
  readonly policyNode: number;
  readonly vmaNode: number;
}

/** The task's policy and the next node of its walk. */
export function answerTask(holder: PolicyHolder): PolicyAnswer {
  const { policy } = holder;
  const isWalk = policy?.mode === MPOL.INTERLEAVE || policy?.mode === MPOL.WEIGHTED_INTERLEAVE;
  const policyNode = isWalk ? peekNode(holder, policy) : NUMA_NO_NODE;
  return { policy, policyNode, vmaNode: NUMA_NO_NODE };
}

/** The policy of what is mapped at an address, and the node of the page there. EFAULT. */
export function answerVma(
  holder: PolicyHolder,
  address: number,
  { faultsIn }: Dialect,
): PolicyAnswer | Refusal<AnswerErrno> {
  const vma = holder.mm?.vmas.lookup(address);
  if (vma === undefined) return refuse('EFAULT', 'nothing is mapped there');
  if (faultsIn && touch(holder.mm!, address, 'read', new PolicyPlacer(holder)) !== 'ok') {
    return refuse('EFAULT', 'the page cannot be read');
  }
  return {
    policy: policyAt(vma, address),
    policyNode: NUMA_NO_NODE,
    vmaNode: mappedNode(holder, address) ?? NUMA_NO_NODE,
  };
}

/** Writes an answer: the masks and weights that are wanted, then the struct. EINVAL, EFAULT. */
export function writeAnswer(
  user: UserMemory,
  { pointer, usize }: ArgsPointer,
  args: MpolArgs,
  { policy, policyNode, vmaNode }: PolicyAnswer,
  { holder, dialect }: { readonly holder: PolicyHolder; readonly dialect: Dialect },
): 0 | Refusal<AnswerErrno> {
  const { nodeIdCount } = holder.numa;
  const masks: readonly (readonly [pointer: number, bits: number, nodes: readonly number[]])[] = [
    [args.polNodes, args.polMaxnodes, policy?.shownNodes.members ?? []],
    [args.memsAllowed, args.memsMaxnodes, holder.mems.members],
  ];
  for (const [at, bits] of masks) {
    if (at !== 0 && bits < nodeIdCount) {
      return refuse('EINVAL', 'the mask has no room for every possible node');
    }
  }
  for (const [at, bits, nodes] of masks) {
    if (at !== 0 && !user.write(at, bitmapBytes(nodes, bits))) {
      return refuse('EFAULT', 'a mask cannot be written');
    }
  }
  if (policy?.mode === MPOL.WEIGHTED_INTERLEAVE && args.ilWeights !== 0) {
    if (!user.write(args.ilWeights, weightsOf(holder, policy, args.polMaxnodes))) {
      return refuse('EFAULT', 'the weights cannot be written');
    }
  }
  const told: MpolArgs = {
    ...args,
    mode: policy?.mode ?? MPOL.DEFAULT,
    modeFlags: policy?.flags ?? 0,
    homeNode: policy?.homeNode ?? NUMA_NO_NODE,
    policyNode,
    vmaNode,
  };
  return copyArgsBack(user, pointer, usize, told, dialect)
    ? 0
    : refuse('EFAULT', 'the struct cannot be written');
}

/** The weights in force of all possible nodes. */
function weightsOf({ numa }: PolicyHolder, policy: Mempolicy, bits: number): Uint8Array {
  return Uint8Array.from({ length: bits }, (_, node) =>
    node < numa.nodeIdCount ? policy.weightOf(node, numa.weights) : 0,
  );
}
