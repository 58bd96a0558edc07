// The order in which locks are taken while others are held. A cycle in it can end in a deadlock, also when
// no explored schedule has met it.

/** Which lock was taken while which was held. */
export class LockOrder {
  readonly #after = new Map<string, Set<string>>();

  /** A lock is taken while these are held. */
  took(lock: string, held: readonly string[]): void {
    for (const before of held) {
      const known = this.#after.get(before);
      if (known === undefined) this.#after.set(before, new Set([lock]));
      else known.add(lock);
    }
  }

  /** Locks each taken while the one before it was held, the first again at the end; or undefined. */
  cycle(): string[] | undefined {
    for (const start of this.#after.keys()) {
      const found = this.#wayBack(start, [start], new Set());
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #wayBack(start: string, way: readonly string[], seen: Set<string>): string[] | undefined {
    for (const next of this.#after.get(way.at(-1)!) ?? []) {
      if (next === start) return [...way, start];
      if (seen.has(next)) continue;
      seen.add(next);
      const found = this.#wayBack(start, [...way, next], seen);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
