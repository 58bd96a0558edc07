// What a process does on each signal: one action a signal, shared between the tasks that CLONE_SIGHAND
// joined.

import { NSIG } from '../uapi/signals.ts';
import { SigSet } from './sigset.ts';

/** What happens when a signal arrives: its default, nothing, or a function of the program. */
export type Disposition = 'DFL' | 'IGN' | 'handler';

/** The action of one signal. */
export interface SigAction {
  readonly handler: Disposition;
  /** Bits of `SA`. */
  readonly flags: number;
  /** Signals blocked while the handler runs. */
  readonly mask: SigSet;
}

const DEFAULT: SigAction = { handler: 'DFL', flags: 0, mask: new SigSet() };
const IGNORED: SigAction = { handler: 'IGN', flags: 0, mask: new SigSet() };

/** The actions of a process. @see include/linux/sched/signal.h, struct sighand_struct */
export class Sighand {
  /** Tasks that use it. */
  users = 1;
  /** The actions that were set, by signal; all others are the default. Made with the first one. */
  #actions: Map<number, SigAction> | undefined;

  action(signal: number): SigAction {
    return this.#actions?.get(signal) ?? DEFAULT;
  }

  setAction(signal: number, action: SigAction): void {
    (this.#actions ??= new Map()).set(signal, action);
  }

  /** A table of its own with the same actions. O(actions that were set). */
  copy(): Sighand {
    const copy = new Sighand();
    if (this.#actions !== undefined) copy.#actions = new Map(this.#actions);
    return copy;
  }

  /**
   * Handlers become the default; ignored signals stay ignored unless `force`.
   * @see kernel/signal.c, flush_signal_handlers()
   */
  flushHandlers(force = false): void {
    const old = this.#actions;
    this.#actions = undefined;
    if (old === undefined || force) return;
    for (const [signal, { handler }] of old) {
      if (handler === 'IGN') this.setAction(signal, IGNORED);
    }
  }

  /** The signals with that disposition, in rising order. */
  signalsThat(disposition: Disposition): number[] {
    const signals: number[] = [];
    for (let signal = 1; signal <= NSIG; signal++) {
      if (this.action(signal).handler === disposition) signals.push(signal);
    }
    return signals;
  }
}
