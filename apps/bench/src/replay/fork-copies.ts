// What forks copied in a recording of forkstate: mappings, pages to be mapped again, open descriptors. A
// child that borrows its parent's memory, or gets one built for it, copies none of the first two.
import type { ForkState, TraceEvent } from '@forkless/trace';

/** Sums over the processes that were made. */
export interface ForkCopies {
  readonly processes: number;
  /** Of these, made with a copy of the parent's memory. */
  readonly copying: number;
  /** Mappings that were copied. */
  readonly vmas: number;
  /** Resident pages of 4096 bytes of the parents that were copied: at most that many entries of page tables. */
  readonly rssPages: number;
  /** Open descriptors that children got, whether they wanted them or not. */
  readonly fds: number;
}

/** Folds the rows of forkstate. */
export class ForkCopiesFold {
  #processes = 0;
  #copying = 0;
  #vmas = 0;
  #rssPages = 0;
  #fds = 0;

  /** Takes the next event; others than rows are passed over. */
  take(event: TraceEvent): void {
    if (event.kind !== 'fork-state' || event.state.isThread) return;
    const { state } = event;
    this.#processes++;
    this.#fds += state.openFds;
    if (sharesMemory(state)) return;
    this.#copying++;
    this.#vmas += state.vmas;
    this.#rssPages += Math.max(0, state.rssFilePages + state.rssAnonPages);
  }

  /** The sums so far. */
  end(): ForkCopies {
    return {
      processes: this.#processes,
      copying: this.#copying,
      vmas: this.#vmas,
      rssPages: this.#rssPages,
      fds: this.#fds,
    };
  }
}

/** CLONE_VM. */
function sharesMemory({ flags }: ForkState): boolean {
  return (Number.parseInt(flags.slice(-8), 16) & 0x100) !== 0;
}
