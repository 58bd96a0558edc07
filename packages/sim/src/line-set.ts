// A small set of cache lines that is filled and emptied over and over without making garbage.

/** Lines in the order they were added, each once. Adding is O(lines in the set): it stays small. */
export class LineSet {
  #lines = new Int32Array(16);
  #count = 0;

  /** How many lines are in the set. */
  get count(): number {
    return this.#count;
  }

  /** The line that was added as number `at`, from 0. */
  lineAt(at: number): number {
    return this.#lines[at]!;
  }

  /** Empties the set. */
  clear(): void {
    this.#count = 0;
  }

  /** Adds a line unless it is in the set. */
  add(line: number): void {
    for (let at = 0; at < this.#count; at++) {
      if (this.#lines[at] === line) return;
    }
    if (this.#count === this.#lines.length) {
      const lines = new Int32Array(this.#count * 2);
      lines.set(this.#lines);
      this.#lines = lines;
    }
    this.#lines[this.#count++] = line;
  }

  /** Becomes equal to another set. */
  copy(other: LineSet): void {
    if (other.#count > this.#lines.length) this.#lines = new Int32Array(other.#lines.length);
    for (let at = 0; at < other.#count; at++) this.#lines[at] = other.#lines[at]!;
    this.#count = other.#count;
  }

  /** Adds the lines of another set. */
  addAll(other: LineSet): void {
    for (let at = 0; at < other.#count; at++) this.add(other.#lines[at]!);
  }
}
