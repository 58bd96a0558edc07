// What the scheduler makes of the distances: how many levels there are, and what kind of network.
import type { NodeFacts } from './fallback-order.ts';

/** How nodes are joined. @see include/linux/topology.h, enum numa_topology_type, v6.12 */
export type NumaTopologyType = 'NUMA_DIRECT' | 'NUMA_GLUELESS_MESH' | 'NUMA_BACKPLANE';

/** Memory further than this is remote to reclaim and balancing. @see RECLAIM_DISTANCE, v6.12 */
export const RECLAIM_DISTANCE = 30;

/** The scheduler's view. */
export interface SchedulerLevels {
  readonly type: NumaTopologyType;
  /** The different distances between nodes with CPUs, ascending. */
  readonly levels: readonly number[];
}

/**
 * The levels and the type. O(nodes³) at worst.
 *
 * @see kernel/sched/topology.c, sched_init_numa(), init_numa_topology_type(), v6.12
 */
export function schedulerLevels({ distances, hasCpu }: NodeFacts): SchedulerLevels {
  const width = hasCpu.length;
  const nodes = hasCpu.flatMap((has, place) => (has ? [place] : []));
  const between = (a: number, b: number) => distances[a * width + b]!;
  const found = new Set(nodes.flatMap((a) => nodes.map((b) => between(a, b))));
  const levels = [...found].toSorted((a, b) => a - b);
  if (levels.length <= 2) return { type: 'NUMA_DIRECT', levels };
  const farthest = levels.at(-1)!;
  for (const a of nodes) {
    const b = nodes.find((node) => between(a, node) === farthest);
    if (b === undefined) continue;
    const isBetween = nodes.some((c) => between(a, c) < farthest && between(b, c) < farthest);
    return { type: isBetween ? 'NUMA_GLUELESS_MESH' : 'NUMA_BACKPLANE', levels };
  }
  return { type: 'NUMA_DIRECT', levels };
}
