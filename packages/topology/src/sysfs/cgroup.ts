// Which CPUs and nodes the control group of the reader allows: of a cpuset mount, of cgroup v1, or
// of cgroup v2 if its cpuset controller is on.
import type { Bitmap } from '@forkless/bitmap';
import type { FileMap } from './file-map.ts';

/** A mounted hierarchy that limits CPUs, and how its files are called. */
interface Mount {
  readonly directory: string;
  fileOf(attribute: 'cpus' | 'mems'): string;
}

/** What is allowed; undefined where nothing limits it. */
export interface AllowedSets {
  readonly group: string | undefined;
  readonly cpus: Bitmap | undefined;
  readonly nodes: Bitmap | undefined;
}

/** Reads the limits. @see hwloc 2.9.0, hwloc/topology-linux.c, hwloc_linux__get_allowed_resources() */
export function readAllowed(
  files: FileMap,
  { cpuWidth, nodeWidth }: { cpuWidth: number; nodeWidth: number },
): AllowedSets {
  const mount = findMount(files);
  const group = mount === undefined ? undefined : ownGroup(files);
  if (mount === undefined || group === undefined) {
    return { group: undefined, cpus: undefined, nodes: undefined };
  }
  const path = (attribute: 'cpus' | 'mems') =>
    `${mount.directory}${group}/${mount.fileOf(attribute)}`.replaceAll(/\/+/g, '/').slice(1);
  return {
    group,
    cpus: files.list(path('cpus'), cpuWidth),
    nodes: files.list(path('mems'), nodeWidth),
  };
}

/** The first mount in /proc/mounts that counts. */
function findMount(files: FileMap): Mount | undefined {
  for (const line of files.text('proc/mounts')?.split('\n') ?? []) {
    const [, directory = '', type, options = ''] = line.split(' ');
    if (type === 'cgroup2') {
      const controllers = files.text(`${directory.slice(1)}/cgroup.controllers`) ?? '';
      if (!controllers.trim().split(/\s+/).includes('cpuset')) continue;
      return { directory, fileOf: (attribute) => `cpuset.${attribute}.effective` };
    }
    const isLegacy = type === 'cgroup' && options.split(',').includes('cpuset');
    if (type === 'cpuset' || (isLegacy && options.split(',').includes('noprefix'))) {
      return { directory, fileOf: (attribute) => attribute };
    }
    if (isLegacy) return { directory, fileOf: (attribute) => `cpuset.${attribute}` };
  }
  return undefined;
}

function ownGroup(files: FileMap): string | undefined {
  const cpuset = files.text('proc/self/cpuset');
  if (cpuset !== undefined && cpuset !== '') return cpuset.split('\n', 1)[0]!;
  for (const line of files.text('proc/self/cgroup')?.split('\n') ?? []) {
    const match = /^[^:]*:(?:cpuset)?:(.*)$/.exec(line);
    if (match !== null) return match[1];
  }
  return undefined;
}
