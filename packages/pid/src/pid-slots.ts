// Where struct pids lie, and the order pidfs keeps them in. Slots are memory: a freed one is the next
// to be used, as a slab does it. pidfs orders pids by an inode number that only grows, so a new one
// comes after the newest.
// MODEL: pidfs's red-black tree is seen as the list of its pids in order; a change writes the
// neighbours' nodes, and the rebalancing of nodes further up is not counted.

import { assert } from '@forkless/errors';

const NOBODY = -1;

/** The slots of one machine's struct pids. */
export class PidSlots {
  readonly #free: number[] = [];
  readonly #before: number[] = [];
  readonly #after: number[] = [];
  #newest = NOBODY;

  /** Takes a slot; the one freed last when there is one. */
  take(): number {
    const freed = this.#free.pop();
    if (freed !== undefined) return freed;
    this.#before.push(NOBODY);
    return this.#after.push(NOBODY) - 1;
  }

  /** Gives a slot back. */
  give(slot: number): void {
    assert(slot >= 0 && slot < this.#after.length, 'a slot that was taken is given back');
    this.#free.push(slot);
  }

  /** Enters a slot in pidfs's order; `written` becomes the slots whose nodes are written. O(1). */
  enter(slot: number, written: number[]): void {
    written.length = 0;
    written.push(slot);
    this.#before[slot] = this.#newest;
    this.#after[slot] = NOBODY;
    if (this.#newest !== NOBODY) {
      written.push(this.#newest);
      this.#after[this.#newest] = slot;
    }
    this.#newest = slot;
  }

  /** Takes a slot out of pidfs's order; `written` as in `enter`. O(1). */
  leave(slot: number, written: number[]): void {
    written.length = 0;
    written.push(slot);
    const before = this.#before[slot]!;
    const after = this.#after[slot]!;
    if (before !== NOBODY) {
      written.push(before);
      this.#after[before] = after;
    }
    if (after !== NOBODY) {
      written.push(after);
      this.#before[after] = before;
    } else {
      this.#newest = before;
    }
  }
}
