// RCU's promise: what is handed to `call` happens once everybody who was reading at that time has stopped.
// MODEL: a grace period ends with the last of those readers, and at once when there is none; the kernel's
// takes milliseconds longer, and its callbacks run in batches.

import { assert } from '@forkless/errors';

/** A read-side section under way. */
export type RcuSection = number;

interface Waiting {
  /** Sections that were under way when it was called, and still are. */
  readonly readers: Set<RcuSection>;
  readonly run: () => void;
}

/**
 * Read-side sections, and callbacks that wait for them.
 * @see Documentation/RCU/whatisRCU.rst, kernel/rcu/tree.c, call_rcu(), v6.12
 */
export class Rcu {
  readonly #reading = new Set<RcuSection>();
  #waiting: Waiting[] = [];
  #sectionCount = 0;

  /** Begins a section: what it can find stays there until it ends. O(1). */
  readLock(): RcuSection {
    const section = this.#sectionCount++;
    this.#reading.add(section);
    return section;
  }

  /** Ends a section, and runs what waited for it alone, in the order of the calls. O(callbacks). */
  readUnlock(section: RcuSection): void {
    assert(this.#reading.delete(section), 'a section ends once');
    for (const { readers } of this.#waiting) readers.delete(section);
    const due = this.#waiting.filter(({ readers }) => readers.size === 0);
    this.#waiting = this.#waiting.filter(({ readers }) => readers.size > 0);
    for (const { run } of due) run();
  }

  /** Runs `run` after a grace period: at once when nobody is reading. O(sections under way). */
  call(run: () => void): void {
    if (this.#reading.size === 0) run();
    else this.#waiting.push({ readers: new Set(this.#reading), run });
  }

  /** Callbacks that wait. */
  get waitingCount(): number {
    return this.#waiting.length;
  }
}
