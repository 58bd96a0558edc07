// Where the page allocator turns when a node has no memory left: the order of nodes in each node's
// zonelist. Built for all nodes in turn, because a node that heads one list is less liked by the next.
import { assert } from '@forkless/errors';

/**
 * When the lists were built. At boot no CPU is registered yet, so no node is penalised for having
 * one; after memory hot-add all lists are rebuilt and nodes with CPUs are penalised.
 */
export type FallbackPhase = 'boot' | 'rebuilt';

/** What the kernel knows of its online nodes when it builds the lists. */
export interface NodeFacts {
  /** Node ids, ascending. */
  readonly nodes: readonly number[];
  /** Distances, row by row, over `nodes`. */
  readonly distances: ArrayLike<number>;
  /** Whether each of `nodes` has memory. */
  readonly hasMemory: readonly boolean[];
  /** Whether each of `nodes` has a CPU. */
  readonly hasCpu: readonly boolean[];
}

/** 1 << NODES_SHIFT of a Debian amd64 kernel: large enough that `load` only breaks ties. */
const MAX_NUMNODES = 1024;

/**
 * The fallback order of every online node, memoryless ones too. O(nodes³).
 *
 * @see mm/page_alloc.c, build_zonelists(), find_next_best_node(), v6.12
 */
export function fallbackOrders(facts: NodeFacts, phase: FallbackPhase): Map<number, number[]> {
  const load = new Float64Array(facts.nodes.length);
  return new Map(
    facts.nodes.map((node, local) => [
      node,
      orderFor(local, facts, phase, load).map((index) => facts.nodes[index]!),
    ]),
  );
}

function orderFor(
  local: number,
  facts: NodeFacts,
  phase: FallbackPhase,
  load: Float64Array,
): number[] {
  const width = facts.nodes.length;
  const row = local * width;
  const used = new Uint8Array(width);
  const order: number[] = [];
  let previous = local;
  for (;;) {
    const best = nextBest(local, facts, phase, { used, load });
    if (best < 0) return order;
    // The first of a group at equal distance gets a mark, so that the next node starts with another.
    if (facts.distances[row + best] !== facts.distances[row + previous]) load[best]!++;
    used[best] = 1;
    order.push(best);
    previous = best;
  }
}

function nextBest(
  local: number,
  { nodes, distances, hasMemory, hasCpu }: NodeFacts,
  phase: FallbackPhase,
  { used, load }: { used: Uint8Array; load: Float64Array },
): number {
  const width = nodes.length;
  assert(distances.length === width * width, 'there is a distance between every two nodes');
  if (hasMemory[local] && used[local] === 0) return local;
  let best = -1;
  let least = Number.POSITIVE_INFINITY;
  for (let other = 0; other < width; other++) {
    if (used[other] === 1 || !hasMemory[other]) continue;
    const penalty = Number(other < local) + Number(phase === 'rebuilt' && hasCpu[other]);
    const value = (distances[local * width + other]! + penalty) * MAX_NUMNODES + load[other]!;
    if (value < least) {
      least = value;
      best = other;
    }
  }
  return best;
}
