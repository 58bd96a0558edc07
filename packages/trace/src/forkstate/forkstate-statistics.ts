// What parents look like at the moment at which they make a process: the figures that decide what fork
// costs them.
import type { TraceEvent } from '../event.ts';
import { BoundedCounts } from '../input/bounded-counts.ts';
import { Quantiles } from '../process/quantiles.ts';
import type { Ranking } from '../process/statistics.ts';

/** Median, nine tenths and maximum; undefined if there were no rows. */
export interface Spread {
  readonly p50: number | undefined;
  readonly p90: number | undefined;
  readonly max: number | undefined;
}

/** The statistics of a forkstate recording; spreads are over the rows that made a process. */
export interface ForkStateStatistics {
  readonly processes: number;
  readonly threads: number;
  readonly flags: Ranking;
  readonly openFds: Spread;
  readonly maxFds: Spread;
  readonly vmas: Spread;
  readonly totalVmPages: Spread;
  readonly rssPages: Spread;
  readonly rssAnonPages: Spread;
  readonly parentThreads: Spread;
  /** Parents of processes that had more than one thread. */
  readonly multithreadedParents: number;
}

/** Folds `fork-state` events; others are passed over. */
export class ForkStateFold {
  readonly #flags = new BoundedCounts();
  readonly #openFds = new Quantiles();
  readonly #maxFds = new Quantiles();
  readonly #vmas = new Quantiles();
  readonly #totalVmPages = new Quantiles();
  readonly #rssPages = new Quantiles();
  readonly #rssAnonPages = new Quantiles();
  readonly #parentThreads = new Quantiles();
  #threads = 0;
  #multithreadedParents = 0;

  /** Takes the next event. Amortised O(1). */
  take(event: TraceEvent): void {
    if (event.kind !== 'fork-state') return;
    const { state } = event;
    this.#flags.add(state.flags);
    if (state.isThread) {
      this.#threads++;
      return;
    }
    this.#openFds.add(state.openFds);
    this.#maxFds.add(state.maxFds);
    this.#vmas.add(state.vmas);
    this.#totalVmPages.add(state.totalVmPages);
    this.#rssPages.add(state.rssFilePages + state.rssAnonPages);
    this.#rssAnonPages.add(state.rssAnonPages);
    this.#parentThreads.add(state.threads);
    if (state.threads > 1) this.#multithreadedParents++;
  }

  /** The statistics so far. */
  end(): ForkStateStatistics {
    return {
      processes: this.#vmas.count,
      threads: this.#threads,
      flags: this.#flags.top(8),
      openFds: spreadOf(this.#openFds),
      maxFds: spreadOf(this.#maxFds),
      vmas: spreadOf(this.#vmas),
      totalVmPages: spreadOf(this.#totalVmPages),
      rssPages: spreadOf(this.#rssPages),
      rssAnonPages: spreadOf(this.#rssAnonPages),
      parentThreads: spreadOf(this.#parentThreads),
      multithreadedParents: this.#multithreadedParents,
    };
  }
}

function spreadOf(values: Quantiles): Spread {
  const [p50, p90, max] = values.at(0.5, 0.9, 1);
  return { p50, p90, max };
}
