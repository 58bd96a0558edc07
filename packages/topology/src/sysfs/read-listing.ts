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

interface Cache {
  readonly id: number;
  readonly map: Bitmap;
}

/**
 * The listing. O(CPUs × files of a CPU).
 *
 * @see util-linux 2.38.1, sys-utils/lscpu-topology.c, lscpu_read_topology()
 */
export function readListing(source: ListingSource): CpuListing {
  const { files, existing, online, nodes } = source;
  const width = online.nbits;
  const maps = { core: [], socket: [], book: [], drawer: [] } as Record<
    keyof typeof FILES,
    Bitmap[]
  >;
  const caches = new Map<string, Cache[]>();
  for (const cpu of existing) {
    const directory = `${CPU_ROOT}/cpu${cpu}/topology`;
    const isDescribed = FILES.core.some((file) => files.text(`${directory}/${file}`) !== undefined);
    if (isDescribed) {
      for (const [name, found] of Object.entries(maps) as [keyof typeof FILES, Bitmap[]][]) {
        const map = firstMask(files, directory, FILES[name], width);
        if (map !== undefined && !found.some((other) => other.equals(map))) found.push(map);
      }
    }
    readCaches(files, cpu, width, caches);
  }
  const names = [...caches.keys()].toSorted();
  const indexIn = (found: readonly Bitmap[], cpu: number) =>
    found.findIndex((map) => map.test(cpu));
  const cpus = [...online].map((cpu): ListedCpu => ({
    cpu,
    core: indexIn(maps.core, cpu),
    socket: indexIn(maps.socket, cpu),
    node: nodes.find((node) => node.cpus.test(cpu))?.node ?? -1,
    book: indexIn(maps.book, cpu),
    drawer: indexIn(maps.drawer, cpu),
    caches: names.map((name) => caches.get(name)!.find(({ map }) => map.test(cpu))?.id ?? -1),
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

function readCaches(
  files: FileMap,
  cpu: number,
  width: number,
  caches: Map<string, Cache[]>,
): void {
  for (let index = 0; ; index++) {
    const directory = `${CPU_ROOT}/cpu${cpu}/cache/index${index}`;
    if (!files.hasDirectory(directory)) return;
    const level = files.number(`${directory}/level`);
    const type = files.line(`${directory}/type`);
    if (level === undefined || type === undefined) continue;
    const letter = type === 'Data' ? 'd' : type === 'Instruction' ? 'i' : '';
    const name = `L${level}${letter}`;
    const known = caches.get(name) ?? [];
    caches.set(name, known);
    const id = files.number(`${directory}/id`);
    const map = files.mask(`${directory}/shared_cpu_map`, width) ?? new Bitmap(width);
    const isKnown = known.some((other) =>
      id === undefined ? other.map.equals(map) : other.id === id,
    );
    if (!isKnown) known.push({ id: id ?? known.length, map });
  }
}
