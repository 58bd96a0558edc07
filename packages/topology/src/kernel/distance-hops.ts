// CPUs by distance: who is how many hops away, and the n-th CPU counted from a node outwards.
import type { NodeFacts } from './fallback-order.ts';

/** Node facts with the CPUs of each node. */
export interface HopFacts extends NodeFacts {
  /** CPU ids by node, ascending. */
  readonly cpus: readonly (readonly number[])[];
}

/**
 * CPU ids around a node: those at the smallest distance first, each distance in ascending order of
 * ids. O(nodes + CPUs log CPUs).
 *
 * @see kernel/sched/topology.c, sched_numa_find_nth_cpu(), sched_numa_hop_mask(), v6.12
 */
export function cpusByHop({ nodes, distances, cpus }: HopFacts, node: number): number[][] {
  const width = nodes.length;
  const row = nodes.indexOf(node) * width;
  const hops = new Map<number, number[]>();
  for (const [place, ids] of cpus.entries()) {
    const distance = distances[row + place]!;
    if (ids.length > 0) hops.set(distance, [...(hops.get(distance) ?? []), ...ids]);
  }
  return [...hops].toSorted(([a], [b]) => a - b).map(([, ids]) => ids.toSorted((a, b) => a - b));
}

/** The CPU that has `count` nearer ones before it, undefined when there are not so many. */
export function nthCpuByDistance(facts: HopFacts, node: number, count: number): number | undefined {
  return cpusByHop(facts, node).flat()[count];
}
