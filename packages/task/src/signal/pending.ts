// Signals that were sent and not yet taken: of one thread, or of a whole process.

import { isSynchronous, SIGRTMIN } from '../uapi/signals.ts';
import { SigSet } from './sigset.ts';

/** What is known of a signal besides its number. */
export interface SigInfo {
  readonly signal: number;
  /** One of `SI` or `CLD`. */
  readonly code: number;
  /** The sender (or the child) as a number in the receiver's namespace; 0 where it cannot be seen. */
  readonly pid: number;
  readonly uid: number;
  /** Of a child: its exit code or signal. */
  readonly status: number;
}

/** A queue of pending signals. @see include/linux/signal_types.h, struct sigpending */
export class Pending {
  readonly signals = new SigSet();
  #queue: SigInfo[] = [];

  /** Whether a standard signal is there already, so that another one is lost. */
  isLost(signal: number): boolean {
    return signal < SIGRTMIN && this.signals.has(signal);
  }

  push(info: SigInfo): void {
    this.signals.add(info.signal);
    this.#queue.push(info);
  }

  /** Marks a signal without anything known about it. */
  mark(signal: number): void {
    this.signals.add(signal);
  }

  /** Drops one signal, if it is there. */
  drop(signal: number): void {
    if (this.signals.has(signal)) this.flush(SigSet.of([signal]));
  }

  /** Drops all of the signals in `which`. */
  flush(which: SigSet): void {
    this.signals.deleteAll(which);
    this.#queue = this.#queue.filter(({ signal }) => !which.has(signal));
  }

  clear(): void {
    this.signals.clear();
    this.#queue = [];
  }

  /**
   * Takes the next signal outside `blocked`: traces of faults first, then by number.
   * @see kernel/signal.c, next_signal(), collect_signal()
   */
  take(blocked: SigSet): SigInfo | undefined {
    if (!this.signals.hasOutside(blocked)) return undefined;
    const ready = this.signals.toArray().filter((signal) => !blocked.has(signal));
    return this.#collect(ready.find(isSynchronous) ?? ready[0]!);
  }

  /** Takes the next signal of `wanted`. */
  takeOf(wanted: SigSet): SigInfo | undefined {
    const signal = this.signals.toArray().find((one) => wanted.has(one));
    return signal === undefined ? undefined : this.#collect(signal);
  }

  #collect(signal: number): SigInfo {
    const at = this.#queue.findIndex((info) => info.signal === signal);
    const info = at < 0 ? undefined : this.#queue.splice(at, 1)[0];
    if (!this.#queue.some((other) => other.signal === signal)) this.signals.delete(signal);
    return info ?? { signal, code: 0, pid: 0, uid: 0, status: 0 };
  }
}
