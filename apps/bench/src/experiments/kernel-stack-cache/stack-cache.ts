// Kernel stacks and the two that each CPU keeps of those freed on it. A stack is as good as any other to
// the allocator; whether its pages are near is what is counted.

/** Slots of the cache of a CPU. @see kernel/fork.c, NR_CACHED_STACKS, v6.18 */
export const CACHED_STACKS = 2;

/** What a free does with a stack whose pages are on another node. */
export type StackRule = 'any node' | 'own node only';

/** What happened to stacks. */
export interface StackCounts {
  /** Freed on a CPU of the node its pages are on. */
  matched: number;
  mismatched: number;
  /** Kept, of those that matched; the rest found both slots taken. */
  matchedKept: number;
  /** Allocations that the cache served, and how many of them with pages of another node. */
  reused: number;
  reusedRemote: number;
  fresh: number;
}

/** The caches of all CPUs; a stack is the node of its pages. */
export class StackCaches {
  readonly counts: StackCounts = {
    matched: 0,
    mismatched: 0,
    matchedKept: 0,
    reused: 0,
    reusedRemote: 0,
    fresh: 0,
  };
  readonly #slots: number[][];
  readonly #rule: StackRule;

  constructor(cpuCount: number, rule: StackRule) {
    this.#slots = Array.from({ length: cpuCount }, () => []);
    this.#rule = rule;
  }

  /** A stack for a task made on `cpu`: a cached one, whatever node it is on, or fresh pages from here. */
  alloc(cpu: number, node: number): number {
    const cached = this.#slots[cpu]!.pop();
    if (cached === undefined) {
      this.counts.fresh++;
      return node;
    }
    this.counts.reused++;
    if (cached !== node) this.counts.reusedRemote++;
    return cached;
  }

  /** A dead task's stack, on the CPU it died on. */
  free(cpu: number, node: number, stack: number): void {
    const isMatch = stack === node;
    this.counts[isMatch ? 'matched' : 'mismatched']++;
    if (!isMatch && this.#rule === 'own node only') return;
    const slots = this.#slots[cpu]!;
    if (slots.length >= CACHED_STACKS) return;
    slots.push(stack);
    if (isMatch) this.counts.matchedKept++;
  }
}
