// One memory policy: a mode, its flags, the nodes it works with, and the mask it remembers for the day
// the allowed nodes change. It never changes; a rebind makes another.
import { type Memory, type Nodemask, noNodes, type VmaPolicy } from '@forkless/mm';
import type { WeightTable } from '../placement/weight-table.ts';
import { MPOL, MPOL_MODE_FLAGS, NUMA_NO_NODE, type Mode } from '../uapi.ts';

/** What a policy is made of. */
export interface MempolicyParts {
  readonly mode: Mode;
  /** Mode flags. */
  readonly flags: number;
  /** The effective nodes; empty for LOCAL. */
  readonly nodes: Nodemask;
  /**
   * With any mode flag the mask the user gave, without one the nodes that were allowed. The kernel
   * keeps both in one field, and some rebinds show it.
   */
  readonly remembered: Nodemask;
  /** Where BIND and PREFERRED_MANY start looking; −1 is the node of the CPU. */
  readonly homeNode?: number;
  /** Weights of its own by node (proposed by mempolicy2), or null for the global ones. */
  readonly weights?: Uint8Array | null;
}

/** A policy of a task, a mapping or a part of shared memory. @see include/linux/mempolicy.h, v6.12 */
export class Mempolicy implements VmaPolicy {
  readonly mode: Mode;
  readonly flags: number;
  readonly nodes: Nodemask;
  readonly remembered: Nodemask;
  readonly homeNode: number;
  readonly weights: Uint8Array | null;
  /** The fallback order of each node, confined to `nodes`, as far as it was asked for. */
  readonly #orders: (readonly number[])[] = [];
  /** The last allowed nodes that were asked about, and the answer. */
  #meets: { readonly mems: Nodemask; readonly answer: boolean } | null = null;
  /** The node of every step of a round of weighted interleaving, kept until a weight changes. */
  #round: { readonly version: number; readonly nodes: Uint16Array } | null = null;

  constructor(parts: MempolicyParts) {
    this.mode = parts.mode;
    this.flags = parts.flags;
    this.nodes = parts.nodes;
    this.remembered = parts.remembered;
    this.homeNode = parts.homeNode ?? NUMA_NO_NODE;
    this.weights = parts.weights ?? null;
  }

  /** Whether `remembered` is the user's mask. @see mpol_store_user_nodemask(), v6.12 */
  get storesUserMask(): boolean {
    return (this.flags & MPOL_MODE_FLAGS) !== 0;
  }

  /** The mask get_mempolicy shows. */
  get shownNodes(): Nodemask {
    if (this.storesUserMask) return this.remembered;
    return this.mode === MPOL.LOCAL ? noNodes : this.nodes;
  }

  /** The same with another home node. */
  withHomeNode(homeNode: number): Mempolicy {
    return new Mempolicy({ ...this.parts, homeNode });
  }

  /** The same with other nodes and another remembered mask. */
  withNodes(nodes: Nodemask, remembered: Nodemask): Mempolicy {
    return new Mempolicy({ ...this.parts, nodes, remembered });
  }

  /** What it is made of. */
  get parts(): MempolicyParts {
    const { mode, flags, nodes, remembered, homeNode, weights } = this;
    return { mode, flags, nodes, remembered, homeNode, weights };
  }

  /** The weight of a node: its own, else the global one, else 1. */
  weightOf(node: number, table: WeightTable): number {
    const own = this.weights?.[node] ?? 0;
    return own === 0 ? table.weight(node) : own;
  }

  /** A round of weighted interleaving: each node as often as it weighs. O(1) while no weight changes. */
  weightRound(table: WeightTable): Uint16Array {
    if (this.#round?.version === table.version) return this.#round.nodes;
    const nodes = Uint16Array.from(
      this.nodes.members.flatMap((node) =>
        Array.from({ length: this.weightOf(node, table) }, () => node),
      ),
    );
    this.#round = { version: table.version, nodes };
    return nodes;
  }

  /** Whether one of the nodes is allowed. O(1) while the allowed nodes are the same. */
  meets(mems: Nodemask): boolean {
    if (this.#meets?.mems === mems) return this.#meets.answer;
    const answer = this.nodes.intersects(mems);
    this.#meets = { mems, answer };
    return answer;
  }

  /** The nodes of the mask in the fallback order of `start`. O(1) after the first call. */
  orderFrom(start: number, memory: Memory): readonly number[] {
    return (this.#orders[start] ??= memory
      .fallbackOrder(start)
      .filter((node) => this.nodes.has(node)));
  }

  /** @see mm/mempolicy.c, __mpol_equal(), v6.12 */
  equals(other: VmaPolicy): boolean {
    return (
      other instanceof Mempolicy &&
      this.mode === other.mode &&
      this.flags === other.flags &&
      this.homeNode === other.homeNode &&
      (!this.storesUserMask || this.remembered.equals(other.remembered)) &&
      areWeightsEqual(this.weights, other.weights) &&
      (this.mode === MPOL.LOCAL || this.nodes.equals(other.nodes))
    );
  }
}

function areWeightsEqual(a: Uint8Array | null, b: Uint8Array | null): boolean {
  if (a === null || b === null) return a === b;
  return a.length === b.length && a.every((weight, node) => weight === b[node]);
}
