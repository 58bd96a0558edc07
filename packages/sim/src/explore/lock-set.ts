// The lockset pass: which locks were held whenever a cache line was touched. A line that several CPUs
// touch, at times under locks, and that no one lock guards each time, makes merging unsound.

/** What is known of one line. */
interface Touched {
  /** Locks held at every touch so far. */
  guards: ReadonlySet<string>;
  readonly cpus: Set<number>;
  isWritten: boolean;
  isUnderLocks: boolean;
}

/** Follows the touches of a run. @see Savage et al., Eraser, SOSP 1997 */
export class LockSet {
  readonly #lines = new Map<string, Touched>();

  /** A CPU touches a line while it holds these locks. */
  touch(line: string, cpu: number, held: readonly string[], writes: boolean): void {
    const known = this.#lines.get(line);
    if (known === undefined) {
      const first = { guards: new Set(held), cpus: new Set([cpu]) };
      this.#lines.set(line, { ...first, isWritten: writes, isUnderLocks: held.length > 0 });
      return;
    }
    known.cpus.add(cpu);
    known.isWritten ||= writes;
    known.isUnderLocks ||= held.length > 0;
    if (known.guards.size > 0) {
      known.guards = new Set(held.filter((lock) => known.guards.has(lock)));
    }
  }

  /** Lines that were touched under locks at times, and that no lock guards. */
  get unguarded(): string[] {
    return [...this.#lines]
      .filter(
        ([, { guards, cpus, isWritten, isUnderLocks }]) =>
          guards.size === 0 && cpus.size > 1 && isWritten && isUnderLocks,
      )
      .map(([line]) => line);
  }
}
