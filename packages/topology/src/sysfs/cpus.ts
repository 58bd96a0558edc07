// Packages, dies, clusters, cores and threads as each CPU's topology directory names them. A set is
// entered once, by its first CPU.
import { Bitmap } from '@forkless/bitmap';
import { ConfigError } from '@forkless/errors';
import type { ObjectType } from '../tree/object-type.ts';
import { GROUP_KIND, type TopologyObject } from '../tree/topology-object.ts';
import { insertCaches } from './caches.ts';
import { CPU_ROOT, type CpuSource } from './cpu-source.ts';
import type { FileMap } from './file-map.ts';

/** CPUs that exist and those of them that the kernel describes because they are online. */
export interface CpuSets {
  readonly existing: readonly number[];
  readonly described: Bitmap;
}

/**
 * Which CPUs there are. A ConfigError when sysfs describes none.
 *
 * @see hwloc 2.9.0, hwloc/topology-linux.c, look_sysfscpu()
 */
export function readCpuSets(files: FileMap): CpuSets {
  const existing = files.numbered(CPU_ROOT, 'cpu');
  const width = (existing.at(-1) ?? -1) + 1;
  const online = files.list(`${CPU_ROOT}/online`, width);
  const described = new Bitmap(width);
  for (const cpu of existing) {
    const directory = `${CPU_ROOT}/cpu${cpu}`;
    const isOnline = online?.test(cpu) ?? files.number(`${directory}/online`) !== 0;
    if (isOnline && files.hasDirectory(`${directory}/topology`)) described.set(cpu);
  }
  if (described.isEmpty()) {
    throw new ConfigError(
      `${CPU_ROOT}: found no online CPU with a topology directory, expected at least one`,
    );
  }
  return { existing, described };
}

/** Inserts everything the CPUs say of themselves. O(CPUs × files of a CPU). */
export function insertCpus(source: CpuSource): void {
  const inserter = new CpuInserter(source);
  for (const cpu of source.described) inserter.insert(cpu);
}

/** The file names of kernels since 5.3, and those before. */
const NEW_NAMES = { core: 'core_cpus', package: 'package_cpus' };
const OLD_NAMES = { core: 'thread_siblings', package: 'core_siblings' };

/** How a set that its first CPU enters becomes an object. */
interface SiblingObject {
  readonly type: ObjectType;
  readonly set: Bitmap;
  readonly idFile: string;
}

class CpuInserter {
  readonly #source: CpuSource;
  readonly #names: typeof NEW_NAMES;
  /** Whether threads of a core have core ids of their own; undefined until two are compared. */
  #coreIsUnit: boolean | undefined;

  constructor(source: CpuSource) {
    this.#source = source;
    this.#names = namesUsed(source);
    this.#coreIsUnit = hasComputeUnits(source) ? undefined : false;
  }

  insert(cpu: number): void {
    const { builder } = this.#source;
    if (this.#insertCore(cpu)) this.#insertAboveCore(cpu);
    if (this.#source.system.architecture === 's390') this.#insertBooks(cpu);
    builder.insert(builder.create('PU', cpu, new Bitmap(builder.cpuWidth).set(cpu)));
    insertCaches(this.#source, cpu, this.#names.core);
  }

  #path(cpu: number, file: string): string {
    return `${CPU_ROOT}/cpu${cpu}/topology/${file}`;
  }

  /** The described CPUs that a file of `cpu` names. */
  #siblings(cpu: number, file: string): Bitmap | undefined {
    const { files, described } = this.#source;
    const set = files.mask(this.#path(cpu, file), described.nbits);
    return set === undefined ? undefined : new Bitmap(set.nbits).and(set, described);
  }

  #object(cpu: number, { type, set, idFile }: SiblingObject): TopologyObject {
    const { files, builder } = this.#source;
    return builder.create(type, files.index(this.#path(cpu, idFile)), set);
  }

  /** Enters the core if `cpu` is its first; answers whether it is, or whether nobody knows. */
  #insertCore(cpu: number): boolean {
    const set = this.#siblings(cpu, this.#names.core);
    if (set === undefined) return true;
    const { builder } = this.#source;
    const isFirst = set.first() === cpu;
    this.#coreIsUnit ??= set.weight() > 1 ? this.#haveOwnCoreIds(cpu, set) : undefined;
    if (isFirst || this.#coreIsUnit !== false) {
      if (this.#coreIsUnit !== false) set.zero().set(cpu);
      builder.insert(this.#object(cpu, { type: 'Core', set, idFile: 'core_id' }));
    }
    return isFirst;
  }

  #haveOwnCoreIds(cpu: number, set: Bitmap): boolean {
    const { files } = this.#source;
    const sibling = set.first() === cpu ? set.next(cpu + 1) : set.first();
    const [own, other] = [cpu, sibling].map((one) => files.index(this.#path(one, 'core_id')));
    return own !== other;
  }

  /** Cluster, die and package; a set equal to one above it adds nothing. */
  #insertAboveCore(cpu: number): void {
    const { builder } = this.#source;
    let cluster = this.#siblings(cpu, 'cluster_cpus');
    if (cluster?.weight() === 1) cluster = undefined;
    if (cluster !== undefined && cluster.first() !== cpu) return;
    let die = this.#siblings(cpu, 'die_cpus');
    if (die?.weight() === 1) die = undefined;
    const isFirstOfDie = die === undefined || die.first() === cpu;
    if (!isFirstOfDie) die = undefined;
    if (cluster !== undefined && die?.equals(cluster) === true) cluster = undefined;
    if (isFirstOfDie) {
      const set = this.#siblings(cpu, this.#names.package);
      if (set !== undefined) {
        if (die?.equals(set) === true) die = undefined;
        if (cluster?.equals(set) === true) cluster = undefined;
        if (set.first() === cpu) this.#insertPackage(cpu, set);
      }
    }
    if (cluster !== undefined) this.#insertCluster(cpu, cluster);
    if (die !== undefined)
      builder.insert(this.#object(cpu, { type: 'Die', set: die, idFile: 'die_id' }));
  }

  #insertPackage(cpu: number, set: Bitmap): void {
    const { builder, cpuInfo } = this.#source;
    const object = this.#object(cpu, { type: 'Package', set, idFile: 'physical_package_id' });
    object.infos.push(...(cpuInfo.processors.get(cpu) ?? []).map(copyInfo));
    builder.insert(object);
  }

  #insertCluster(cpu: number, set: Bitmap): void {
    const object = this.#object(cpu, { type: 'Group', set, idFile: 'cluster_id' });
    object.subtype = 'Cluster';
    object.group = { kind: GROUP_KIND.linuxCluster, subkind: 0, dontMerge: false, depth: -1 };
    this.#source.builder.insert(object);
  }

  /** Books and drawers of an IBM Z, each a group if it has an id. */
  #insertBooks(cpu: number): void {
    const { files, builder } = this.#source;
    for (const [subkind, name] of ['book', 'drawer'].entries()) {
      const set = this.#siblings(cpu, `${name}_siblings`);
      if (set === undefined) return;
      const idFile = `${name}_id`;
      if (set.first() !== cpu || files.number(this.#path(cpu, idFile)) === undefined) continue;
      const object = this.#object(cpu, { type: 'Group', set, idFile });
      object.subtype = name === 'book' ? 'Book' : 'Drawer';
      object.group = { kind: GROUP_KIND.s390Book, subkind, dontMerge: false, depth: -1 };
      builder.insert(object);
    }
  }
}

function copyInfo([name, value]: readonly [string, string]): [string, string] {
  return [name, value];
}

function namesUsed({ files, described }: CpuSource): typeof NEW_NAMES {
  const has = (cpu: number, file: string) =>
    files.text(`${CPU_ROOT}/cpu${cpu}/topology/${file}`) !== undefined;
  const cpu = described.first();
  const isNew = has(cpu, NEW_NAMES.package) || has(cpu, NEW_NAMES.core);
  const isOld = has(cpu, OLD_NAMES.package) || has(cpu, OLD_NAMES.core);
  return isNew || !isOld ? NEW_NAMES : OLD_NAMES;
}

/** Bulldozer and its kin: two cores that the kernel calls threads. */
function hasComputeUnits({ system, cpuInfo }: CpuSource): boolean {
  if (system.architecture !== 'x86') return false;
  const facts = new Map(cpuInfo.first);
  const family = facts.get('CPUFamilyNumber');
  return facts.get('CPUVendor') === 'AuthenticAMD' && (family === '21' || family === '22');
}
