// The list of CPUs as lscpu reads it. It takes maps as they are, those of offline CPUs too, numbers
// them as they come, and stops at the first cache index that is missing.
import { Bitmap } from '@forkless/bitmap';
import type { CpuListing, ListedCpu } from '../listing/cpu-listing.ts';
import type { MachineNode } from '../machine/machine-node.ts';
import { CPU_ROOT } from './cpu-source.ts';
import type { FileMap } from './file-map.ts';

/** What reading a listing takes. */
export interface ListingSource {
  readonly files: FileMap;
  /** CPUs with a directory, ascending. */
  readonly existing: readonly number[];
  /** Those that are online. */
  readonly online: Bitmap;
  /** The nodes that are described; none on a kernel without. */
  readonly nodes: readonly MachineNode[];
}

/** Sets by number, in the order in which they were found, and for each CPU the first that has it. */
class Numbering {
  readonly #known = new Map<Bitmap | number, number>();
  readonly #owner: Int32Array;

  constructor(width: number) {
    this.#owner = new Int32Array(width).fill(-1);
  }

  /** Takes a set under a key of its own; a set seen before changes nothing. */
  add(map: Bitmap, key: Bitmap | number, number = this.#known.size): void {
    if (this.#known.has(key)) return;
    this.#known.set(key, number);
    map.forEach((cpu) => {
      if (this.#owner[cpu]! < 0) this.#owner[cpu] = number;
    });
  }

  /** The number of the set that a CPU is in, −1 for none. */
  of(cpu: number): number {
    return this.#owner[cpu]!;
  }
}

/**
 * The listing. O(CPUs × files of a CPU).
 *
 * @see util-linux 2.38.1, sys-utils/lscpu-topology.c, lscpu_read_topology()
 */
export function readListing({ files, existing, online, nodes }: ListingSource): CpuListing {
  const width = online.nbits;
  const numberings = {
    core: new Numbering(width),
    socket: new Numbering(width),
    book: new Numbering(width),
    drawer: new Numbering(width),
  };
  const caches = new Map<string, Numbering>();
  for (const cpu of existing) {
    const directory = `${CPU_ROOT}/cpu${cpu}/topology`;
    if (FILES.core.some((file) => files.text(`${directory}/${file}`) !== undefined)) {
      for (const name of MAP_NAMES) {
        const map = firstMask(files, directory, FILES[name], width);
        if (map !== undefined) numberings[name].add(map, map);
      }
    }
    readCaches(files, cpu, width, caches);
  }
  const names = [...caches.keys()].toSorted();
  const nodeOf = new Int32Array(width).fill(-1);
  for (const { node, cpus } of nodes.toReversed()) cpus.forEach((cpu) => (nodeOf[cpu] = node));
  const cpus = [...online].map((cpu): ListedCpu => ({
    cpu,
    core: numberings.core.of(cpu),
    socket: numberings.socket.of(cpu),
    node: nodeOf[cpu]!,
    book: numberings.book.of(cpu),
    drawer: numberings.drawer.of(cpu),
    caches: names.map((name) => caches.get(name)!.of(cpu)),
  }));
  return { caches: names, cpus };
}

/** Files of each map, the names that have been there longest first. */
const FILES = {
  core: ['thread_siblings', 'core_cpus'],
  socket: ['core_siblings', 'package_cpus'],
  book: ['book_siblings'],
  drawer: ['drawer_siblings'],
} as const;

const MAP_NAMES = ['core', 'socket', 'book', 'drawer'] as const;

function firstMask(
  files: FileMap,
  directory: string,
  names: readonly string[],
  width: number,
): Bitmap | undefined {
  for (const name of names) {
    const map = files.mask(`${directory}/${name}`, width);
    if (map !== undefined) return map;
  }
  return undefined;
}

/** Equal texts make one set, so the set itself is the key where there is no id. */
function readCaches(
  files: FileMap,
  cpu: number,
  width: number,
  caches: Map<string, Numbering>,
): void {
  for (let index = 0; ; index++) {
    const directory = `${CPU_ROOT}/cpu${cpu}/cache/index${index}`;
    if (!files.hasDirectory(directory)) return;
    const level = files.number(`${directory}/level`);
    const type = files.line(`${directory}/type`);
    if (level === undefined || type === undefined) continue;
    const letter = type === 'Data' ? 'd' : type === 'Instruction' ? 'i' : '';
    const name = `L${level}${letter}`;
    const numbering = caches.get(name) ?? new Numbering(width);
    caches.set(name, numbering);
    const id = files.number(`${directory}/id`);
    const map = files.mask(`${directory}/shared_cpu_map`, width) ?? new Bitmap(width);
    numbering.add(map, id ?? map, id);
  }
}
