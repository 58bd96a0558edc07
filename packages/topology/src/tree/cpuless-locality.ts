// Where a node without CPUs belongs when nothing but distances tells.
import type { TopologyObject } from './topology-object.ts';

/**
 * Gives a node the CPUs of all nodes at its smallest distance, unless that is every node.
 *
 * @see hwloc 2.9.0, hwloc/topology-linux.c, fixup_cpuless_node_locality_from_distances()
 */
export function addNearest(
  nodes: readonly (TopologyObject | undefined)[],
  place: number,
  distances: readonly number[],
): void {
  const width = nodes.length;
  const row = distances.slice(place * width, (place + 1) * width);
  const others = nodes.flatMap((node, i) => (node === undefined || i === place ? [] : [i]));
  const least = Math.min(...others.map((i) => row[i]!));
  const nearest = others.filter((i) => row[i] === least);
  if (others.length === 0 || least <= row[place]! || nearest.length === width - 1) return;
  const { cpuset } = nodes[place]!;
  for (const i of nearest) cpuset.or(cpuset, nodes[i]!.cpuset);
}
