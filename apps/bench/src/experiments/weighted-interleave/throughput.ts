// How fast memory can be read that is spread over nodes of different bandwidth, and how long one access takes:
// in closed form from weights, and from pages wherever they lie.

/** A node as one group of CPUs sees it. */
export interface SeenNode {
  readonly node: number;
  readonly gigabytesPerSecond: number;
  readonly latencyNs: number;
}

/**
 * GB/s when all pages are read once, each node at its own pace and all at the same time: the node that
 * finishes last decides. `shares` are pages or weights, by the order of `nodes`. O(nodes).
 */
export function throughput(nodes: readonly SeenNode[], shares: readonly number[]): number {
  const total = shares.reduce((sum, share) => sum + share, 0);
  const slowest = Math.max(
    ...nodes.map(({ gigabytesPerSecond }, i) => shares[i]! / gigabytesPerSecond),
  );
  return total / slowest;
}

/** Mean latency of an access to a random page, in ns: what a chain of dependent loads waits for. O(nodes). */
export function meanLatency(nodes: readonly SeenNode[], shares: readonly number[]): number {
  const total = shares.reduce((sum, share) => sum + share, 0);
  return nodes.reduce((sum, { latencyNs }, i) => sum + (latencyNs * shares[i]!) / total, 0);
}

/** Weights by the order of the nodes; 0 leaves a node out of the mask. */
export type Weights = readonly number[];

/**
 * The weights up to `weightMax` with the highest throughput, of those the smallest round. In the best round
 * one node is busy to its end, with some weight, and every other has as much as it can read meanwhile; so
 * all are found by trying each weight of each node. O(weightMax · nodes²).
 */
export function bestWeights(nodes: readonly SeenNode[], weightMax: number): Weights {
  let best: Weights = nodes.map(() => 1);
  const sizeOf = (weights: Weights) => weights.reduce((sum, weight) => sum + weight, 0);
  for (const { gigabytesPerSecond: pace } of nodes) {
    for (let weight = 1; weight <= weightMax; weight++) {
      const weights = nodes.map(({ gigabytesPerSecond }) =>
        Math.min(weightMax, Math.floor((weight * gigabytesPerSecond) / pace + 1e-9)),
      );
      const gain = throughput(nodes, weights) / throughput(nodes, best);
      const isSmaller = gain > 1 - 1e-9 && sizeOf(weights) < sizeOf(best);
      if (gain > 1 + 1e-9 || isSmaller) best = weights;
    }
  }
  return best;
}
