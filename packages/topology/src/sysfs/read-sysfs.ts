// From the files of a running or recorded Linux to a machine: the tree as hwloc builds it and the
// nodes as the kernel has them.
import { Machine } from '../machine/machine.ts';
import { checkBudget, checkNodeCount } from '../machine/bounds.ts';
import { localPerformance } from '../machine/node-performance.ts';
import { performanceMatrices } from '../machine/performance.ts';
import { TreeBuilder } from '../tree/tree-builder.ts';
import { readAllowed } from './cgroup.ts';
import { insertCpus, readCpuSets } from './cpus.ts';
import { registerCpuKinds } from './cpu-kinds.ts';
import { readCpuInfo } from './cpuinfo.ts';
import { FileMap, type SysfsFiles } from './file-map.ts';
import {
  distanceMatrixOf,
  NODE_ROOT,
  readDistances,
  readKernelNodes,
  readNodeIds,
} from './kernel-nodes.ts';
import { MACHINE_MEMORY, readMemory } from './memory.ts';
import { readListing } from './read-listing.ts';
import { insertNodes } from './nodes.ts';
import { readSystemInfo, type SystemInfo } from './system-info.ts';

/** How files are read. */
export interface SysfsOptions {
  /** What the machine is called; its own name otherwise. */
  readonly name?: string;
  /** What uname(2) calls the hardware ("x86_64"), which is in no file. */
  readonly architecture?: string;
  /** Whether CPUs and nodes that the reader's control group does not allow are in the tree. */
  readonly includeDisallowed?: boolean;
}

/**
 * Reads a machine from the texts below /sys and /proc. Every file may be missing but those of one
 * online CPU's topology. Throws a ConfigError that names the file where one has no meaning; what
 * hwloc tolerates is tolerated with a warning. O(files).
 *
 * @see Documentation/ABI/stable/sysfs-devices-system-cpu, sysfs-devices-node, v6.12
 */
export function readSysfs(from: SysfsFiles, options: SysfsOptions = {}): Machine {
  const files = new FileMap(from);
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const system = readSystemInfo(files, options.architecture);
  const { existing, described } = readCpuSets(files);
  const ids = readNodeIds(files);
  checkNodeCount(ids.length, NODE_ROOT);
  const widths = { cpuWidth: described.nbits, nodeWidth: (ids.at(-1) ?? 0) + 1 };
  checkBudget(existing.length + ids.length, widths, 'sysfs');
  const builder = new TreeBuilder(widths.cpuWidth, widths.nodeWidth, warn);
  for (const cpu of existing) builder.root.completeCpuset!.set(cpu);

  const cpuInfo = readCpuInfo(files, system.architecture);
  const isKnl = isKnightsLanding(system, new Map(cpuInfo.first));
  const allowed = readAllowed(files, widths);
  if (allowed.cpus !== undefined) builder.allowedCpuset.copy(allowed.cpus);
  if (allowed.nodes !== undefined) builder.allowedNodeset.copy(allowed.nodes);
  builder.root.infos.push(
    ...cpuInfo.global.map(([name, value]): [string, string] => [name, value]),
  );
  insertCpus({ files, builder, described, system, cpuInfo, isKnl });
  registerCpuKinds(files, builder, described);
  const distances = readDistances(files, ids);
  const { pageBytes } = system;
  if (ids.length > 0) insertNodes({ files, builder, ids, distances, pageBytes, isKnl, warn });
  if (builder.root.nodeset!.isEmpty()) insertOnlyNode(files, builder, pageBytes);
  addMachineInfos(builder, system, allowed.group);

  const tree = builder.finish({ includeDisallowed: options.includeDisallowed ?? false });
  const nodes = readKernelNodes(files, ids, described);
  const matrix = distanceMatrixOf(ids, distances);
  const performance = performanceMatrices({
    distances: matrix.values,
    hasCpu: nodes.map(({ cpus }) => !cpus.isEmpty()),
    local: nodes.map(({ node }) => localPerformance(tree, node)),
    provenance: 'hmat',
  });
  const listedNodes = ids.length > 0 ? nodes : [];
  const listing = readListing({ files, existing, online: described, nodes: listedNodes });
  return new Machine({
    name: options.name ?? nameOf(system),
    tree,
    nodes,
    distances: matrix,
    ...performance,
    transfers: undefined,
    listing,
    warnings,
  });
}

function isKnightsLanding(
  { architecture }: SystemInfo,
  facts: ReadonlyMap<string, string>,
): boolean {
  const model = facts.get('CPUModelNumber') ?? '';
  return (
    architecture === 'x86' &&
    facts.get('CPUVendor') === 'GenuineIntel' &&
    facts.get('CPUFamilyNumber') === '6' &&
    (model === '87' || model === '133')
  );
}

/** Where nothing describes nodes there is one, with all memory. @see hwloc_discover(), 2.9.0 */
function insertOnlyNode(files: FileMap, builder: TreeBuilder, pageBytes: number): void {
  const node = builder.createMemory('NUMANode', 0, builder.root.cpuset.clone());
  node.memory = readMemory(files, MACHINE_MEMORY, pageBytes);
  builder.insert(node);
}

function addMachineInfos(
  builder: TreeBuilder,
  system: SystemInfo,
  group: string | undefined,
): void {
  const { infos } = builder.root;
  const copies = (from: SystemInfo['system']) =>
    from.map(([name, value]): [string, string] => [name, value]);
  infos.push(...copies(system.firmware), ['Backend', 'Linux']);
  if (group !== undefined) infos.push(['LinuxCgroup', group]);
  infos.push(...copies(system.system));
}

function nameOf({ firmware, system }: SystemInfo): string {
  const named = new Map([...firmware, ...system]);
  return named.get('DMIProductName') ?? named.get('HostName') ?? 'Linux machine';
}
