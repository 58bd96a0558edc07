// The policies of shared memory: they belong to the inode, by ranges of pages, so that every process that
// maps it sees the same and they outlive each mapping.
import type { MemoryObject } from '@forkless/mm';
import type { Mempolicy } from './mempolicy.ts';

interface Range {
  readonly start: number;
  readonly end: number;
  readonly policy: Mempolicy;
}

/** Policies by page index. @see mm/mempolicy.c, struct shared_policy, v6.12 */
export class SharedPolicy {
  #ranges: readonly Range[] = [];

  /** The policy at a page, null if there is none. O(log ranges). */
  lookup(index: number): Mempolicy | null {
    const ranges = this.#ranges;
    let low = 0;
    let high = ranges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (ranges[middle]!.end <= index) low = middle + 1;
      else high = middle;
    }
    const range = ranges[low];
    return range !== undefined && range.start <= index ? range.policy : null;
  }

  /** Replaces what is said about [start, end); null says nothing. O(ranges). @see shared_policy_replace(), v6.12 */
  set(start: number, end: number, policy: Mempolicy | null): void {
    const before: Range[] = [];
    const after: Range[] = [];
    for (const range of this.#ranges) {
      if (range.start < start) before.push({ ...range, end: Math.min(range.end, start) });
      if (range.end > end) after.push({ ...range, start: Math.max(range.start, end) });
    }
    const middle = policy === null ? [] : [{ start, end, policy }];
    this.#ranges = [...before, ...middle, ...after];
  }
}

/** The policies of an object; null for one that is not shared memory or never had any. */
export function sharedPolicyOf(object: MemoryObject): SharedPolicy | null {
  return object.sharedPolicy as SharedPolicy | null;
}

/** Says where pages [start, end) of shared memory go. */
export function setSharedPolicy(
  object: MemoryObject,
  start: number,
  end: number,
  policy: Mempolicy | null,
): void {
  const shared = sharedPolicyOf(object) ?? new SharedPolicy();
  object.sharedPolicy = shared;
  shared.set(start, end, policy);
}
