// Quantiles of a stream of durations in bounded memory: exact up to a million values, after that from a
// histogram whose buckets are a thousandth wide.

/** Values that are kept one by one. */
export const EXACT_MAX = 1 << 20;

/** Buckets a power of two; half of one is 1/2048 of the value. */
const BUCKETS_PER_OCTAVE = 1024;

/** Collects values of zero and more. */
export class Quantiles {
  #values = new Float64Array(16);
  #count = 0;
  #histogram: Float64Array | undefined;

  /** How many values there are. */
  get count(): number {
    return this.#count;
  }

  /** Adds a value; negative ones, of clocks set back, count as 0. */
  add(value: number): void {
    const known = Math.max(0, value);
    if (this.#histogram === undefined && this.#count === EXACT_MAX) this.#fold();
    if (this.#histogram !== undefined) addTo(this.#histogram, known);
    else {
      if (this.#count === this.#values.length) this.#grow();
      this.#values[this.#count] = known;
    }
    this.#count++;
  }

  /**
   * Element `min(n − 1, floor(p · n))` of the sorted values for each `p`, undefined if there is none.
   * O(n log n).
   */
  at(...shares: readonly number[]): (number | undefined)[] {
    if (this.#count === 0) return shares.map(() => undefined);
    const ranks = shares.map((p) => Math.min(this.#count - 1, Math.floor(p * this.#count)));
    if (this.#histogram !== undefined) {
      const histogram = this.#histogram;
      return ranks.map((rank) => valueAt(histogram, rank));
    }
    const sorted = this.#values.slice(0, this.#count).toSorted();
    return ranks.map((rank) => sorted[rank]);
  }

  #grow(): void {
    const wider = new Float64Array(this.#values.length * 2);
    wider.set(this.#values);
    this.#values = wider;
  }

  #fold(): void {
    this.#histogram = new Float64Array(64 * BUCKETS_PER_OCTAVE);
    for (const value of this.#values) addTo(this.#histogram, value);
    this.#values = new Float64Array(0);
  }
}

function addTo(histogram: Float64Array, value: number): void {
  const bucket = Math.floor(Math.log2(value + 1) * BUCKETS_PER_OCTAVE);
  const last = histogram.length - 1;
  histogram[Math.min(bucket, last)] = (histogram[Math.min(bucket, last)] as number) + 1;
}

/** The middle of the bucket that holds the value of that rank. */
function valueAt(histogram: Float64Array, rank: number): number {
  let before = 0;
  for (let bucket = 0; bucket < histogram.length; bucket++) {
    before += histogram[bucket] as number;
    if (before > rank) return Math.round(2 ** ((bucket + 0.5) / BUCKETS_PER_OCTAVE) - 1);
  }
  return 0;
}
