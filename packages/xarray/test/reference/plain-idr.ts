// The IDR's rules on a Map, one id at a time: slow and obvious.

/** A plain IDR over small ranges. */
export class PlainIdr<T> {
  readonly #taken = new Map<number, T | null>();
  readonly #base: number;
  cursor = 0;

  constructor(base: number) {
    this.#base = base;
  }

  get isEmpty() {
    return this.#taken.size === 0;
  }

  alloc(value: T | null, start: number, end: number): number | string {
    for (let id = Math.max(start, this.#base); id < end; id++) {
      if (this.#taken.has(id)) continue;
      this.#taken.set(id, value);
      return id;
    }
    return 'ENOSPC';
  }

  allocCyclic(value: T | null, start: number, end: number): number | string {
    let id = this.alloc(value, Math.max(this.cursor, start), end);
    if (id === 'ENOSPC') id = this.alloc(value, start, end);
    if (typeof id === 'number') this.cursor = id + 1;
    return id;
  }

  find(id: number): T | null {
    return this.#taken.get(id) ?? null;
  }

  replace(id: number, value: T | null): T | null | string {
    if (!this.#taken.has(id)) return 'ENOENT';
    const old = this.find(id);
    this.#taken.set(id, value);
    return old;
  }

  remove(id: number): T | null {
    const old = this.find(id);
    this.#taken.delete(id);
    return old;
  }

  next(from: number): { id: number; value: T } | undefined {
    const ids = [...this.#taken.keys()].filter((id) => id >= from && this.find(id) !== null);
    const id = Math.min(...ids);
    return ids.length === 0 ? undefined : { id, value: this.find(id)! };
  }

  /** Nodes a 64-way tree over the taken ids has, with no lone id in its head. */
  get nodeCount(): number {
    const indices = [...this.#taken.keys()].map((id) => id - this.#base);
    let nodes = 0;
    let level = new Set(indices.map((index) => Math.floor(index / 64)));
    while (level.size > 0) {
      nodes += level.size;
      if (level.size === 1 && level.has(0)) break;
      level = new Set([...level].map((index) => Math.floor(index / 64)));
    }
    return nodes;
  }
}
