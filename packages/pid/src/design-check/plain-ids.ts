// The plainest thing that hands out ids: a sorted list of those taken and a Map of what is stored. What
// every design is held against.

/** A slow, obvious set of taken ids with values. */
export class PlainIds<T> {
  /** Ascending. */
  readonly taken: number[] = [];
  readonly #values = new Map<number, T>();
  cursor = 0;

  /** Whether an id is taken. O(log ids). */
  has(id: number): boolean {
    return this.taken[this.#placeOf(id)] === id;
  }

  /** The lowest free id from `from` to below `end`, −1 when there is none. */
  firstFree(from: number, end: number): number {
    let id = from;
    for (let at = this.#placeOf(from); id < end && this.taken[at] === id; at++) id++;
    return id < end ? id : -1;
  }

  /** What a strictly cyclic search answers, −1 when there is none. */
  cyclic(min: number, end: number): number {
    const id = this.firstFree(Math.max(min, this.cursor), end);
    return id >= 0 ? id : this.firstFree(min, end);
  }

  take(id: number): void {
    this.taken.splice(this.#placeOf(id), 0, id);
  }

  publish(id: number, value: T): void {
    this.#values.set(id, value);
  }

  free(id: number): void {
    if (!this.has(id)) return;
    this.taken.splice(this.#placeOf(id), 1);
    this.#values.delete(id);
  }

  find(id: number): T | undefined {
    return this.#values.get(id);
  }

  /** The lowest published id at or above `from`, −1 when there is none. */
  next(from: number): number {
    for (let at = this.#placeOf(from); at < this.taken.length; at++) {
      if (this.#values.has(this.taken[at]!)) return this.taken[at]!;
    }
    return -1;
  }

  /** Where `id` stands in the list, or would. */
  #placeOf(id: number): number {
    let low = 0;
    let high = this.taken.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.taken[middle]! < id) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
