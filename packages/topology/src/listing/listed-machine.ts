// A machine from nodes and a list of CPUs, as the texts of numactl and lscpu give them: little is known,
// and that little is put into a tree like any other.
import { Bitmap } from '@forkless/bitmap';
import { checkBudget, checkNodeCount } from '../machine/bounds.ts';
import { Machine } from '../machine/machine.ts';
import { LOCAL_DISTANCE, REMOTE_DISTANCE } from '../machine/machine-of-tree.ts';
import type { MachineNode } from '../machine/machine-node.ts';
import { performanceMatrices } from '../machine/performance.ts';
import { addNearest } from '../tree/cpuless-locality.ts';
import { slitMatrix } from '../tree/distance-matrix.ts';
import type { Warn } from '../tree/insert.ts';
import { cacheTypeOf, type CacheKind } from '../tree/object-type.ts';
import { GROUP_KIND } from '../tree/topology-object.ts';
import { TreeBuilder } from '../tree/tree-builder.ts';
import type { CpuListing, ListedCpu } from './cpu-listing.ts';

/** What a text tells. */
export interface ListedMachine {
  readonly name: string;
  readonly listing: CpuListing;
  /** Whether the text has a listing of its own, which is then kept. */
  readonly keepsListing: boolean;
  /** Nodes ascending by id; at least one. */
  readonly nodes: readonly MachineNode[];
  /** Row by row; undefined where the text gives none. */
  readonly distances: readonly number[] | undefined;
  readonly model: string | undefined;
  readonly warnings: string[];
}

/** The machine. O(CPUs × kinds). */
export function machineOfListing(listed: ListedMachine): Machine {
  const { name, listing, keepsListing, nodes, distances, model, warnings } = listed;
  checkNodeCount(nodes.length, name);
  const warn = (message: string) => void warnings.push(message);
  const builder = builderFor(listed, warn);
  insertListing(builder, listing, model);
  insertNodes(builder, nodes, distances);
  const values = distances ?? assumedDistances(nodes.length);
  return new Machine({
    name,
    tree: builder.finish(),
    nodes,
    distances: {
      values,
      provenance: values.map(() => (distances === undefined ? 'derived' : 'slit')),
    },
    ...performanceMatrices({
      distances: values,
      hasCpu: nodes.map(({ cpus }) => !cpus.isEmpty()),
      local: nodes.map(() => ({ latencyNs: undefined, bandwidthMBs: undefined })),
      provenance: 'derived',
    }),
    transfers: undefined,
    listing: keepsListing ? listing : undefined,
    warnings,
  });
}

function assumedDistances(count: number): number[] {
  return Array.from({ length: count * count }, (_, cell) =>
    cell % (count + 1) === 0 ? LOCAL_DISTANCE : REMOTE_DISTANCE,
  );
}

function builderFor({ name, listing, nodes }: ListedMachine, warn: Warn): TreeBuilder {
  const widths = {
    cpuWidth: listing.cpus.reduce((width, { cpu }) => Math.max(width, cpu + 1), 1),
    nodeWidth: nodes.at(-1)!.node + 1,
  };
  checkBudget(listing.cpus.length * (3 + listing.caches.length) + nodes.length, widths, name);
  return new TreeBuilder(widths.cpuWidth, widths.nodeWidth, warn);
}

function insertListing(
  builder: TreeBuilder,
  { caches, cpus }: CpuListing,
  model: string | undefined,
): void {
  const group = (pick: (cpu: ListedCpu) => number): Map<number, Bitmap> => {
    const sets = new Map<number, Bitmap>();
    for (const listed of cpus) {
      const number = pick(listed);
      if (number < 0) continue;
      sets.set(number, (sets.get(number) ?? new Bitmap(builder.cpuWidth)).set(listed.cpu));
    }
    return sets;
  };
  for (const [subkind, key] of (['book', 'drawer'] as const).entries()) {
    for (const [number, set] of group((cpu) => cpu[key])) {
      const object = builder.create('Group', number, set);
      object.subtype = key === 'book' ? 'Book' : 'Drawer';
      object.group = { kind: GROUP_KIND.s390Book, subkind, dontMerge: false, depth: -1 };
      builder.insert(object);
    }
  }
  for (const [number, set] of group(({ socket }) => socket)) {
    const object = builder.create('Package', number, set);
    if (model !== undefined) object.infos.push(['CPUModel', model]);
    builder.insert(object);
  }
  for (const [number, set] of group(({ core }) => core))
    builder.insert(builder.create('Core', number, set));
  for (const [column, cache] of caches.entries()) {
    insertCaches(
      builder,
      cache,
      group((cpu) => cpu.caches[column] ?? -1),
    );
  }
  for (const { cpu } of cpus) {
    builder.insert(builder.create('PU', cpu, new Bitmap(builder.cpuWidth).set(cpu)));
  }
}

const CACHE_LETTERS: Readonly<Record<string, CacheKind>> = { d: 'data', i: 'instruction' };

/** Caches of one name, "L1d" or "L3"; their sizes are not in a list. */
function insertCaches(builder: TreeBuilder, name: string, sets: ReadonlyMap<number, Bitmap>): void {
  const match = /^L(\d)([di]?)$/.exec(name);
  const level = Number(match?.[1] ?? 0);
  const kind = CACHE_LETTERS[match?.[2] ?? ''] ?? 'unified';
  const type = cacheTypeOf(level, kind);
  if (type === undefined) return;
  for (const [number, set] of sets) {
    const object = builder.create(type, number, set);
    object.cache = { sizeBytes: 0, lineBytes: 0, ways: 0, level, kind };
    builder.insert(object);
  }
}

/** Nodes with CPUs first, so that ordinary memory comes first where several meet. */
function insertNodes(
  builder: TreeBuilder,
  nodes: readonly MachineNode[],
  distances: readonly number[] | undefined,
): void {
  const objects = nodes.map(({ node, cpus, memoryBytes }) => {
    const object = builder.createMemory('NUMANode', node, cpus.resized(builder.cpuWidth));
    object.memory = { localBytes: memoryBytes, pageTypes: [] };
    return object;
  });
  const cpuless = objects.filter(({ cpuset }) => cpuset.isEmpty());
  if (distances !== undefined) {
    for (const [place, object] of objects.entries()) {
      if (object.cpuset.isEmpty()) addNearest(objects, place, distances);
    }
  }
  for (const object of objects) if (!cpuless.includes(object)) builder.insert(object);
  for (const object of cpuless) builder.insert(object);
  if (distances !== undefined)
    builder.addDistances(slitMatrix(objects, distances), { group: true });
}

/** Nodes that a list of CPUs names, of unknown size; one for a list that names none. */
export function nodesOfListing({ cpus }: CpuListing): MachineNode[] {
  const width = cpus.reduce((most, { cpu }) => Math.max(most, cpu + 1), 1);
  const sets = new Map<number, Bitmap>();
  for (const { cpu, node } of cpus) {
    const id = Math.max(0, node);
    sets.set(id, (sets.get(id) ?? new Bitmap(width)).set(cpu));
  }
  return [...sets]
    .toSorted(([a], [b]) => a - b)
    .map(([node, own]) => ({
      node,
      cpus: own,
      memoryBytes: 0,
      freeBytes: undefined,
      hasMemory: true,
    }));
}
