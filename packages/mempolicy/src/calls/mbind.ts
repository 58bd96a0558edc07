// mbind: the policy of a range of addresses, and on request the pages that are already there.
import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import {
  isPageAligned,
  type Mm,
  modifyVma,
  Nodemask,
  pageAlign,
  arePoliciesEqual,
} from '@forkless/mm';
import type { PolicyHolder } from '../holder.ts';
import { interleaveIndex } from '../placement/policy-placer.ts';
import { takePage } from '../placement/take-page.ts';
import type { Mempolicy } from '../policy/mempolicy.ts';
import { newPolicy, readNodemask, splitMode, type ModeAndFlags } from '../policy/new-policy.ts';
import { setSharedPolicy } from '../policy/shared-policy.ts';
import {
  MPOL,
  MPOL_MF_MOVE,
  MPOL_MF_MOVE_ALL,
  MPOL_MF_STRICT,
  type NodemaskArgument,
} from '../uapi.ts';
import { moveQueued, queuePages, type PageQueue } from './misplaced-pages.ts';

/** What mbind is asked for. */
export interface MbindRequest {
  /** First byte; page aligned. */
  readonly start: number;
  /** Bytes; rounded up to pages, as a 64-bit number. */
  readonly length: number;
  /** Mode and mode flags. */
  readonly mode: number | bigint;
  readonly nodemask?: NodemaskArgument;
  readonly maxnode?: number;
  /** MPOL_MF bits. */
  readonly flags?: number;
}

/** What mbind can refuse with. */
export type MbindErrno = 'EINVAL' | 'EFAULT' | 'EPERM' | 'EIO' | 'ENOMEM';

/** Sets the policy of a range. After EIO with MPOL_MF_MOVE it is set all the same. @see kernel_mbind(), v6.12 */
export function mbind(holder: PolicyHolder, request: MbindRequest): 0 | Refusal<MbindErrno> {
  const split = splitMode(request.mode);
  if (isRefusal(split)) return split;
  const mask = readNodemask(holder.numa, request.nodemask ?? null, request.maxnode ?? 0);
  if (isRefusal(mask)) return mask;
  const { start, length, flags = 0 } = request;
  return bindRange(holder, { start, length, flags, split, mask });
}

/** A range, and what to make of it. */
export interface BindRequest {
  readonly start: number;
  readonly length: number;
  readonly flags: number;
  readonly split: ModeAndFlags;
  readonly mask: Nodemask;
  /** Completes the policy before it is put into force. */
  readonly adjust?: (policy: Mempolicy) => Mempolicy;
  /** Whether whoever asks has CAP_SYS_NICE; the holder's own if absent. */
  readonly mayMoveAll?: boolean;
}

const MF_VALID = MPOL_MF_STRICT | MPOL_MF_MOVE | MPOL_MF_MOVE_ALL;
const MF_MOVING = MPOL_MF_MOVE | MPOL_MF_MOVE_ALL;
const WORD = 2 ** 64;

/** A range in bytes, rounded to pages as 64-bit arithmetic does; null if it wraps around. */
export function wrappedRange(start: number, length: number): { start: number; end: number } | null {
  const size = pageAlign(length % WORD) % WORD;
  return start + size >= WORD ? null : { start, end: start + size };
}

/** @see mm/mempolicy.c, do_mbind(), v6.12 */
export function bindRange(holder: PolicyHolder, request: BindRequest): 0 | Refusal<MbindErrno> {
  const { split, mask } = request;
  if (request.flags & ~MF_VALID) return refuse('EINVAL', 'unknown MPOL_MF flags');
  if (request.flags & MPOL_MF_MOVE_ALL && !(request.mayMoveAll ?? holder.hasCapSysNice)) {
    return refuse('EPERM', 'MOVE_ALL needs CAP_SYS_NICE');
  }
  if (!isPageAligned(request.start)) return refuse('EINVAL', 'the address is not page aligned');
  const isDefault = split.mode === MPOL.DEFAULT;
  const flags = isDefault ? request.flags & ~MPOL_MF_STRICT : request.flags;
  const range = wrappedRange(request.start, request.length);
  if (range === null) return refuse('EINVAL', 'the range wraps around');
  if (range.end === range.start) return 0;
  const made = newPolicy(holder, split, mask);
  if (isRefusal(made)) return made;
  const policy = made === null ? null : (request.adjust?.(made) ?? made);
  const mm = holder.mm!;
  const hole = refuseHoles(mm, range, policy === null);
  if (hole !== null) return hole;
  const queue = queuePages(mm, { ...range, nodes: mask, isInverted: true, flags });
  if (queue.failedCount > 0 && (flags & MF_VALID) === MPOL_MF_STRICT) {
    return refuse('EIO', 'a page lies outside the mask');
  }
  if (!applyPolicy(mm, range, policy)) return refuse('ENOMEM', 'too many mappings');
  if ((flags & MF_MOVING) === 0) return 0;
  const failed = queue.failedCount + moveToPolicy(holder, mm, queue, policy ?? holder.policy);
  return failed > 0 && flags & MPOL_MF_STRICT ? refuse('EIO', 'a page could not be moved') : 0;
}

/** @see mm/mempolicy.c, queue_pages_test_walk(), v6.12 */
function refuseHoles(
  mm: Mm,
  { start, end }: { start: number; end: number },
  mayHaveHoles: boolean,
): Refusal<'EFAULT'> | null {
  const vmas = mm.vmas.within(start, end);
  if (vmas.length === 0) return refuse('EFAULT', 'nothing is mapped there');
  if (mayHaveHoles) return null;
  let reached = start;
  for (const vma of vmas) {
    if (vma.start > reached) break;
    reached = vma.end;
  }
  return reached < end ? refuse('EFAULT', 'a part of the range is not mapped') : null;
}

/**
 * Gives every mapping in a range the policy: split, merged, and for shared memory told to the object over
 * the whole of the mapping that results. False when there would be too many mappings.
 *
 * @see mm/mempolicy.c, mbind_range(), vma_replace_policy(), v6.12
 */
export function applyPolicy(
  mm: Mm,
  { start, end }: { start: number; end: number },
  policy: Mempolicy | null,
): boolean {
  for (let at = start; at < end;) {
    const vma = mm.vmas.at(mm.vmas.indexAfter(at));
    if (vma === undefined || vma.start >= end) return true;
    const from = Math.max(start, vma.start);
    const to = Math.min(end, vma.end);
    at = to;
    if (arePoliciesEqual(vma.policy, policy)) continue;
    const part = modifyVma(mm, vma, from, to, { policy });
    if (part === null) return false;
    if (part.object?.kind !== 'shmem') continue;
    setSharedPolicy(part.object, part.pageOffset, part.pageOffset + part.pageCount, policy);
  }
  return true;
}

/** Moves the queued pages to where the policy would put them. @see alloc_migration_target_by_mpol(), v6.12 */
function moveToPolicy(
  holder: PolicyHolder,
  mm: Mm,
  queue: PageQueue,
  policy: Mempolicy | null,
): number {
  if (queue.first === null) return 0;
  const { page } = queue.first;
  const vma = mm.vmas.lookup(page * 4096)!;
  const size = mm.memory.pages.size(queue.handles[0]!);
  const bias = interleaveIndex(vma, page, size) - Math.floor(queue.indexes[0]! / size);
  return moveQueued(mm, queue, (index, pages) =>
    takePage(holder, policy, bias + Math.floor(index / pages), pages),
  );
}
