// A set of signals: two 32-bit words, as cheap to copy as the kernel's sigset_t.

import { NSIG } from '../uapi/signals.ts';

/** A mutable set of the signals 1 to 64. */
export class SigSet {
  #low = 0;
  #high = 0;

  /** The set of those signals. */
  static of(signals: Iterable<number>): SigSet {
    const set = new SigSet();
    for (const signal of signals) set.add(signal);
    return set;
  }

  /** The set of all signals. */
  static full(): SigSet {
    const set = new SigSet();
    set.#low = -1;
    set.#high = -1;
    return set;
  }

  get isEmpty(): boolean {
    return (this.#low | this.#high) === 0;
  }

  has(signal: number): boolean {
    return signal <= 32
      ? (this.#low & (1 << (signal - 1))) !== 0
      : (this.#high & (1 << (signal - 33))) !== 0;
  }

  add(signal: number): void {
    if (signal <= 32) this.#low |= 1 << (signal - 1);
    else this.#high |= 1 << (signal - 33);
  }

  delete(signal: number): void {
    if (signal <= 32) this.#low &= ~(1 << (signal - 1));
    else this.#high &= ~(1 << (signal - 33));
  }

  clear(): void {
    this.#low = 0;
    this.#high = 0;
  }

  /** Takes over the members of `other`. */
  copy(other: SigSet): void {
    this.#low = other.#low;
    this.#high = other.#high;
  }

  /** Adds the members of `other`. */
  addAll(other: SigSet): void {
    this.#low |= other.#low;
    this.#high |= other.#high;
  }

  /** Takes the members of `other` out. */
  deleteAll(other: SigSet): void {
    this.#low &= ~other.#low;
    this.#high &= ~other.#high;
  }

  /** Whether a member is not in `mask`. */
  hasOutside(mask: SigSet): boolean {
    return ((this.#low & ~mask.#low) | (this.#high & ~mask.#high)) !== 0;
  }

  clone(): SigSet {
    const set = new SigSet();
    set.copy(this);
    return set;
  }

  /** The members in rising order. */
  toArray(): number[] {
    const signals: number[] = [];
    for (let signal = 1; signal <= NSIG; signal++) if (this.has(signal)) signals.push(signal);
    return signals;
  }
}
