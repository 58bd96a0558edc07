// What a tree says, in the words of a recording's truth.json.
import { formatList, type Bitmap } from '@forkless/bitmap';
import {
  countsOf,
  distrib,
  forEachObject,
  isCacheType,
  isCpuInitiator,
  matrixType,
  type DistanceMatrix,
  type MemoryAttribute,
  type ObjectTree,
  objectsOf,
  pusOf,
  restrictTree,
  type TopologyObject,
} from '@forkless/topology';

const list = (set: Bitmap | undefined) => (set === undefined ? '' : formatList(set));

/** Everything below the key "hwloc" but infos. */
export function treeFacts(tree: ObjectTree): Record<string, unknown> {
  const groups = groupsOf(tree);
  const dies = objectsOf(tree, 'Die');
  return {
    xmlVersion: '2.0',
    machine: machineSets(tree),
    counts: countsOf(tree),
    nodes: nodesOf(tree),
    packages: objectsOf(tree, 'Package').map(({ osIndex, cpuset, nodeset, infos }) => ({
      os: osIndex,
      cpus: list(cpuset),
      nodes: list(nodeset),
      model: infos.find(([name]) => name === 'CPUModel')?.[1] ?? null,
    })),
    cores: objectsOf(tree, 'Core').map(({ osIndex, cpuset }) => [osIndex, list(cpuset)]),
    puOrder: pusOf(tree).map(({ osIndex }) => osIndex),
    caches: { columns: CACHE_COLUMNS, rows: cacheRows(tree) },
    distances: tree.distances.map(distancesOf),
    memattrs: tree.memoryAttributes.filter(({ targets }) => targets.length > 0).map(attributeOf),
    ...(groups.length === 0 ? {} : { groups }),
    ...(dies.length === 0
      ? {}
      : {
          dies: dies.map(({ osIndex, cpuset, nodeset }) => ({
            os: osIndex,
            cpus: list(cpuset),
            nodes: list(nodeset),
          })),
        }),
    ...(tree.memCaches.length === 0 ? {} : { memCaches: memCachesOf(tree) }),
    ...(tree.cpuKinds.length === 0 ? {} : { cpukinds: kindsOf(tree) }),
  };
}

/** The sets of the root. */
export function machineSets({ root, allowedCpuset, allowedNodeset }: ObjectTree): object {
  return {
    cpus: list(root.cpuset),
    completeCpus: list(root.completeCpuset),
    allowedCpus: list(allowedCpuset),
    nodes: list(root.nodeset),
    completeNodes: list(root.completeNodeset),
    allowedNodes: list(allowedNodeset),
  };
}

/** Nodes by id. */
export function nodesOf({ nodes }: ObjectTree): object[] {
  return nodes
    .toSorted((a, b) => a.osIndex - b.osIndex)
    .map(({ osIndex, cpuset, memory, parent, subtype }) => ({
      os: osIndex,
      cpus: list(cpuset),
      memory: memory!.localBytes,
      parent: nameOf(parent!),
      ...(memory!.pageTypes.length === 0
        ? {}
        : { pages: memory!.pageTypes.map(({ sizeBytes, count }) => [sizeBytes, count]) }),
      ...(subtype === undefined ? {} : { subtype }),
    }));
}

/** "Package:1", or the type alone where there is no number. */
function nameOf({ type, osIndex }: TopologyObject): string {
  return type + indexSuffix({ osIndex });
}

function indexSuffix({ osIndex }: Pick<TopologyObject, 'osIndex'>): string {
  return osIndex < 0 ? '' : `:${osIndex}`;
}

const CACHE_COLUMNS = ['kind', 'size', 'linesize', 'associativity', 'cpus'];
const KIND_LETTERS = { unified: 'u', data: 'd', instruction: 'i' } as const;

/** In the order of the tree, not of levels. */
function cacheRows({ root }: ObjectTree): unknown[][] {
  const rows: unknown[][] = [];
  forEachObject(root, ({ type, cache, cpuset }) => {
    if (!isCacheType(type)) return;
    const { level, kind, sizeBytes, lineBytes, ways } = cache!;
    rows.push([`L${level}${KIND_LETTERS[kind]}`, sizeBytes, lineBytes, ways, list(cpuset)]);
  });
  return rows;
}

function groupsOf({ root }: ObjectTree): object[] {
  const groups: object[] = [];
  forEachObject(root, ({ type, cpuset, nodeset, group, subtype }) => {
    if (type !== 'Group') return;
    const { kind, subkind } = group!;
    groups.push({
      cpus: list(cpuset),
      nodes: list(nodeset),
      kind,
      subkind,
      subtype: subtype ?? null,
    });
  });
  return groups;
}

function memCachesOf({ memCaches }: ObjectTree): object[] {
  return memCaches.map(({ cache, cpuset, nodeset }) => ({
    size: cache!.sizeBytes,
    depth: cache!.level,
    linesize: cache!.lineBytes,
    assoc: cache!.ways,
    cpus: list(cpuset),
    nodes: list(nodeset),
  }));
}

function rowsOf({ values, objects }: DistanceMatrix): number[][] {
  const width = objects.length;
  return objects.map((_, row) => values.slice(row * width, (row + 1) * width));
}

function distancesOf(matrix: DistanceMatrix): object {
  const { name = null, kind, objects } = matrix;
  const type = matrixType(matrix);
  if (type === undefined) return { name, hetero: true, kind, nbobjs: objects.length };
  const isByOs = type === 'NUMANode' || type === 'PU';
  const indexes = isByOs ? objects.map(({ osIndex }) => osIndex) : null;
  return { name, type, indexing: isByOs ? 'os' : 'gp', kind, indexes, values: rowsOf(matrix) };
}

function attributeOf({ name, flags, targets }: MemoryAttribute): object {
  const values = targets.flatMap(({ target, values: seen }) =>
    seen.map(({ initiator, value }) => ({
      node: target.osIndex,
      value,
      initiator: isCpuInitiator(initiator) ? list(initiator) : null,
    })),
  );
  return { name, flags, values };
}

function kindsOf({ cpuKinds }: ObjectTree): object[] {
  return cpuKinds.map(({ cpuset, forcedEfficiency, infos }) => ({
    cpus: list(cpuset),
    forcedEfficiency: forcedEfficiency < 0 ? null : String(forcedEfficiency),
    infos: Object.fromEntries(infos),
  }));
}

/** Lines of `hwloc-info`, blanks aside. */
export function depthLines(tree: ObjectTree): string[] {
  const line = (prefix: string, level: readonly TopologyObject[]) =>
    `${prefix}: ${level.length} ${longTypeOf(level[0]!)} (type #${TYPE_NUMBERS[level[0]!.type]})`;
  const special = [
    ['Special depth -3', tree.nodes],
    ['Special depth -7', tree.misc],
    ['Special depth -8', tree.memCaches],
  ] as const;
  return [
    ...tree.normal.map((level, depth) => line(`depth ${depth}`, level)),
    ...special.filter(([, level]) => level.length > 0).map(([name, level]) => line(name, level)),
  ];
}

/** @see hwloc 2.9.0, include/hwloc.h, hwloc_obj_type_t */
const TYPE_NUMBERS: Readonly<Record<string, number>> = {
  Machine: 0,
  Package: 1,
  Core: 2,
  PU: 3,
  L1Cache: 4,
  L2Cache: 5,
  L3Cache: 6,
  L4Cache: 7,
  L5Cache: 8,
  L1iCache: 9,
  L2iCache: 10,
  L3iCache: 11,
  Group: 12,
  NUMANode: 13,
  Misc: 17,
  MemCache: 18,
  Die: 19,
};

const CACHE_LETTERS = { unified: '', data: 'd', instruction: 'i' } as const;

function longTypeOf({ type, cache, group }: TopologyObject): string {
  if (isCacheType(type)) return `L${cache!.level}${CACHE_LETTERS[cache!.kind]}Cache`;
  return type === 'Group' ? `Group${group!.depth}` : type;
}

/** Sets for so many tasks. */
export function distribFacts(tree: ObjectTree, counts: readonly string[]): object {
  return Object.fromEntries(counts.map((count) => [count, distrib(tree, Number(count)).map(list)]));
}

/** The tree cut down to the lower half of its CPUs. */
export function restrictFacts(tree: ObjectTree): object {
  const half = tree.root.cpuset.clone();
  const cpus = [...half];
  for (const cpu of cpus.slice(cpus.length >> 1)) half.clear(cpu);
  const cut = restrictTree(tree, half);
  return {
    cpus: list(cut.root.cpuset),
    counts: countsOf(cut),
    machine: machineSets(cut),
    nodes: cut.nodes
      .toSorted((a, b) => a.osIndex - b.osIndex)
      .map(({ osIndex, cpuset }) => [osIndex, list(cpuset)]),
    // Matrices over objects of several types are not in this part of a recording.
    distances: cut.distances.flatMap((matrix) => {
      const type = matrixType(matrix);
      if (type === undefined) return [];
      const isByOs = type === 'NUMANode' || type === 'PU';
      const indexes = isByOs ? matrix.objects.map(({ osIndex }) => osIndex) : null;
      return [[matrix.name ?? null, indexes, rowsOf(matrix)]];
    }),
  };
}

/** What `hwloc-calc` answers for one CPU. */
export function calcFacts(tree: ObjectTree, cpu: number): object {
  const owner = (type: 'Package' | 'Core') => {
    const found = objectsOf(tree, type).find(({ cpuset }) => cpuset.test(cpu));
    return found === undefined ? '' : String(found.osIndex);
  };
  const near = tree.nodes.filter(({ cpuset }) => cpuset.test(cpu)).map(({ osIndex }) => osIndex);
  const largest = tree.normal
    .flat()
    .find(({ cpuset }) => cpuset.weight() === 1 && cpuset.test(cpu));
  return {
    nodes: near.toSorted((a, b) => a - b).join(','),
    package: owner('Package'),
    core: owner('Core'),
    largest: largest === undefined ? '' : longTypeOf(largest) + indexSuffix(largest),
  };
}
