// set_mempolicy: the policy of the calling task.
import { isRefusal, type Refusal } from '@forkless/errors';
import type { PolicyHolder } from '../holder.ts';
import { newPolicy, readNodemask, splitMode } from '../policy/new-policy.ts';
import type { Mempolicy } from '../policy/mempolicy.ts';
import { MPOL, type NodemaskArgument } from '../uapi.ts';

/** Sets the policy of a task. EINVAL, EFAULT. @see mm/mempolicy.c, kernel_set_mempolicy(), v6.12 */
export function setMempolicy(
  holder: PolicyHolder,
  mode: number | bigint,
  nodemask: NodemaskArgument = null,
  maxnode = 0,
): 0 | Refusal<'EINVAL' | 'EFAULT'> {
  const split = splitMode(mode);
  if (isRefusal(split)) return split;
  const mask = readNodemask(holder.numa, nodemask, maxnode);
  if (isRefusal(mask)) return mask;
  const policy = newPolicy(holder, split, mask);
  if (isRefusal(policy)) return policy;
  installPolicy(holder, policy);
  return 0;
}

/** Puts a policy into force; an interleaving walk begins anew. @see do_set_mempolicy(), v6.12 */
export function installPolicy(holder: PolicyHolder, policy: Mempolicy | null): void {
  holder.policy = policy;
  if (policy?.mode !== MPOL.INTERLEAVE && policy?.mode !== MPOL.WEIGHTED_INTERLEAVE) return;
  holder.ilPrev = holder.numa.nodesMax - 1;
  holder.ilWeight = 0;
}
