// Throughput over simulated time with a bound on what is kept: when the room is used up every second
// sample goes, and from then on samples are taken half as often. Rates are between the samples that are
// kept, so that nothing done is lost by thinning.

/** Samples kept at most. */
export const SAMPLES_MAX = 400;

/** Pairs done by each lane at points in simulated time. */
export class RateHistory {
  readonly #timesPs = new Float64Array(SAMPLES_MAX);
  readonly #pairs: readonly Float64Array[];
  readonly #timesUs = new Float64Array(SAMPLES_MAX);
  readonly #rates: readonly Float64Array[];
  #count = 1;
  /** Reports a sample stands for, and reports since the last whole one. */
  #stride = 1;
  #pending = 0;

  constructor(laneCount: number) {
    this.#pairs = Array.from({ length: laneCount }, () => new Float64Array(SAMPLES_MAX));
    this.#rates = Array.from({ length: laneCount }, () => new Float64Array(SAMPLES_MAX));
  }

  /** Points of the curves. */
  get length(): number {
    return this.#count - 1;
  }

  /** Adds a report; one that is no later than the last changes nothing. */
  add(nowPs: number, pairCounts: readonly number[]): void {
    if (nowPs <= this.#timesPs[this.#count - 1]!) return;
    // The newest sample moves on until it stands for as many reports as the others.
    const moves = this.#count > 1 && this.#pending < this.#stride;
    if (!moves && this.#count === SAMPLES_MAX) this.#thin();
    const at = moves ? this.#count - 1 : this.#count++;
    this.#pending = moves ? this.#pending + 1 : 1;
    this.#timesPs[at] = nowPs;
    this.#timesUs[at] = nowPs / 1e6;
    pairCounts.forEach((count, lane) => (this.#pairs[lane]![at] = count));
    this.#rate(at);
  }

  /** Simulated microseconds, then pairs a second of each lane: views, not copies. */
  curves(): readonly Float64Array[] {
    return [this.#timesUs, ...this.#rates].map((values) => values.subarray(1, this.#count));
  }

  /** The rate between the last two samples. */
  lately(lane: number): number {
    return this.#count < 2 ? 0 : this.#rates[lane]![this.#count - 1]!;
  }

  #rate(at: number): void {
    const spanS = (this.#timesPs[at]! - this.#timesPs[at - 1]!) / 1e12;
    this.#pairs.forEach((pairs, lane) => {
      this.#rates[lane]![at] = (pairs[at]! - pairs[at - 1]!) / spanS;
    });
  }

  #thin(): void {
    const kept = SAMPLES_MAX / 2;
    for (let at = 1; at < kept; at++) {
      for (const values of [this.#timesPs, this.#timesUs, ...this.#pairs]) {
        values[at] = values[at * 2]!;
      }
      this.#rate(at);
    }
    this.#count = kept;
    this.#stride *= 2;
  }
}
