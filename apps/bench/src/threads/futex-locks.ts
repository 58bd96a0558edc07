// Locks of real threads over shared memory, as the kernel's are over its own: a waiter spins for a while
// and then sleeps until it is woken. A lock says who holds it, and whoever waits looks up now and then
// whether the race was called off, so that nobody waits for a thread that is gone.

/** Words of a lock: each on a cache line of its own. */
const LOCK_WORDS = 16;
const STATE = 0;
const OWNER = 1;

const FREE = 0;
const HELD = 1;
/** Held, and somebody may be asleep. */
const WAITED_FOR = 2;

const SPINS = 200;
const SLEEP_MS = 50;

/** Thrown in a thread whose race was called off. */
export class CalledOff extends Error {}

/** The words so many locks take. */
export function lockWords(lockCount: number): number {
  return lockCount * LOCK_WORDS;
}

/** Locks in shared words, as one thread uses them. */
export class FutexLocks {
  readonly #words: Int32Array;
  readonly #thread: number;
  readonly #isCalledOff: () => boolean;

  constructor(words: Int32Array, thread: number, isCalledOff: () => boolean) {
    this.#words = words;
    this.#thread = thread;
    this.#isCalledOff = isCalledOff;
  }

  /** Takes a lock. */
  lock(index: number): void {
    const at = index * LOCK_WORDS + STATE;
    for (let spin = 0; spin < SPINS; spin++) {
      if (Atomics.compareExchange(this.#words, at, FREE, HELD) === FREE) {
        this.#words[at + OWNER] = this.#thread + 1;
        return;
      }
    }
    while (Atomics.exchange(this.#words, at, WAITED_FOR) !== FREE) {
      Atomics.wait(this.#words, at, WAITED_FOR, SLEEP_MS);
      if (this.#isCalledOff()) throw new CalledOff();
    }
    this.#words[at + OWNER] = this.#thread + 1;
  }

  /** Gives a lock back, and wakes one thread that sleeps for it. */
  unlock(index: number): void {
    const at = index * LOCK_WORDS + STATE;
    this.#words[at + OWNER] = 0;
    if (Atomics.exchange(this.#words, at, FREE) === WAITED_FOR) Atomics.notify(this.#words, at, 1);
  }
}

/** The locks that a thread holds, by number. */
export function locksHeldBy(words: Int32Array, thread: number): number[] {
  const held: number[] = [];
  for (let at = OWNER; at < words.length; at += LOCK_WORDS) {
    if (words[at] === thread + 1) held.push((at - OWNER) / LOCK_WORDS);
  }
  return held;
}
