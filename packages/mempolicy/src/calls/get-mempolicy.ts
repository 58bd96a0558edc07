// get_mempolicy: four questions in one call, told apart by flags.
import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import { Nodemask, noNodes, PTE, touch } from '@forkless/mm';
import type { PolicyHolder } from '../holder.ts';
import { peekNode } from '../placement/interleave.ts';
import { policyAt, PolicyPlacer } from '../placement/policy-placer.ts';
import type { Mempolicy } from '../policy/mempolicy.ts';
import { BAD_POINTER, MPOL, MPOL_F_ADDR, MPOL_F_MEMS_ALLOWED, MPOL_F_NODE } from '../uapi.ts';

/** What get_mempolicy is asked. */
export interface GetMempolicyRequest {
  /** Whether the policy word is wanted. */
  readonly policy?: boolean | typeof BAD_POINTER;
  /** Whether the mask is wanted. */
  readonly nodemask?: boolean | typeof BAD_POINTER;
  readonly maxnode?: number;
  readonly address?: number;
  /** MPOL_F_NODE, MPOL_F_ADDR, MPOL_F_MEMS_ALLOWED. */
  readonly flags?: number;
}

/** What the caller's variables hold afterwards; absent where nothing was written. */
export interface GetMempolicyAnswer {
  /** Mode and mode flags, or a node. */
  readonly policy?: number;
  readonly nodemask?: readonly number[];
  /** Bytes of the mask that were written. */
  readonly maskBytes?: number;
}

/** A refusal, after which the policy word may be written already. */
export type GetMempolicyRefusal = Refusal<'EINVAL' | 'EFAULT'> & GetMempolicyAnswer;

/** Answers about a task's or an address's policy. @see kernel_get_mempolicy(), v6.12 */
export function getMempolicy(
  holder: PolicyHolder,
  request: GetMempolicyRequest = {},
): GetMempolicyAnswer | GetMempolicyRefusal {
  const { maxnode = 0 } = request;
  const wantsMask = (request.nodemask ?? false) !== false;
  if (wantsMask && maxnode < holder.numa.nodeIdCount) {
    return refuse('EINVAL', 'the mask has no room for every possible node');
  }
  const found = answerOf(holder, request.address ?? 0, request.flags ?? 0);
  if (isRefusal(found)) return found;
  if (request.policy === BAD_POINTER) return refuse('EFAULT', 'the policy cannot be written');
  const word = request.policy === true ? { policy: found.word } : {};
  if (!wantsMask) return word;
  const bytes = (Math.ceil((maxnode - 1) / 64) * 64) / 8;
  if (bytes > 4096) return { ...refuse('EINVAL', 'the mask is wider than a page'), ...word };
  if (request.nodemask === BAD_POINTER && bytes > 0) {
    return { ...refuse('EFAULT', 'the mask cannot be written'), ...word };
  }
  const nodemask = found.nodes.members.filter((node) => node < bytes * 8);
  return { ...word, nodemask, maskBytes: bytes };
}

interface Found {
  readonly word: number;
  readonly nodes: Nodemask;
}

/** @see mm/mempolicy.c, do_get_mempolicy(), v6.12 */
function answerOf(
  holder: PolicyHolder,
  address: number,
  flags: number,
): Found | Refusal<'EINVAL' | 'EFAULT'> {
  if (flags & ~(MPOL_F_NODE | MPOL_F_ADDR | MPOL_F_MEMS_ALLOWED)) {
    return refuse('EINVAL', 'unknown flags');
  }
  if (flags & MPOL_F_MEMS_ALLOWED) {
    return flags === MPOL_F_MEMS_ALLOWED
      ? { word: MPOL.DEFAULT, nodes: holder.mems }
      : refuse('EINVAL', 'MEMS_ALLOWED goes with no other flag');
  }
  if (flags & MPOL_F_ADDR) return answerAt(holder, address, flags);
  if (address !== 0) return refuse('EINVAL', 'an address without MPOL_F_ADDR');
  const { policy } = holder;
  if ((flags & MPOL_F_NODE) === 0) return wordOf(policy);
  if (policy?.mode !== MPOL.INTERLEAVE && policy?.mode !== MPOL.WEIGHTED_INTERLEAVE) {
    return refuse('EINVAL', 'the task does not interleave');
  }
  return { word: peekNode(holder, policy), nodes: policy.shownNodes };
}

function answerAt(holder: PolicyHolder, address: number, flags: number): Found | Refusal<'EFAULT'> {
  const vma = holder.mm?.vmas.lookup(address);
  if (vma === undefined) return refuse('EFAULT', 'nothing is mapped there');
  const found = wordOf(policyAt(vma, address));
  if ((flags & MPOL_F_NODE) === 0) return found;
  const mm = holder.mm!;
  if (touch(mm, address, 'read', new PolicyPlacer(holder)) !== 'ok') {
    return refuse('EFAULT', 'the page cannot be read');
  }
  const node = mappedNode(holder, address);
  return { word: node ?? holder.numa.memory.memoryNodes.first, nodes: found.nodes };
}

/** The node of the page at an address; undefined for the zero page or none. */
export function mappedNode(holder: PolicyHolder, address: number): number | undefined {
  const { pageTable, memory } = holder.mm!;
  const region = pageTable.regionEntry(Math.floor(address / (512 * 4096)));
  const entry = region & PTE.HUGE ? region : pageTable.entry(Math.floor(address / 4096));
  if (entry === 0 || entry & PTE.SPECIAL) return undefined;
  return memory.pages.node(entry & PTE.VALUE);
}

function wordOf(policy: Mempolicy | null): Found {
  return policy === null
    ? { word: MPOL.DEFAULT, nodes: noNodes }
    : { word: policy.mode | policy.flags, nodes: policy.shownNodes };
}
