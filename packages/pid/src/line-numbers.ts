// One numbering of the lines of all allocators of a machine, so that a line of one namespace is never
// taken for a line of another. The initial namespace, in which every pid has a number, has the even
// numbers as they are; the lines of the others are numbered as they are first touched.

/** Most lines an allocator numbers. */
const LINES_MAX = 2 ** 26;

/** The lines of the allocators of one machine. */
export class LineNumbers {
  readonly #numbers = new Map<number, number>();
  readonly #first: number;

  /** Numbers from `first` on, an even one; from 0 when left out. */
  constructor(first = 0) {
    this.#first = first;
  }

  /** The machine's number of an allocator's line. O(1). */
  of(namespaceId: number, line: number): number {
    if (namespaceId === 0) return this.#first + 2 * line;
    const key = namespaceId * LINES_MAX + line;
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#first + 2 * this.#numbers.size + 1;
      this.#numbers.set(key, number);
    }
    return number;
  }
}
