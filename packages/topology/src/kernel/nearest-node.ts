// The node a request is sent to when its own cannot serve it: the nearest with memory, or with a
// CPU. Unlike the fallback order this knows no penalties, only distance and the lower id.
import type { NodeFacts } from './fallback-order.ts';

/** What a node must have. @see include/linux/nodemask.h, enum node_states, v6.12 */
export type NodeState = 'memory' | 'cpu' | 'online';

/**
 * The nearest online node in `state`, `node` itself if it is; undefined when there is none. O(nodes).
 *
 * @see mm/mempolicy.c, numa_nearest_node(), v6.12
 */
export function nearestNode(facts: NodeFacts, node: number, state: NodeState): number | undefined {
  const local = facts.nodes.indexOf(node);
  const width = facts.nodes.length;
  let best: number | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (let other = 0; other < width; other++) {
    if (!isIn(facts, other, state)) continue;
    if (other === local) return node;
    const distance = facts.distances[local * width + other]!;
    if (distance < least) {
      least = distance;
      best = facts.nodes[other];
    }
  }
  return best;
}

function isIn(facts: NodeFacts, index: number, state: NodeState): boolean {
  if (state === 'memory') return facts.hasMemory[index]!;
  return state === 'online' || facts.hasCpu[index]!;
}
