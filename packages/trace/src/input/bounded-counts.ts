// How often each name occurs, in the order of first sight, for at most so many names: what a log calls
// things must not decide how much memory is used.
import { detached } from './text.ts';

/** Different names that are told apart; beyond them a name counts as `OTHER_NAMES`. */
export const NAMES_MAX = 1 << 16;

/** Stands for all names beyond the first `NAMES_MAX`. */
export const OTHER_NAMES = '(other names)';

/** Counts by name. */
export class BoundedCounts {
  readonly #counts = new Map<string, number>();

  /** Adds one to `name`. O(1). */
  add(name: string): void {
    const count = this.#counts.get(name);
    if (count !== undefined) this.#counts.set(name, count + 1);
    else if (this.#counts.size < NAMES_MAX) this.#counts.set(detached(name), 1);
    else this.#counts.set(OTHER_NAMES, (this.#counts.get(OTHER_NAMES) ?? 0) + 1);
  }

  /** The `limit` most frequent, more frequent first, then first seen first. O(n log n). */
  top(limit = Infinity): (readonly [name: string, count: number])[] {
    return [...this.#counts].toSorted(([, a], [, b]) => b - a).slice(0, limit);
  }

  /** All counts, in the order of first sight. */
  toRecord(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}
