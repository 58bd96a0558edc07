// Latency and bandwidth between all nodes from what is known of each node's memory as its nearest
// CPUs see it. Firmware states only these cells; the others are estimated from the distances.
import type { CellProvenance, NodeMatrix } from './node-matrix.ts';

/**
 * How much of a longer distance is a longer latency.
 * CAL: 2-socket Xeon SP, 89 ns at distance 10 and 139 ns at distance 21 (qdpma.com SingleProcessor).
 */
const LATENCY_SLOPE = 0.51;

/** What is known of a node's memory from its nearest CPUs; undefined where nothing is. */
export interface LocalPerformance {
  readonly latencyNs: number | undefined;
  readonly bandwidthMBs: number | undefined;
}

/** Nodes by their place, with the distances between them. */
export interface PerformanceFacts {
  readonly distances: readonly number[];
  readonly hasCpu: readonly boolean[];
  readonly local: readonly LocalPerformance[];
  /** What the local figures are; the others are `derived`. */
  readonly provenance: CellProvenance;
}

/** Both matrices; a cell of a node of which nothing is known is NaN. */
export interface PerformanceMatrices {
  /** In ns. */
  readonly latencies: NodeMatrix;
  /** In MB/s. */
  readonly bandwidths: NodeMatrix;
}

/** The matrices; a CPU-less node as initiator is estimated like any other. O(nodes²). */
export function performanceMatrices(facts: PerformanceFacts): PerformanceMatrices {
  const near = nearestDistances(facts);
  const latency = (local: number, ratio: number) => local * (1 + (ratio - 1) * LATENCY_SLOPE);
  const bandwidth = (local: number, ratio: number) => local / ratio;
  return {
    latencies: matrix(facts, near, ({ latencyNs }) => latencyNs, latency),
    bandwidths: matrix(facts, near, ({ bandwidthMBs }) => bandwidthMBs, bandwidth),
  };
}

/** The distance from each node to the nearest one with CPUs, as seen from there. */
function nearestDistances({ distances, hasCpu }: PerformanceFacts): number[] {
  const width = hasCpu.length;
  return hasCpu.map((_, to) => {
    const fromCpus = hasCpu.flatMap((has, from) => (has ? [distances[from * width + to]!] : []));
    return Math.min(...fromCpus);
  });
}

function matrix(
  { distances, hasCpu, local, provenance }: PerformanceFacts,
  near: readonly number[],
  pick: (local: LocalPerformance) => number | undefined,
  scale: (local: number, ratio: number) => number,
): NodeMatrix {
  const width = local.length;
  const values: number[] = [];
  const sources: CellProvenance[] = [];
  for (const [cell, distance] of distances.entries()) {
    const to = cell % width;
    const known = pick(local[to]!);
    const isLocal = hasCpu[Math.floor(cell / width)]! && distance === near[to];
    const ratio = isLocal ? 1 : Math.max(1, distance / near[to]!);
    values.push(known === undefined ? Number.NaN : Math.round(scale(known, ratio)));
    sources.push(isLocal ? provenance : 'derived');
  }
  return { values, provenance: sources };
}
