// How much memory there is, of the machine or of one node, and in pages of which sizes.
import type { MemoryAttributes, PageType } from '../tree/topology-object.ts';
import type { FileMap } from './file-map.ts';

/** Where the memory of a node or of the machine is described. */
interface MemoryPlace {
  readonly meminfo: string;
  readonly hugepages: string;
}

/** The places of a node. */
export function nodeMemoryPlace(directory: string): MemoryPlace {
  return { meminfo: `${directory}/meminfo`, hugepages: `${directory}/hugepages` };
}

/** The places of the whole machine. */
export const MACHINE_MEMORY: MemoryPlace = {
  meminfo: 'proc/meminfo',
  hugepages: 'sys/kernel/mm/hugepages',
};

/** The value of a line such as "Node 0 MemTotal:   385336 kB", in bytes. */
export function readMeminfo(files: FileMap, path: string, key: string): number | undefined {
  const match = new RegExp(`\\b${key}:\\s*(\\d+) kB`).exec(files.text(path) ?? '');
  return match === null ? undefined : Number(match[1]) * 1024;
}

/**
 * Total memory and pages by size; normal pages take what huge pages leave.
 *
 * @see hwloc 2.9.0, hwloc/topology-linux.c, hwloc_get_sysfs_node_meminfo()
 */
export function readMemory(
  files: FileMap,
  { meminfo, hugepages }: MemoryPlace,
  pageBytes: number,
): MemoryAttributes {
  const localBytes = readMeminfo(files, meminfo, 'MemTotal') ?? 0;
  const huge: PageType[] = files.directories(hugepages).flatMap((directory) => {
    const kilobytes = Number(/^hugepages-(\d+)kB$/.exec(directory)?.[1] ?? 0);
    const count = files.number(`${hugepages}/${directory}/nr_hugepages`);
    return kilobytes === 0 || count === undefined ? [] : [{ sizeBytes: kilobytes * 1024, count }];
  });
  const inHugePages = huge.reduce((sum, { sizeBytes, count }) => sum + sizeBytes * count, 0);
  const count = Math.max(0, Math.floor((localBytes - inHugePages) / pageBytes));
  return { localBytes, pageTypes: [{ sizeBytes: pageBytes, count }, ...huge] };
}
