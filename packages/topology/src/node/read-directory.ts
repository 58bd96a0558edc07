// Reading the files of a machine from a directory: the root of this one, or a copy of another's /sys
// and /proc. Only files a reader of topologies asks for are opened, as some in sysfs are slow and
// some are for ever.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files asked for; "#" stands for a number, "*" for any name, and "/" at the end for a directory. */
const PATTERNS: readonly string[] = [
  'proc/cpuinfo',
  'proc/meminfo',
  'proc/mounts',
  'proc/self/cpuset',
  'proc/self/cgroup',
  'proc/hwloc-nofile-info',
  'proc/driver/nvidia/gpus/*/numa_status',
  ...inEach('sys/devices/system/cpu', 'online possible present offline kernel_max'),
  ...inEach('sys/devices/system/cpu/cpu#', 'online cpu_capacity'),
  'sys/devices/system/cpu/cpu#/topology/*',
  ...inEach(
    'sys/devices/system/cpu/cpu#/cache/index#',
    'level type size shared_cpu_map shared_cpu_list coherency_line_size number_of_sets ' +
      'ways_of_associativity physical_line_partition id',
  ),
  ...inEach('sys/devices/system/cpu/cpu#/cpufreq', 'cpuinfo_max_freq base_frequency'),
  ...inEach(
    'sys/devices/system/node',
    'online possible has_cpu has_memory has_normal_memory has_generic_initiator',
  ),
  ...inEach('sys/devices/system/node/node#', 'cpumap cpulist distance meminfo'),
  'sys/devices/system/node/node#/hugepages/*/nr_hugepages',
  'sys/devices/system/node/node#/access#/initiators/node#/',
  ...inEach(
    'sys/devices/system/node/node#/access#/initiators',
    'read_bandwidth write_bandwidth read_latency write_latency',
  ),
  'sys/devices/system/node/node#/memory_side_cache/index#/*',
  'sys/devices/virtual/memory_tiering/memory_tier#/nodelist',
  'sys/devices/virtual/dmi/id/*',
  'sys/class/dmi/id/*',
  'sys/kernel/mm/hugepages/*/nr_hugepages',
  'sys/kernel/mm/mempolicy/weighted_interleave/node#',
  'sys/bus/dax/devices/*/target_node',
  'sys/bus/dax/drivers/kmem/*/',
];

function inEach(directory: string, files: string): string[] {
  return files.split(' ').map((file) => `${directory}/${file}`);
}

/**
 * The files below `root`, by path from it. What cannot be read is not there. Blocks while it reads,
 * about 0.1 ms a CPU.
 */
export function readDirectory(root: string): Map<string, string> {
  const files = new Map<string, string>();
  const reader = new DirectoryReader(root, files);
  for (const pattern of PATTERNS) reader.read('', pattern.split('/'));
  for (const path of limitPaths(files)) reader.readFile(path);
  return files;
}

class DirectoryReader {
  readonly #root: string;
  readonly #files: Map<string, string>;
  /** Every directory is listed once, however many patterns lead through it. */
  readonly #listed = new Map<string, readonly string[]>();

  constructor(root: string, files: Map<string, string>) {
    this.#root = root;
    this.#files = files;
  }

  read(directory: string, [segment, ...rest]: readonly string[]): void {
    if (segment === undefined) return;
    const isDirectoryMark = segment === '';
    if (isDirectoryMark) {
      this.#files.set(directory, '');
      return;
    }
    for (const name of this.#matching(directory, segment)) {
      const path = directory + name;
      if (rest.length === 0) this.readFile(path);
      else this.read(`${path}/`, rest);
    }
  }

  readFile(path: string): void {
    try {
      this.#files.set(path, readFileSync(join(this.#root, path), 'latin1'));
    } catch {
      // Absent, forbidden or a directory: for a reader of topologies all of these are "not there".
    }
  }

  #matching(directory: string, segment: string): readonly string[] {
    if (!/[#*]/.test(segment)) return [segment];
    const pattern = new RegExp(`^${segment.replace('#', '\\d+').replace('*', '.+')}$`);
    return this.#list(directory).filter((name) => pattern.test(name));
  }

  #list(directory: string): readonly string[] {
    let names = this.#listed.get(directory);
    if (names === undefined) {
      try {
        names = readdirSync(join(this.#root, directory));
      } catch {
        names = [];
      }
      this.#listed.set(directory, names);
    }
    return names;
  }
}

/** Where the limits of the own control group may stand, whichever hierarchy is mounted. */
function limitPaths(files: ReadonlyMap<string, string>): string[] {
  const mounts = (files.get('proc/mounts') ?? '').split('\n').flatMap((line) => {
    const [, directory, type] = line.split(' ');
    return type === 'cgroup' || type === 'cgroup2' || type === 'cpuset' ? [directory!] : [];
  });
  const own = (files.get('proc/self/cgroup') ?? '').split('\n').flatMap((line) => {
    const match = /^[^:]*:(?:cpuset)?:(.*)$/.exec(line);
    return match === null ? [] : [match[1]!];
  });
  const groups = [(files.get('proc/self/cpuset') ?? '').split('\n', 1)[0]!, ...own];
  return mounts
    .flatMap((mount) => [
      `${mount}/cgroup.controllers`,
      ...groups.flatMap((group) =>
        ['cpus', 'mems'].flatMap((attribute) =>
          [`cpuset.${attribute}.effective`, `cpuset.${attribute}`, attribute].map(
            (file) => `${mount}${group}/${file}`,
          ),
        ),
      ),
    ])
    .map((path) => path.replaceAll(/\/+/g, '/').slice(1));
}
