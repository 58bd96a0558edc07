// What happens to a policy when the nodes its task may use change: the cpuset was rewritten, or the task
// moved to another.
import type { Mm, Nodemask } from '@forkless/mm';
import { MPOL, MPOL_F_RELATIVE_NODES, MPOL_F_STATIC_NODES } from '../uapi.ts';
import { Mempolicy } from './mempolicy.ts';
import { relativeNodes, remapNodes } from './node-sets.ts';

/** The policy after the allowed nodes became `mems`. @see mm/mempolicy.c, mpol_rebind_policy(), v6.12 */
export function rebindPolicy(policy: Mempolicy, mems: Nodemask): Mempolicy {
  if (policy.mode === MPOL.LOCAL) return policy;
  if (!policy.storesUserMask && policy.remembered.equals(mems)) return policy;
  if (policy.mode === MPOL.PREFERRED || policy.mode === MPOL.PREFERRED_MANY) {
    return policy.withNodes(policy.nodes, mems);
  }
  const nodes = reboundNodes(policy, mems);
  const isKept = (policy.flags & (MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES)) !== 0;
  return policy.withNodes(nodes.count === 0 ? mems : nodes, isKept ? policy.remembered : mems);
}

function reboundNodes(policy: Mempolicy, mems: Nodemask): Nodemask {
  if (policy.flags & MPOL_F_STATIC_NODES) return policy.remembered.and(mems);
  if (policy.flags & MPOL_F_RELATIVE_NODES) return relativeNodes(policy.remembered, mems);
  return remapNodes(policy.nodes, policy.remembered, mems);
}

/** Rebinds the policy of every mapping; mappings do not merge over it. @see mpol_rebind_mm(), v6.12 */
export function rebindMm(mm: Mm, mems: Nodemask): void {
  for (const vma of mm.vmas) {
    if (vma.policy instanceof Mempolicy) vma.policy = rebindPolicy(vma.policy, mems);
  }
}
