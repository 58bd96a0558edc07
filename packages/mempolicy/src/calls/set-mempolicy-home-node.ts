// set_mempolicy_home_node: where the policies of a range start looking for memory.
import { refuse, type Refusal } from '@forkless/errors';
import { isPageAligned } from '@forkless/mm';
import type { PolicyHolder } from '../holder.ts';
import type { Mempolicy } from '../policy/mempolicy.ts';
import { MPOL } from '../uapi.ts';
import { applyPolicy, wrappedRange } from './mbind.ts';

/** What set_mempolicy_home_node can refuse with. */
export type HomeNodeErrno = 'EINVAL' | 'ENOENT' | 'EOPNOTSUPP' | 'ENOMEM';

/** Whether a node may be a home node. */
export function isHomeNode(holder: PolicyHolder, node: number): boolean {
  return node >= 0 && node < holder.numa.nodesMax && holder.numa.memory.onlineNodes.has(node);
}

/**
 * Sets the home node of the policies in a range. After EOPNOTSUPP the mappings before the offending one
 * stay changed. @see mm/mempolicy.c, sys_set_mempolicy_home_node(), v6.12
 */
export function setMempolicyHomeNode(
  holder: PolicyHolder,
  start: number,
  length: number,
  homeNode: number,
  flags = 0,
): 0 | Refusal<HomeNodeErrno> {
  if (!isPageAligned(start)) return refuse('EINVAL', 'the address is not page aligned');
  if (flags !== 0) return refuse('EINVAL', 'flags are not 0');
  if (!isHomeNode(holder, homeNode)) return refuse('EINVAL', 'the node is not online');
  const range = wrappedRange(start, length);
  if (range === null) return refuse('EINVAL', 'the range wraps around');
  if (range.end === range.start) return 0;
  const mm = holder.mm!;
  let found = false;
  for (let at = range.start; at < range.end;) {
    const vma = mm.vmas.at(mm.vmas.indexAfter(at));
    if (vma === undefined || vma.start >= range.end) break;
    const from = Math.max(range.start, vma.start);
    at = Math.min(range.end, vma.end);
    const policy = vma.policy as Mempolicy | null;
    if (policy === null) continue;
    found = true;
    if (policy.mode !== MPOL.BIND && policy.mode !== MPOL.PREFERRED_MANY) {
      return refuse('EOPNOTSUPP', 'only BIND and PREFERRED_MANY have a home node');
    }
    const changed = policy.withHomeNode(homeNode);
    if (!applyPolicy(mm, { start: from, end: at }, changed)) {
      return refuse('ENOMEM', 'too many mappings');
    }
  }
  return found ? 0 : refuse('ENOENT', 'no mapping in the range has a policy');
}
