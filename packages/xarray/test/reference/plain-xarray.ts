// The XArray's rules on a sorted list of ranges: slow and obvious. Index 0 of an array that begins at 1 is
// left out, as the kernel's treatment of it depends on the tree's nodes.

import type { Mark } from '../../src/index.ts';

/** A reserved range has the value undefined. */
interface Range {
  readonly first: number;
  readonly last: number;
  value: number | undefined;
  marks: Set<Mark>;
}

export type PlainFilter = 'present' | Mark;

/** A plain XArray. */
export class PlainXArray {
  #ranges: Range[] = [];
  readonly #allocates: boolean;
  #wrapped = false;

  constructor(allocates: boolean) {
    this.#allocates = allocates;
  }

  get isEmpty(): boolean {
    return this.#ranges.length === 0;
  }

  load(index: number): number | null {
    return this.#at(index)?.value ?? null;
  }

  store(index: number, value: number | null): number | null {
    if (value === null && !this.#allocates) return this.erase(index);
    const old = this.load(index);
    this.#put(index, value ?? undefined);
    return old;
  }

  erase(index: number): number | null {
    const range = this.#at(index);
    this.#ranges = this.#ranges.filter((other) => other !== range);
    return range?.value ?? null;
  }

  insert(index: number, value: number | null): 'EBUSY' | undefined {
    if (this.#at(index) !== undefined) return 'EBUSY';
    this.#put(index, value ?? undefined);
    return undefined;
  }

  release(index: number): void {
    const range = this.#at(index);
    if (range !== undefined && range.value === undefined) this.erase(index);
  }

  /** `old` undefined stands for a reservation. */
  cmpxchg(index: number, old: number | null | undefined, value: number | null): number | null {
    const range = this.#at(index);
    const current = range === undefined ? null : range.value;
    if (current !== old) return current ?? null;
    if (value === null) this.erase(index);
    else this.#put(index, value);
    return current ?? null;
  }

  alloc(value: number | null, min: number, max: number): number | 'EBUSY' {
    for (let index = min; index <= max; index++) {
      if (this.insert(index, value) === undefined) return index;
    }
    return 'EBUSY';
  }

  allocCyclic(
    value: number | null,
    min: number,
    max: number,
    cyclic: { next: number; wrapped: boolean },
  ): number | 'EBUSY' {
    const from = Math.max(min, cyclic.next);
    let index = this.alloc(value, from, max);
    let wrapped = index !== 'EBUSY' && this.#wrapped;
    if (wrapped) this.#wrapped = false;
    if (index === 'EBUSY' && from > min) {
      index = this.alloc(value, min, max);
      wrapped = index !== 'EBUSY';
    }
    if (index === 'EBUSY') return index;
    cyclic.next = (index + 1) % 2 ** 32;
    cyclic.wrapped = wrapped;
    this.#wrapped ||= cyclic.next === 0;
    return index;
  }

  setMark(index: number, mark: Mark, marked: boolean): void {
    const marks = this.#at(index)?.marks;
    if (marked) marks?.add(mark);
    else marks?.delete(mark);
  }

  getMark(index: number, mark: Mark): boolean {
    return this.#at(index)?.marks.has(mark) === true;
  }

  marked(mark: Mark): boolean {
    return this.#ranges.some(({ marks }) => marks.has(mark));
  }

  find(index: number, max: number, filter: PlainFilter) {
    if (index > max) return undefined;
    const range = this.#ranges.find(
      (other) => other.last >= index && this.#shows(other, filter) && other.first <= max,
    );
    if (range === undefined) return undefined;
    return { index: seenAt(range, index, filter), value: range.value! };
  }

  findAfter(index: number, max: number, filter: PlainFilter) {
    const from = index + 1;
    const inside = this.#ranges.find(({ first, last }) => first < from && from <= last);
    // Behind its first slot a marked entry is found again.
    const again = inside !== undefined && seenAt(inside, from, filter) !== from;
    return this.find(inside === undefined || again ? from : inside.last + 1, max, filter);
  }

  extract(start: number, max: number, count: number, filter: PlainFilter): number[] {
    if (start > max) return [];
    return this.#ranges
      .filter((range) => range.last >= start && range.first <= max && this.#shows(range, filter))
      .slice(0, count)
      .map(({ value }) => value!);
  }

  storeOrder(index: number, order: number, value: number | null): void {
    const size = 2 ** order;
    const first = index - (index % size);
    const last = first + size - 1;
    const wider = this.#at(first);
    if (wider !== undefined && (wider.first < first || wider.last > last)) {
      if (value === null) this.erase(first);
      else wider.value = value;
      return;
    }
    const covered = this.#ranges.filter((range) => range.first >= first && range.last <= last);
    this.#ranges = this.#ranges.filter((range) => !covered.includes(range));
    if (value !== null) this.#add({ first, last, value, marks: marksOver(covered) });
  }

  getOrder(index: number): number {
    const range = this.#at(index);
    return range === undefined ? 0 : Math.log2(range.last - range.first + 1);
  }

  split(index: number, newOrder: number): void {
    const range = this.#at(index)!;
    this.erase(index);
    for (let first = range.first; first <= range.last; first += 2 ** newOrder) {
      const marks = new Set(range.marks);
      this.#add({ first, last: first + 2 ** newOrder - 1, value: range.value, marks });
    }
  }

  destroy(): void {
    this.#ranges = [];
  }

  #at(index: number): Range | undefined {
    return this.#ranges.find(({ first, last }) => first <= index && index <= last);
  }

  #put(index: number, value: number | undefined): void {
    const range = this.#at(index);
    if (range === undefined) this.#add({ first: index, last: index, value, marks: new Set() });
    else range.value = value;
  }

  #add(range: Range): void {
    this.#ranges = [...this.#ranges, range].toSorted((a, b) => a.first - b.first);
  }

  #shows({ value, marks }: Range, filter: PlainFilter): boolean {
    return value !== undefined && (filter === 'present' || marks.has(filter));
  }
}

/** Where a search begun at `from` says that it found a range. */
function seenAt({ first, last }: Range, from: number, filter: PlainFilter): number {
  if (from <= first) return first;
  const order = Math.log2(last - first + 1);
  const slotSize = 2 ** (order - (order % 6));
  return filter === 'present' || from < first + slotSize ? from : first;
}

/** The marks an entry has after it was stored over others: those of all. */
function marksOver(covered: readonly Range[]): Set<Mark> {
  return new Set(covered.flatMap(({ marks }) => [...marks]));
}
