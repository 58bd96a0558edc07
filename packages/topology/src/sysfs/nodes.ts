// Nodes in the tree: which CPUs each one is near, what hangs at it, and the order in which nodes of
// one place stand. A node without CPUs goes to the initiators that the firmware names, else to the
// nodes at the smallest distance, else to the machine.
import { Bitmap } from '@forkless/bitmap';
import { slitMatrix } from '../tree/distance-matrix.ts';
import { addNearest } from '../tree/cpuless-locality.ts';
import type { Warn } from '../tree/insert.ts';
import type { TopologyObject } from '../tree/topology-object.ts';
import type { TreeBuilder } from '../tree/tree-builder.ts';
import type { FileMap } from './file-map.ts';
import { addInitiators, setPerformance } from './hmat.ts';
import { NODE_ROOT } from './kernel-nodes.ts';
import { insertKnlNodes } from './knl.ts';
import { nodeMemoryPlace, readMemory } from './memory.ts';

/** What inserting the nodes of a machine takes. */
export interface NodeSource {
  readonly files: FileMap;
  readonly builder: TreeBuilder;
  readonly ids: readonly number[];
  readonly distances: readonly number[] | undefined;
  readonly pageBytes: number;
  readonly isKnl: boolean;
  readonly warn: Warn;
}

/**
 * Inserts the nodes, their memory-side caches, distances and attributes.
 *
 * @see hwloc 2.9.0, hwloc/topology-linux.c, look_sysfsnode()
 */
export function insertNodes(source: NodeSource): void {
  const { files, builder, ids } = source;
  const nodes = createNodes(source);
  dropGpuNodes(files, ids, nodes);
  annotateDax(files, nodes);
  const distances = ids.length > 1 ? source.distances : undefined;
  if (source.isKnl) {
    insertKnlNodes(builder, nodes, distances, source.warn);
    return;
  }
  const present = nodes.filter((node) => node !== undefined);
  const cpusOf = (id: number) => present.find(({ osIndex }) => osIndex === id)?.cpuset;
  const cpuless = present.filter(({ cpuset }) => cpuset.isEmpty());
  const usual = present.filter((node) => !cpuless.includes(node));
  // A node with CPUs may be reached from further ones; only then do nodes without look for theirs.
  for (const node of usual) addInitiators(files, node, cpusOf);
  for (const [place, node] of nodes.entries()) {
    if (node === undefined) continue;
    if (cpuless.includes(node)) {
      addInitiators(files, node, cpusOf);
      if (node.cpuset.isEmpty() && distances !== undefined) addNearest(nodes, place, distances);
    }
    setPerformance(files, builder, node);
  }
  // Ordinary memory comes first wherever several nodes meet.
  for (const node of [...usual, ...cpuless]) insertWithCaches(source, node);
  if (distances === undefined) return;
  builder.addDistances(slitMatrix(nodes, distances), { group: true });
}

/** The nodes in the order of `ids`; undefined for one that is not described or lists others' CPUs. */
function createNodes(source: NodeSource): (TopologyObject | undefined)[] {
  const { files, builder, pageBytes, warn } = source;
  const taken = new Bitmap(builder.cpuWidth);
  return source.ids.map((id) => {
    const directory = `${NODE_ROOT}/node${id}`;
    const cpus =
      files.mask(`${directory}/cpumap`, builder.cpuWidth) ??
      files.list(`${directory}/cpulist`, builder.cpuWidth);
    if (cpus === undefined) {
      warn(`node ${id} has no cpumap and is left out of the tree`);
      return undefined;
    }
    if (cpus.intersects(taken)) {
      warn(`node ${id} lists CPUs of a node before it and is left out of the tree`);
      return undefined;
    }
    taken.or(taken, cpus);
    const node = builder.createMemory('NUMANode', id, cpus.clone());
    node.memory = readMemory(files, nodeMemoryPlace(directory), pageBytes);
    return node;
  });
}

/** Memory of a GPU whose driver says so is no memory for everyone. */
function dropGpuNodes(
  files: FileMap,
  ids: readonly number[],
  nodes: (TopologyObject | undefined)[],
): void {
  const root = 'proc/driver/nvidia/gpus';
  for (const gpu of files.directories(root)) {
    const node = /Node:[ \t]*(\d+)/.exec(files.text(`${root}/${gpu}/numa_status`) ?? '')?.[1];
    const place = node === undefined ? -1 : ids.indexOf(Number(node));
    if (place >= 0) nodes[place] = undefined;
  }
}

/** Memory that came through a DAX device says which. */
function annotateDax(files: FileMap, nodes: readonly (TopologyObject | undefined)[]): void {
  for (const device of files.directories('sys/bus/dax/devices')) {
    if (!files.hasDirectory(`sys/bus/dax/drivers/kmem/${device}`)) continue;
    const target = files.index(`sys/bus/dax/devices/${device}/target_node`);
    nodes.find((node) => node?.osIndex === target)?.infos.push(['DAXDevice', device]);
  }
}

/** Inserts a node below its memory-side caches, the outermost first. */
function insertWithCaches({ files, builder }: NodeSource, node: TopologyObject): void {
  const root = `${NODE_ROOT}/node${node.osIndex}/memory_side_cache`;
  for (const level of files.numbered(root, 'index').toReversed()) {
    const sizeBytes = files.number(`${root}/index${level}/size`);
    const lineBytes = files.number(`${root}/index${level}/line_size`);
    const indexing = files.number(`${root}/index${level}/indexing`);
    if (sizeBytes === undefined || lineBytes === undefined || indexing === undefined) continue;
    const cache = builder.createMemory('MemCache', node.osIndex, node.cpuset.clone());
    const ways = indexing === 0 ? 1 : 0;
    cache.cache = { sizeBytes, lineBytes, ways, level, kind: 'unified' };
    builder.insert(cache);
  }
  builder.insert(node);
}
