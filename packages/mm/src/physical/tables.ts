// The page-table pages of all processes: 512 entries each, kept in a few large typed arrays and known by
// index, so that a process of 64 GiB is some dozens of objects and not thirty thousand.
import { TABLE_ENTRIES } from '../layout.ts';

const TABLE_SHIFT = 9;
const CHUNK_SHIFT = 4;
const CHUNK_TABLES = 1 << CHUNK_SHIFT;

/** An entry of a table; the handle of a page or the index of a table is in the low bits. */
export const PTE = {
  /** The low bits: a page handle, or a table index. */
  VALUE: 2 ** 28 - 1,
  /** Zero page or a page without memory of its own (vvar): not counted, not migrated. */
  SPECIAL: 1 << 28,
  /** A huge page, in an entry of the second level. */
  HUGE: 1 << 29,
  PRESENT: 1 << 30,
  /** Writable; the sign bit, so that `entry < 0` asks for it. */
  WRITE: 1 << 31,
} as const;

/** The tables of one owner, in no order. */
export class TableList {
  /** The one added last; 0 when there is none. */
  first = 0;
  count = 0;
}

/** Page tables by index, 1 and up. */
export class Tables {
  readonly #chunks: Int32Array[] = [];
  readonly #free: number[] = [];
  /** The node each table lies on, −1 for one that takes no memory of a node. */
  readonly #nodes: number[] = [-1];
  /** Neighbours of each table in the list of its owner; 0 at the ends. */
  readonly #next: number[] = [0];
  readonly #previous: number[] = [0];
  /** The entry that leads to each table of a list: the table it is in, and its slot there. */
  readonly #above: number[] = [0];
  readonly #slot: number[] = [0];
  #end = 1;

  /** How many tables are in use. */
  get inUse(): number {
    return this.#end - 1 - this.#free.length;
  }

  /** A table without entries, on a node where memory was taken for it. O(1). */
  add(node = -1): number {
    const index = this.#free.pop();
    if (index !== undefined) {
      this.#nodes[index] = node;
      return index;
    }
    this.#nodes.push(node);
    this.#next.push(0);
    this.#previous.push(0);
    this.#above.push(0);
    this.#slot.push(0);
    if (this.#end >>> CHUNK_SHIFT >= this.#chunks.length) {
      this.#chunks.push(new Int32Array(CHUNK_TABLES << TABLE_SHIFT));
    }
    return this.#end++;
  }

  /** Clears a table and gives it back; returns the node it lay on. */
  drop(index: number): number {
    const base = this.base(index);
    this.chunk(index).fill(0, base, base + TABLE_ENTRIES);
    return this.dropEmpty(index);
  }

  /** The same for a table that is empty. O(1). */
  dropEmpty(index: number): number {
    this.#free.push(index);
    return this.#nodes[index]!;
  }

  /** Puts a table into its owner's list; the entry at `slot` of the table `above` leads to it. O(1). */
  enlist(list: TableList, index: number, above: number, slot: number): void {
    this.#above[index] = above;
    this.#slot[index] = slot;
    this.#next[index] = list.first;
    this.#previous[index] = 0;
    if (list.first !== 0) this.#previous[list.first] = index;
    list.first = index;
    list.count++;
  }

  /** Takes a table out of its list. O(1). */
  delist(list: TableList, index: number): void {
    const next = this.#next[index]!;
    const previous = this.#previous[index]!;
    if (next !== 0) this.#previous[next] = previous;
    if (previous === 0) list.first = next;
    else this.#next[previous] = next;
    list.count--;
  }

  /**
   * Gives all tables of a list back and empties the entries that lead to them, so that with the last
   * levels, which hold nothing any more, all are empty. Each node they lay on goes to `visit`. O(tables).
   */
  dropList(list: TableList, visit: (node: number) => void): void {
    for (let index = list.first; index !== 0; index = this.#next[index]!) {
      const above = this.#above[index]!;
      this.chunk(above)[this.base(above) + this.#slot[index]!] = 0;
      visit(this.dropEmpty(index));
    }
    list.first = 0;
    list.count = 0;
  }

  /** The array that holds a table's entries, from `base(index)` on. O(1). */
  chunk(index: number): Int32Array {
    return this.#chunks[index >>> CHUNK_SHIFT]!;
  }

  /** Where a table's entries begin in its array. O(1). */
  base(index: number): number {
    return (index & (CHUNK_TABLES - 1)) << TABLE_SHIFT;
  }
}
