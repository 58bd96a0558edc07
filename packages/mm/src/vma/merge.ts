// When two mappings become one, and what becomes of their anon_vmas: as the kernel decides for a new
// mapping beside old ones and for a part of a mapping whose flags or policy change.
import type { Mm } from '../mm.ts';
import { PAGE_SIZE } from '../layout.ts';
import { splitHugeAt } from '../paging/split-huge.ts';
import { areAnonVmasMergeable, cloneAnonVma, unlinkAnonVmas, type AnonVma } from './anon-vma.ts';
import { Vma, type VmaParts } from './vma.ts';
import { arePoliciesEqual, type VmaPolicy } from './vma-policy.ts';

/** The mapping that ends where `seam` begins, if both may be one. */
function mergeableBefore(mm: Mm, seam: VmaParts, anonVma: AnonVma | null): Vma | null {
  const before = mm.vmas.at(mm.vmas.indexAfter(seam.start) - 1);
  return before !== undefined && canMergeBefore(before, seam, anonVma) ? before : null;
}

/** The mapping that begins where `seam` ends, if both may be one. */
function mergeableAfter(mm: Mm, seam: VmaParts, anonVma: AnonVma | null): Vma | null {
  const after = mm.vmas.lookup(seam.end);
  return after !== undefined && canMergeAfter(after, seam, anonVma) ? after : null;
}

/** @see mm/vma.c, can_vma_merge_after(), v6.12 */
function canMergeBefore(before: Vma, seam: VmaParts, anonVma: AnonVma | null): boolean {
  if (before.end !== seam.start || !isAlike(before, seam, anonVma)) return false;
  return before.pageOffset + before.pageCount === seam.pageOffset;
}

/** @see mm/vma.c, can_vma_merge_before(), v6.12 */
function canMergeAfter(after: Vma, seam: VmaParts, anonVma: AnonVma | null): boolean {
  if (after.start !== seam.end || !isAlike(after, seam, anonVma)) return false;
  return seam.pageOffset + (seam.end - seam.start) / PAGE_SIZE === after.pageOffset;
}

/** Whether what has to be the same on both sides of a seam is. */
function isAlike(vma: Vma, seam: VmaParts, anonVma: AnonVma | null): boolean {
  return (
    vma.flags === seam.flags &&
    vma.object === seam.object &&
    vma.name === seam.name &&
    arePoliciesEqual(vma.policy, seam.policy) &&
    areAnonVmasMergeable(anonVma, vma.anonVma, vma)
  );
}

/**
 * Puts a new mapping into an unmapped range: it becomes part of its neighbours where it can. `source` is
 * the mapping it is a copy of, if it is one.
 *
 * @see mm/vma.c, vma_merge_new_range(), v6.12
 */
export function insertVma(mm: Mm, vma: Vma, source?: Vma): Vma {
  const { vmas, memory } = mm;
  const anonVma = source?.anonVma ?? null;
  const index = vmas.indexAfter(vma.start);
  const before = vmas.at(index - 1);
  const after = vmas.at(index);
  const joinsBefore = before !== undefined && canMergeBefore(before, vma, anonVma);
  const joinsAfter = after !== undefined && canMergeAfter(after, vma, anonVma);
  if (joinsBefore && joinsAfter && areCompatible(before, after)) {
    adoptAnonVma(mm, before, after);
    removeVma(mm, after);
    before.end = after.end;
    return before;
  }
  if (joinsBefore) {
    before.end = vma.end;
    return before;
  }
  if (joinsAfter) {
    moveStart(after, vma.start);
    return after;
  }
  if (source === undefined) memory.counts.vm_area_alloc++;
  else memory.counts.vm_area_dup++;
  if (vma.policy !== null) memory.counts.mpol_dup++;
  vmas.insertAt(index, vma);
  return vma;
}

/** What `modifyVma` changes. */
export interface VmaChange {
  readonly flags?: number;
  readonly policy?: VmaPolicy | null;
}

/**
 * Changes the part [start, end) of a mapping: merges it with neighbours that are then alike, else splits
 * it off. Returns the mapping that holds the part afterwards, which may be larger; `null` when the
 * process has too many mappings.
 *
 * @see mm/vma.c, vma_modify(), vma_merge_existing_range(), v6.12
 */
export function modifyVma(
  mm: Mm,
  vma: Vma,
  start: number,
  end: number,
  change: VmaChange,
): Vma | null {
  const merged = mergeExisting(mm, vma, start, end, change);
  if (merged !== null) return merged;
  let part = vma;
  if (start > vma.start) {
    if (isFull(mm)) return null;
    part = splitVma(mm, part, start);
  }
  if (end < part.end) {
    if (isFull(mm)) return null;
    splitVma(mm, part, end);
  }
  applyChange(mm, part, change);
  return part;
}

/** Whether the process has as many mappings as it may have. */
export function isFull(mm: Mm): boolean {
  return mm.vmas.count >= mm.mapCountMax;
}

function applyChange(mm: Mm, vma: Vma, change: VmaChange): void {
  if (change.flags !== undefined) vma.flags = change.flags;
  if (change.policy === undefined) return;
  vma.policy = change.policy;
  if (vma.policy !== null) mm.memory.counts.mpol_dup++;
}

function mergeExisting(
  mm: Mm,
  vma: Vma,
  start: number,
  end: number,
  change: VmaChange,
): Vma | null {
  const seam: VmaParts = {
    start,
    end,
    flags: change.flags ?? vma.flags,
    pageOffset: vma.indexOf(start),
    object: vma.object,
    name: vma.name,
    policy: change.policy === undefined ? vma.policy : change.policy,
  };
  const before = start === vma.start ? mergeableBefore(mm, seam, vma.anonVma) : null;
  const after = end === vma.end ? mergeableAfter(mm, seam, vma.anonVma) : null;
  if (before === null && after === null) return null;
  splitHugeAt(mm, start);
  splitHugeAt(mm, end);
  if (before !== null && after !== null && areCompatible(before, after)) {
    adoptAnonVma(mm, before, after.anonVma === null ? vma : after);
    removeVma(mm, vma);
    removeVma(mm, after);
    before.end = after.end;
    return before;
  }
  if (before !== null) {
    adoptAnonVma(mm, before, vma);
    if (end === vma.end) removeVma(mm, vma);
    else moveStart(vma, end);
    before.end = end;
    return before;
  }
  if (after !== null) {
    adoptAnonVma(mm, after, vma);
    if (start === vma.start) removeVma(mm, vma);
    else vma.end = start;
    moveStart(after, start);
    return after;
  }
  return null;
}

/** Joins a mapping that has grown with the one it now touches, where both may be one. */
export function mergeWithNext(mm: Mm, vma: Vma): Vma {
  const after = mergeableAfter(mm, vma, vma.anonVma);
  if (after === null || !areCompatible(vma, after)) return vma;
  adoptAnonVma(mm, vma, after);
  removeVma(mm, after);
  vma.end = after.end;
  return vma;
}

function areCompatible(before: Vma, after: Vma): boolean {
  return areAnonVmasMergeable(before.anonVma, after.anonVma, null);
}

/** Gives `to` the anon_vma of `from` if it has none. @see mm/vma.c, dup_anon_vma(), v6.12 */
function adoptAnonVma(mm: Mm, to: Vma, from: Vma): void {
  if (from.anonVma === null || to.anonVma !== null) return;
  to.anonVma = from.anonVma;
  cloneAnonVma(to, from, mm.memory.counts);
}

function moveStart(vma: Vma, start: number): void {
  vma.pageOffset += (start - vma.start) / PAGE_SIZE;
  vma.start = start;
}

/** Takes a mapping out and frees it; its pages are someone else's affair. */
export function removeVma(mm: Mm, vma: Vma): void {
  mm.vmas.remove(vma);
  freeVma(mm, vma);
}

/** Frees what a mapping that is no longer in the list holds. */
export function freeVma(mm: Mm, vma: Vma): void {
  unlinkAnonVmas(vma, mm.memory.counts);
  mm.memory.counts.vm_area_free++;
}

/** Cuts a mapping in two at `address` and returns the upper part. @see mm/vma.c, __split_vma(), v6.12 */
export function splitVma(mm: Mm, vma: Vma, address: number): Vma {
  splitHugeAt(mm, address);
  const upper = duplicateVma(mm, vma);
  moveStart(upper, address);
  upper.anonVma = vma.anonVma;
  cloneAnonVma(upper, vma, mm.memory.counts);
  vma.end = address;
  mm.vmas.insert(upper);
  return upper;
}

/** A copy of a mapping without its anon_vmas, not yet in any list. @see kernel/fork.c, vm_area_dup(), v6.12 */
export function duplicateVma(mm: Mm, vma: Vma): Vma {
  const { counts } = mm.memory;
  counts.vm_area_dup++;
  if (vma.policy !== null) counts.mpol_dup++;
  return new Vma(vma);
}

/** The anon_vma a neighbour would share with a mapping that has none. @see find_mergeable_anon_vma(), v6.12 */
export function findMergeableAnonVma(mm: Mm, vma: Vma): AnonVma | null {
  const index = mm.vmas.indexAfter(vma.start);
  const next = mm.vmas.at(index + 1);
  if (next !== undefined && isReusable(vma, next, next)) return next.anonVma;
  const previous = mm.vmas.at(index - 1);
  if (previous !== undefined && isReusable(previous, vma, previous)) return previous.anonVma;
  return null;
}

const ACCESS = 0x7;

function isReusable(low: Vma, high: Vma, holder: Vma): boolean {
  return (
    holder.anonVma !== null &&
    holder.anonVmaChain.length === 1 &&
    low.end === high.start &&
    low.object === high.object &&
    ((low.flags ^ high.flags) & ~ACCESS) === 0 &&
    arePoliciesEqual(low.policy, high.policy) &&
    low.pageOffset + low.pageCount === high.pageOffset
  );
}
