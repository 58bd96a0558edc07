// The old calls made of the new ones: what a kernel would do that kept both. The new calls carry all the
// rules; here is only what the old interface folds into flags, words and its off-by-one.
import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import { touch } from '@forkless/mm';
import type {
  GetMempolicyRefusal,
  GetMempolicyAnswer,
  GetMempolicyRequest,
} from '../calls/get-mempolicy.ts';
import { mbind, wrappedRange, type MbindErrno, type MbindRequest } from '../calls/mbind.ts';
import type { PolicyHolder } from '../holder.ts';
import { PolicyPlacer } from '../placement/policy-placer.ts';
import { splitMode } from '../policy/new-policy.ts';
import {
  BAD_POINTER,
  MPOL_F_ADDR,
  MPOL_F_MEMS_ALLOWED,
  MPOL_F_NODE,
  type NodemaskArgument,
} from '../uapi.ts';
import { Mempolicy2 } from './mempolicy2.ts';
import { decodeArgs, encodeArgs, MPOL_ARGS_SIZE_VER2, type MpolArgs } from './mpol-args.ts';
import { bitmapBytes, bitmapNodes } from './user-memory.ts';

/** A pointer nobody can read. */
const FAULTS = 8;
const MASK_BITS_MAX = 4096 * 8;

/** The old mask as the new struct states it, or why it cannot be. */
function maskFields(
  calls: Mempolicy2,
  mask: NodemaskArgument,
  maxnode: number,
): Pick<MpolArgs, 'polNodes' | 'polMaxnodes'> | Refusal<'EINVAL'> {
  const bits = maxnode === 0 ? Number.POSITIVE_INFINITY : maxnode - 1;
  if (bits === 0 || mask === null) return { polNodes: 0, polMaxnodes: 0 };
  if (bits > MASK_BITS_MAX) return refuse('EINVAL', 'the mask is wider than a page');
  if (mask === BAD_POINTER) return { polNodes: FAULTS, polMaxnodes: bits };
  const bytes = bitmapBytes(mask, bits);
  const pointer = calls.user.allocate(bytes.length);
  calls.user.write(pointer, bytes);
  return { polNodes: pointer, polMaxnodes: bits };
}

function put(calls: Mempolicy2, args: Partial<MpolArgs>) {
  const pointer = calls.user.allocate(MPOL_ARGS_SIZE_VER2);
  calls.user.write(pointer, encodeArgs(args));
  return { pointer, usize: MPOL_ARGS_SIZE_VER2 };
}

/** set_mempolicy by set_mempolicy2. */
export function setMempolicyThroughNew(
  calls: Mempolicy2,
  holder: PolicyHolder,
  mode: number | bigint,
  nodemask: NodemaskArgument = null,
  maxnode = 0,
): 0 | Refusal<'EINVAL' | 'EFAULT'> {
  calls.user.reset();
  const split = splitMode(mode);
  if (isRefusal(split)) return split;
  const mask = maskFields(calls, nodemask, maxnode);
  if (isRefusal(mask)) return mask;
  const args = put(calls, { mode: split.mode, modeFlags: split.flags, ...mask });
  return calls.setMempolicy2(holder, args) as 0 | Refusal<'EINVAL' | 'EFAULT'>;
}

/**
 * mbind by mbind2. What mbind2 refuses outright, an address or a length of 0, the old call allows; there
 * it stays the old call.
 */
export function mbindThroughNew(
  calls: Mempolicy2,
  holder: PolicyHolder,
  request: MbindRequest,
): 0 | Refusal<MbindErrno> {
  calls.user.reset();
  const { start, length, flags = 0 } = request;
  const range = wrappedRange(start, length);
  if (start === 0 || (range !== null && range.start === range.end)) return mbind(holder, request);
  const split = splitMode(request.mode);
  if (isRefusal(split)) return split;
  const mask = maskFields(calls, request.nodemask ?? null, request.maxnode ?? 0);
  if (isRefusal(mask)) return mask;
  if (flags & 0x10) return mbind(holder, request);
  const args = put(calls, { mode: split.mode, modeFlags: split.flags, ...mask });
  return calls.mbind2(holder, start, length, args, flags) as 0 | Refusal<MbindErrno>;
}

/** get_mempolicy by get_mempolicy2 and get_vma_mempolicy. */
export function getMempolicyThroughNew(
  calls: Mempolicy2,
  holder: PolicyHolder,
  request: GetMempolicyRequest = {},
): GetMempolicyAnswer | GetMempolicyRefusal {
  calls.user.reset();
  const { maxnode = 0, address = 0, flags = 0 } = request;
  const wantsMask = (request.nodemask ?? false) !== false;
  if (wantsMask && maxnode < holder.numa.nodeIdCount) {
    return refuse('EINVAL', 'the mask has no room for every possible node');
  }
  const bits = holder.numa.nodesMax;
  const found = ask(calls, holder, address, flags, bits);
  if (isRefusal(found)) return found;
  const word = wordOf(holder, flags, found.args);
  if (isRefusal(word)) return word;
  if (request.policy === BAD_POINTER) return refuse('EFAULT', 'the policy cannot be written');
  const told = request.policy === true ? { policy: word } : {};
  if (!wantsMask) return told;
  const bytes = (Math.ceil((maxnode - 1) / 64) * 64) / 8;
  if (bytes > 4096) return { ...refuse('EINVAL', 'the mask is wider than a page'), ...told };
  if (request.nodemask === BAD_POINTER && bytes > 0) {
    return { ...refuse('EFAULT', 'the mask cannot be written'), ...told };
  }
  const nodes = bitmapNodes(calls.user.read(found.mask, bits / 8)!, bits);
  return { ...told, nodemask: nodes.filter((node) => node < bytes * 8), maskBytes: bytes };
}

function ask(
  calls: Mempolicy2,
  holder: PolicyHolder,
  address: number,
  flags: number,
  bits: number,
): { readonly args: MpolArgs; readonly mask: number } | Refusal<'EINVAL' | 'EFAULT'> {
  if (flags & ~(MPOL_F_NODE | MPOL_F_ADDR | MPOL_F_MEMS_ALLOWED)) {
    return refuse('EINVAL', 'unknown flags');
  }
  const asksMems = (flags & MPOL_F_MEMS_ALLOWED) !== 0;
  if (asksMems && flags !== MPOL_F_MEMS_ALLOWED) {
    return refuse('EINVAL', 'MEMS_ALLOWED goes with no other flag');
  }
  const mask = calls.user.allocate(Math.ceil(bits / 64) * 8);
  const at = put(calls, {
    ...(asksMems ? { memsAllowed: mask, memsMaxnodes: bits } : {}),
    ...(asksMems ? {} : { polNodes: mask, polMaxnodes: bits }),
  });
  const isVma = (flags & MPOL_F_ADDR) !== 0;
  if (isVma && flags & MPOL_F_NODE) {
    const refusal = bringIn(holder, address);
    if (refusal !== null) return refusal;
  }
  const answer = isVma
    ? calls.getVmaMempolicy(holder, address, at)
    : calls.getMempolicy2(holder, at, asksMems ? 0 : address);
  if (isRefusal(answer)) return answer as Refusal<'EINVAL' | 'EFAULT'>;
  return { args: decodeArgs(calls.user.read(at.pointer, MPOL_ARGS_SIZE_VER2)!), mask };
}

/** The old call reads the page first; the new one only looks. */
function bringIn(holder: PolicyHolder, address: number): Refusal<'EFAULT'> | null {
  const { mm } = holder;
  if (mm?.vmas.lookup(address) === undefined) return refuse('EFAULT', 'nothing is mapped there');
  return touch(mm, address, 'read', new PolicyPlacer(holder)) === 'ok'
    ? null
    : refuse('EFAULT', 'the page cannot be read');
}

function wordOf(
  holder: PolicyHolder,
  flags: number,
  { mode, modeFlags, policyNode, vmaNode }: MpolArgs,
): number | Refusal<'EINVAL'> {
  if (flags & MPOL_F_MEMS_ALLOWED) return 0;
  if ((flags & MPOL_F_NODE) === 0) return mode | modeFlags;
  // The zero page lies on the first node.
  if (flags & MPOL_F_ADDR) return vmaNode < 0 ? holder.numa.memory.memoryNodes.first : vmaNode;
  return policyNode < 0 ? refuse('EINVAL', 'the task does not interleave') : policyNode;
}
