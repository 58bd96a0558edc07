// A machine as a list of CPUs, each with the numbers of what it belongs to: what `lscpu -p` prints.
// Made from a tree, or by reading what lscpu reads, which counts a little differently.
import type { Machine } from '../machine/machine.ts';
import { objectsOf } from '../tree/object-tree.ts';
import { isCacheType } from '../tree/object-type.ts';
import type { TopologyObject } from '../tree/topology-object.ts';

/** One CPU. A number is −1 where there is nothing. */
export interface ListedCpu {
  readonly cpu: number;
  readonly core: number;
  readonly socket: number;
  /** The node's own id; the others are numbers by appearance. */
  readonly node: number;
  readonly book: number;
  readonly drawer: number;
  /** By the listing's `caches`. */
  readonly caches: readonly number[];
}

/** The online CPUs. */
export interface CpuListing {
  /** Kinds of caches, "L1d" to "L3". */
  readonly caches: readonly string[];
  /** Ascending by id. */
  readonly cpus: readonly ListedCpu[];
}

/** The listing of a machine: the one its reader made, else one made from its tree. O(CPUs × caches). */
export function listingOf(machine: Machine): CpuListing {
  return machine.listing ?? listingOfTree(machine);
}

/** The number of what a CPU belongs to. */
type CpuColumn = (cpu: number) => number;

function listingOfTree(machine: Machine): CpuListing {
  const core = appearance(machine, objectsOf(machine.tree, 'Core'));
  const socket = appearance(machine, objectsOf(machine.tree, 'Package'));
  const book = appearance(machine, groupsCalled(machine, 'Book'));
  const drawer = appearance(machine, groupsCalled(machine, 'Drawer'));
  const caches = cacheColumns(machine);
  return {
    caches: caches.map(({ name }) => name),
    cpus: machine.cpus.map((cpu) => ({
      cpu,
      core: core(cpu),
      socket: socket(cpu),
      node: machine.nodeOfCpu(cpu),
      book: book(cpu),
      drawer: drawer(cpu),
      caches: caches.map(({ idOf }) => idOf(cpu)),
    })),
  };
}

/** Numbers objects in the order in which CPUs lead to them. */
function appearance(machine: Machine, objects: readonly TopologyObject[]): CpuColumn {
  const owner = ownersOf(machine, objects);
  const numbers = new Map<number, number>();
  for (const cpu of machine.cpus) {
    if (owner[cpu]! >= 0 && !numbers.has(owner[cpu]!)) numbers.set(owner[cpu]!, numbers.size);
  }
  return (cpu) => numbers.get(owner[cpu]!) ?? -1;
}

/** For each CPU the place of the object it belongs to. */
function ownersOf({ cpuWidth }: Machine, objects: readonly TopologyObject[]): Int32Array {
  const owner = new Int32Array(cpuWidth).fill(-1);
  for (const [place, { cpuset }] of objects.entries())
    cpuset.forEach((cpu) => (owner[cpu] = place));
  return owner;
}

function groupsCalled({ tree }: Machine, subtype: string): TopologyObject[] {
  return objectsOf(tree, 'Group').filter((object) => object.subtype === subtype);
}

/** Columns of caches, by name. */
function cacheColumns(machine: Machine): { name: string; idOf: CpuColumn }[] {
  const byName = new Map<string, TopologyObject[]>();
  for (const object of machine.tree.normal.flat()) {
    if (!isCacheType(object.type)) continue;
    const { level, kind } = object.cache!;
    const name = `L${level}${kind === 'unified' ? '' : kind[0]!}`;
    byName.set(name, [...(byName.get(name) ?? []), object]);
  }
  return [...byName]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, objects]) => ({ name, idOf: cacheIds(machine, objects) }));
}

function cacheIds(machine: Machine, objects: readonly TopologyObject[]): CpuColumn {
  const isNumbered = objects.every(({ osIndex }) => osIndex >= 0);
  if (!isNumbered) return appearance(machine, objects);
  const owner = ownersOf(machine, objects);
  return (cpu) => objects[owner[cpu]!]?.osIndex ?? -1;
}
