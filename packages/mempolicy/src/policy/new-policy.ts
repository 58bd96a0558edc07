// How a call's mode, flags and mask become a policy, with every refusal in the kernel's order.
import { refuse, type Refusal } from '@forkless/errors';
import { Nodemask, noNodes } from '@forkless/mm';
import type { Numa } from '../numa.ts';
import {
  BAD_POINTER,
  MPOL,
  MPOL_F_NUMA_BALANCING,
  MPOL_F_RELATIVE_NODES,
  MPOL_F_STATIC_NODES,
  MPOL_MAX,
  MPOL_MODE_FLAGS,
  type Mode,
  type NodemaskArgument,
} from '../uapi.ts';
import { Mempolicy } from './mempolicy.ts';
import { relativeNodes } from './node-sets.ts';

/** A mode apart from its flags. */
export interface ModeAndFlags {
  readonly mode: Mode;
  readonly flags: number;
}

/** Bits of a page: the widest mask a call may pass is one page long. */
const MASK_BITS_MAX = 4096 * 8;

/** Takes a mode word apart; it is narrowed to 32 bits. EINVAL. @see sanitize_mpol_flags(), v6.12 */
export function splitMode(word: number | bigint): ModeAndFlags | Refusal<'EINVAL'> {
  const narrow = Number(BigInt.asIntN(32, BigInt(word)));
  return checkMode(narrow & ~MPOL_MODE_FLAGS, narrow & MPOL_MODE_FLAGS);
}

/** Checks a mode against its flags. EINVAL. */
export function checkMode(mode: number, flags: number): ModeAndFlags | Refusal<'EINVAL'> {
  if (mode < 0 || mode >= MPOL_MAX) return refuse('EINVAL', 'there is no such mode');
  if (flags & MPOL_F_STATIC_NODES && flags & MPOL_F_RELATIVE_NODES) {
    return refuse('EINVAL', 'a mask is static or relative, not both');
  }
  const isBalanced = mode === MPOL.BIND || mode === MPOL.PREFERRED_MANY;
  if (flags & MPOL_F_NUMA_BALANCING && !isBalanced) {
    return refuse('EINVAL', 'NUMA balancing goes with BIND and PREFERRED_MANY alone');
  }
  return { mode: mode as Mode, flags };
}

/** Reads a mask of maxnode − 1 bits from the caller. EINVAL, EFAULT. @see get_nodes(), v6.12 */
export function readNodemask(
  numa: Numa,
  mask: NodemaskArgument,
  maxnode: number,
): Nodemask | Refusal<'EINVAL' | 'EFAULT'> {
  // maxnode 0 wraps around to the widest number there is.
  const bits = maxnode === 0 ? Number.POSITIVE_INFINITY : maxnode - 1;
  if (bits === 0 || mask === null) return noNodes;
  if (bits > MASK_BITS_MAX) return refuse('EINVAL', 'the mask is wider than a page');
  if (mask === BAD_POINTER) return refuse('EFAULT', 'the mask cannot be read');
  const given = mask.filter((node) => node < bits);
  return given.some((node) => node >= numa.nodesMax)
    ? refuse('EINVAL', 'a node beyond MAX_NUMNODES')
    : Nodemask.of(given);
}

/** Whose nodes a policy is made for. */
export interface PolicyContext {
  readonly numa: Numa;
  /** The task's mems_allowed. */
  readonly mems: Nodemask;
}

/** A policy, or null for DEFAULT. EINVAL. @see mpol_new(), mpol_set_nodemask(), v6.12 */
export function newPolicy(
  context: PolicyContext,
  { mode, flags }: ModeAndFlags,
  mask: Nodemask,
): Mempolicy | null | Refusal<'EINVAL'> {
  const fixed = flags & (MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES);
  if (mode === MPOL.DEFAULT) {
    return mask.count > 0 ? refuse('EINVAL', 'DEFAULT takes no nodes') : null;
  }
  const isLocal = mode === MPOL.LOCAL || (mode === MPOL.PREFERRED && mask.count === 0);
  if (isLocal) {
    if (mask.count > 0) return refuse('EINVAL', 'LOCAL takes no nodes');
    if (fixed) return refuse('EINVAL', 'LOCAL takes no mode flags');
    return new Mempolicy({ mode: MPOL.LOCAL, flags, nodes: noNodes, remembered: noNodes });
  }
  if (mask.count === 0) return refuse('EINVAL', 'the mode needs nodes');
  const allowed = context.mems.and(context.numa.memory.memoryNodes);
  const effective =
    flags & MPOL_F_RELATIVE_NODES ? relativeNodes(mask, allowed) : mask.and(allowed);
  if (effective.count === 0) return refuse('EINVAL', 'none of the nodes is allowed and has memory');
  return new Mempolicy({
    mode,
    flags,
    nodes: mode === MPOL.PREFERRED ? Nodemask.of([effective.first]) : effective,
    remembered: flags & MPOL_MODE_FLAGS ? mask : context.mems,
  });
}
