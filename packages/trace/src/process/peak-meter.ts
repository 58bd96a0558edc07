// The most that were alive at once, from starts and ends that come almost in order: what is known late (a
// task turned out to be a thread) corrects the past, as far back as the last thousands of changes.

/** Changes that are held before the older half of them is settled. */
const HELD_MAX = 1 << 12;

/** Finds the peak of a count. At equal times ends come before starts. Memory is fixed. */
export class PeakMeter {
  #times = new Float64Array(64);
  #changes = new Int8Array(64);
  #held = 0;
  #settledCount = 0;
  #settledPeak = 0;

  /** One more (`change` 1) or one less (-1) from `timeNs` on. O(1) in order, else O(HELD_MAX). */
  add(timeNs: number, change: 1 | -1): void {
    if (this.#held === HELD_MAX) this.#settle(HELD_MAX / 2);
    else if (this.#held === this.#times.length) this.#grow();
    const at = this.#placeOf(timeNs, change);
    if (at < this.#held) {
      this.#times.copyWithin(at + 1, at, this.#held);
      this.#changes.copyWithin(at + 1, at, this.#held);
    }
    this.#times[at] = timeNs;
    this.#changes[at] = change;
    this.#held++;
  }

  /** The most there were. O(held). */
  peak(): number {
    this.#settle(this.#held);
    return this.#settledPeak;
  }

  #grow(): void {
    const [times, changes] = [this.#times, this.#changes];
    this.#times = new Float64Array(times.length * 2);
    this.#changes = new Int8Array(times.length * 2);
    this.#times.set(times);
    this.#changes.set(changes);
  }

  /** Behind all that come before it: earlier ones, and at the same time ends before starts. */
  #placeOf(timeNs: number, change: number): number {
    let high = this.#held;
    if (high === 0 || !this.#isAfter(high - 1, timeNs, change)) return high;
    let low = 0;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#isAfter(middle, timeNs, change)) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #isAfter(at: number, timeNs: number, change: number): boolean {
    const heldNs = this.#times[at] as number;
    return heldNs > timeNs || (heldNs === timeNs && (this.#changes[at] as number) > change);
  }

  #settle(count: number): void {
    for (let i = 0; i < count; i++) {
      this.#settledCount += this.#changes[i] as number;
      this.#settledPeak = Math.max(this.#settledPeak, this.#settledCount);
    }
    this.#times.copyWithin(0, count, this.#held);
    this.#changes.copyWithin(0, count, this.#held);
    this.#held -= count;
  }
}
