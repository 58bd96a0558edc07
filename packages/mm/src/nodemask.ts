// A set of NUMA nodes that never changes, laid out for the page allocator: membership in one load, and
// the members in ascending order so that the k-th is one load too.

/** An immutable set of node ids. */
export class Nodemask {
  /** The members, ascending. */
  readonly members: readonly number[];
  readonly #has: Uint8Array;

  private constructor(members: readonly number[]) {
    this.members = members;
    this.#has = new Uint8Array((members.at(-1) ?? -1) + 1);
    for (const node of members) this.#has[node] = 1;
  }

  /** The set of the given ids, in any order and with repeats. */
  static of(nodes: Iterable<number>): Nodemask {
    return new Nodemask([...new Set(nodes)].toSorted((a, b) => a - b));
  }

  /** How many members there are. O(1). */
  get count(): number {
    return this.members.length;
  }

  /** The lowest member, −1 if there is none. */
  get first(): number {
    return this.members[0] ?? -1;
  }

  /** Whether a node is a member. O(1). */
  has(node: number): boolean {
    return this.#has[node] === 1;
  }

  /** The members that are in `other` too. */
  and(other: Nodemask): Nodemask {
    return new Nodemask(this.members.filter((node) => other.has(node)));
  }

  /** The member after `node`, from the lowest again after the highest; −1 of an empty set. */
  nextIn(node: number): number {
    for (const member of this.members) if (member > node) return member;
    return this.first;
  }

  /** Whether both sets have the same members. */
  equals(other: Nodemask): boolean {
    return (
      this === other || (this.count === other.count && this.members.every((m) => other.has(m)))
    );
  }

  /** Whether every member is in `other`. */
  isSubsetOf(other: Nodemask): boolean {
    return this.members.every((node) => other.has(node));
  }

  /** Whether there is a common member. */
  intersects(other: Nodemask): boolean {
    return this.members.some((node) => other.has(node));
  }
}

/** The empty set. */
export const noNodes: Nodemask = Nodemask.of([]);
