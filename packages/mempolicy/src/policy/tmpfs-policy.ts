// The `mpol=` option of tmpfs: a policy as text, given to every file at its creation.
import { parseList } from '@forkless/bitmap';
import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import { type MemoryObject, Nodemask, noNodes } from '@forkless/mm';
import type { Numa } from '../numa.ts';
import { MPOL, MPOL_F_RELATIVE_NODES, MPOL_F_STATIC_NODES, type Mode } from '../uapi.ts';
import { newPolicy, type ModeAndFlags, type PolicyContext } from './new-policy.ts';
import { modeNames } from './policy-text.ts';
import { setSharedPolicy } from './shared-policy.ts';

/** A mount's policy, made for each file in the context of whoever creates it. */
export interface TmpfsPolicy {
  readonly split: ModeAndFlags;
  readonly nodes: Nodemask;
}

/** What the option says; null for `default`. EINVAL. @see mm/mempolicy.c, mpol_parse_str(), v6.12 */
export function parseTmpfsPolicy(numa: Numa, text: string): TmpfsPolicy | null | Refusal<'EINVAL'> {
  const colon = text.indexOf(':');
  const list = colon < 0 ? null : text.slice(colon + 1);
  const head = colon < 0 ? text : text.slice(0, colon);
  const equals = head.indexOf('=');
  const flagText = equals < 0 ? null : head.slice(equals + 1);
  const mode = modeNames.indexOf(equals < 0 ? head : head.slice(0, equals)) as Mode | -1;
  const given = list === null ? noNodes : parseNodes(numa, list);
  if (given === null) return refuse('EINVAL', 'no list of nodes with memory');
  if (mode === -1) return refuse('EINVAL', 'no such mode');
  if (mode === MPOL.DEFAULT)
    return list === null ? null : refuse('EINVAL', 'default takes no list');
  const misfit = refuseList(mode, list, given);
  if (misfit !== null) return misfit;
  const flags = flagsOf(flagText);
  if (flags === null) return refuse('EINVAL', 'no such flag');
  const isWalk = mode === MPOL.INTERLEAVE || mode === MPOL.WEIGHTED_INTERLEAVE;
  const nodes = isWalk && list === null ? numa.memory.memoryNodes : given;
  const context = { numa, mems: numa.memory.memoryNodes };
  const policy = newPolicy(context, { mode, flags }, nodes);
  return isRefusal(policy) ? policy : { split: { mode, flags }, nodes };
}

function parseNodes(numa: Numa, list: string): Nodemask | null {
  const parsed = parseList(list, numa.nodesMax);
  if (!parsed.ok) return null;
  const nodes = Nodemask.of(parsed.bitmap);
  return nodes.isSubsetOf(numa.memory.memoryNodes) ? nodes : null;
}

function refuseList(mode: Mode, list: string | null, nodes: Nodemask): Refusal<'EINVAL'> | null {
  switch (mode) {
    case MPOL.PREFERRED:
      return list === null || (/^[0-9]*$/.test(list) && nodes.count > 0)
        ? null
        : refuse('EINVAL', 'prefer takes one node');
    case MPOL.LOCAL:
      return list === null ? null : refuse('EINVAL', 'local takes no list');
    case MPOL.BIND:
    case MPOL.PREFERRED_MANY:
      return list === null ? refuse('EINVAL', 'the mode needs a list') : null;
    default:
      return null;
  }
}

function flagsOf(text: string | null): number | null {
  if (text === null) return 0;
  if (text === 'static') return MPOL_F_STATIC_NODES;
  return text === 'relative' ? MPOL_F_RELATIVE_NODES : null;
}

/** Gives a new file its mount's policy. @see mm/mempolicy.c, mpol_shared_policy_init(), v6.12 */
export function initSharedPolicy(
  object: MemoryObject,
  mount: TmpfsPolicy | null,
  creator: PolicyContext,
): void {
  if (mount === null) return;
  const policy = newPolicy(creator, mount.split, mount.nodes);
  if (policy === null || isRefusal(policy)) return;
  setSharedPolicy(object, 0, Number.MAX_SAFE_INTEGER, policy);
}
