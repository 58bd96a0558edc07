// What the firmware's HMAT says of a node, as the kernel passes it on: who reaches it best, and how
// fast. Since 5.10 the best initiator may be a device (access0); the best CPUs are then in access1.
import type { Bitmap } from '@forkless/bitmap';
import type { TopologyObject } from '../tree/topology-object.ts';
import type { TreeBuilder } from '../tree/tree-builder.ts';
import type { FileMap } from './file-map.ts';
import { NODE_ROOT } from './kernel-nodes.ts';

function initiatorsOf(files: FileMap, node: number): string | undefined {
  const places = [1, 0].map((access) => `${NODE_ROOT}/node${node}/access${access}/initiators`);
  return places.find((place) => files.hasDirectory(place));
}

/**
 * Adds the CPUs of the best initiators to `node`; answers whether the firmware names any place.
 *
 * @see hwloc 2.9.0, hwloc/topology-linux.c, read_node_initiators()
 */
export function addInitiators(
  files: FileMap,
  node: TopologyObject,
  cpusOf: (node: number) => Bitmap | undefined,
): void {
  const directory = initiatorsOf(files, node.osIndex);
  if (directory === undefined) return;
  for (const initiator of files.numbered(directory, 'node')) {
    const cpus = initiator === node.osIndex ? undefined : cpusOf(initiator);
    if (cpus !== undefined) node.cpuset.or(node.cpuset, cpus);
  }
}

/** The attributes of reading and writing, and the name of what they have in common. */
const ATTRIBUTES = [
  ['bandwidth', 'ReadBandwidth', 'WriteBandwidth', 'Bandwidth'],
  ['latency', 'ReadLatency', 'WriteLatency', 'Latency'],
] as const;

/**
 * Tells the builder the bandwidth in MB/s and latency in ns of `node` as its own CPUs see it.
 *
 * @see hwloc 2.9.0, hwloc/topology-linux.c, read_node_local_memattrs()
 */
export function setPerformance(files: FileMap, builder: TreeBuilder, node: TopologyObject): void {
  const directory = initiatorsOf(files, node.osIndex);
  if (directory === undefined) return;
  const initiator = node.cpuset;
  const set = (name: string, value: number) =>
    value > 0 && builder.memoryAttributes.set(name, node, { initiator, value });
  for (const [file, readName, writeName, name] of ATTRIBUTES) {
    const read = files.number(`${directory}/read_${file}`) ?? 0;
    const write = files.number(`${directory}/write_${file}`) ?? 0;
    set(readName, read);
    set(writeName, write);
    if (read > 0 && write > 0) set(name, Math.floor((read + write) / 2));
  }
}
