// Knights Landing: a processor whose package holds 16 GiB of fast memory, which is a cache or nodes
// of its own, whole or cut into clusters. Linux names the nodes only; the distances tell the mode.
//
// MODEL: hwloc-dump-hwdata may have left a file with the true mode. It needs root and is in no sysfs,
// so the mode is always the one that hwloc guesses without that file; hybrid modes look like flat.
import { Bitmap } from '@forkless/bitmap';
import type { Warn } from '../tree/insert.ts';
import { createObject, GROUP_KIND, type TopologyObject } from '../tree/topology-object.ts';
import type { TreeBuilder } from '../tree/tree-builder.ts';

const MCDRAM_BYTES = 16 * 2 ** 30;
/** CAL: bandwidth of both memories in MB/s, as hwloc 2.9.0 states them for all such processors. */
const DDR_MBS = 90_000;
const MCDRAM_MBS = 360_000;

/** Places of ordinary memory and of the fast memory beside it. */
interface KnlMode {
  readonly cluster: 'Quadrant' | 'SNC2' | 'SNC4';
  readonly memory: 'Cache' | 'Flat';
  readonly pairs: readonly (readonly [ddr: number, mcdram: number | undefined])[];
}

type Nodes = readonly (TopologyObject | undefined)[];

/**
 * Inserts all nodes, by cluster where the distances tell; their distances are not kept.
 *
 * @see hwloc 2.9.0, hwloc/topology-linux.c, hwloc_linux_knl_numa_quirk()
 */
export function insertKnlNodes(
  builder: TreeBuilder,
  nodes: Nodes,
  distances: readonly number[] | undefined,
  warn: Warn,
): void {
  const isComplete = nodes.every((node) => node !== undefined);
  const mode = isComplete ? modeOf(nodes, distances) : undefined;
  if (mode === undefined) {
    warn('the nodes of this Knights Landing fit no mode it has and are entered as they are');
    for (const node of nodes) if (node !== undefined) builder.insert(node);
    return;
  }
  builder.root.infos.push(['ClusterMode', mode.cluster], ['MemoryMode', mode.memory]);
  for (const [ddr, mcdram] of mode.pairs) {
    const fast = mcdram === undefined ? undefined : nodes[mcdram]!;
    insertCluster(builder, nodes[ddr]!, fast, mode);
  }
}

function modeOf(nodes: Nodes, distances: readonly number[] | undefined): KnlMode | undefined {
  const cached = (cluster: KnlMode['cluster']): KnlMode => ({
    cluster,
    memory: 'Cache',
    pairs: nodes.map((_, place) => [place, undefined]),
  });
  if (nodes.length === 1) return cached('Quadrant');
  const values = distances === undefined ? undefined : countValues(distances, nodes.length);
  if (distances === undefined || values === undefined) return undefined;
  if (nodes.length === 2 && values.length === 2) {
    if (!nodes[1]!.cpuset.isEmpty()) return cached('SNC2');
    return { cluster: 'Quadrant', memory: 'Flat', pairs: [[0, 1]] };
  }
  if (nodes.length === 4 && values.length === 2) return cached('SNC4');
  const isSnc2 = nodes.length === 4 && occurrencesAre(values, [1, 2, 3, 4]);
  if (isSnc2) return flat('SNC2', distances, { ddr: values[0]![0], mcdram: values[1]![0] });
  const isSnc4 = nodes.length === 8 && occurrencesAre(values, [4, 6, 8, 18]);
  if (isSnc4) return flat('SNC4', distances, { ddr: values[1]![0], mcdram: values[0]![0] });
  return undefined;
}

/** Each distance with how often it stands in the upper half, rarest first; undefined if none fits. */
function countValues(
  distances: readonly number[],
  width: number,
): [value: number, count: number][] | undefined {
  const counts = new Map([[10, width]]);
  for (let i = 0; i < width; i++) {
    if (distances[i * width + i] !== 10) return undefined;
    for (let j = i + 1; j < width; j++) {
      const value = distances[i * width + j]!;
      if (value <= 10 || value !== distances[j * width + i]) return undefined;
      counts.set(value, (counts.get(value) ?? 0) + 1);
    }
  }
  return [...counts].toSorted(([, a], [, b]) => a - b);
}

function occurrencesAre(values: readonly [number, number][], counts: readonly number[]): boolean {
  return values.length === counts.length && values.every(([, count], i) => count === counts[i]);
}

/** Pairs each node of ordinary memory with the fast one at the given distance. */
function flat(
  cluster: KnlMode['cluster'],
  distances: readonly number[],
  at: { ddr: number; mcdram: number },
): KnlMode | undefined {
  const width = Math.sqrt(distances.length);
  const ddrs = [0];
  for (let i = 1; i < width; i++) if (distances[i] === at.ddr) ddrs.push(i);
  const pairs = ddrs.map((ddr): [number, number] => {
    const row = distances.slice(ddr * width, (ddr + 1) * width);
    return [ddr, row.findLastIndex((value, i) => i > 0 && value === at.mcdram)];
  });
  const isPaired = ddrs.length * 2 === width && pairs.every(([, mcdram]) => mcdram >= 0);
  return isPaired ? { cluster, memory: 'Flat', pairs } : undefined;
}

/** Groups ordinary and fast memory of a cluster, or puts the fast memory above it as an L3. */
function insertCluster(
  builder: TreeBuilder,
  ddr: TopologyObject,
  mcdram: TopologyObject | undefined,
  { pairs }: KnlMode,
): void {
  if (mcdram === undefined) {
    builder.insert(ddr);
    builder.insert(cacheOf(builder, ddr, MCDRAM_BYTES / pairs.length));
    return;
  }
  mcdram.subtype = 'MCDRAM';
  mcdram.cpuset = ddr.cpuset.clone();
  const group = createObject('Group', -1, ddr.cpuset.clone());
  group.nodeset = new Bitmap(builder.nodeWidth).or(ddr.nodeset!, mcdram.nodeset!);
  group.subtype = 'Cluster';
  group.group = {
    kind: GROUP_KIND.intelKnlSubNumaCluster,
    subkind: 0,
    dontMerge: false,
    depth: -1,
  };
  const cluster = builder.insert(group) ?? builder.root;
  builder.attach(cluster, ddr);
  builder.attach(cluster, mcdram);
  const set = (target: TopologyObject, bandwidthMBs: number) =>
    builder.memoryAttributes.set('Bandwidth', target, {
      initiator: ddr.cpuset,
      value: Math.floor(bandwidthMBs / pairs.length),
    });
  set(ddr, DDR_MBS);
  set(mcdram, MCDRAM_MBS);
}

function cacheOf(
  builder: TreeBuilder,
  { cpuset }: TopologyObject,
  sizeBytes: number,
): TopologyObject {
  const cache = builder.create('L3Cache', -1, cpuset.clone());
  cache.cache = { sizeBytes, lineBytes: 64, ways: 1, level: 3, kind: 'unified' };
  cache.subtype = 'MemorySideCache';
  cache.infos.push(['Inclusive', '1']);
  return cache;
}
