// Machines by name: the list of presets, and a machine made from one.
import { ConfigError, assert } from '@forkless/errors';
import { Bitmap } from '@forkless/bitmap';
import { Machine } from '../machine/machine.ts';
import { performanceMatrices } from '../machine/performance.ts';
import type { MachineNode } from '../machine/machine-node.ts';
import { buildSynthetic } from '../synthetic/read-synthetic.ts';
import { DISTANCE_KIND } from '../tree/distance-matrix.ts';
import type { ObjectTree } from '../tree/object-tree.ts';
import type { TreeBuilder } from '../tree/tree-builder.ts';
import type { TopologyObject } from '../tree/topology-object.ts';
import { EPYC_PRESETS } from './epyc-presets.ts';
import { OTHER_PRESETS } from './other-presets.ts';
import type { Preset } from './preset.ts';
import { XEON_PRESETS } from './xeon-presets.ts';

/** Every preset with what it says and where from. */
export const presets: readonly Preset[] = [...EPYC_PRESETS, ...XEON_PRESETS, ...OTHER_PRESETS];

/** The machine of a preset; a ConfigError names those there are. */
export function preset(name: string): Machine {
  const found = presets.find((one) => one.name === name);
  if (found === undefined) {
    const names = presets.map((one) => one.name).join(', ');
    throw new ConfigError(`there is no preset "${name}", expected one of ${names}`);
  }
  return machineOfPreset(found);
}

function machineOfPreset(from: Preset): Machine {
  const warnings: string[] = [];
  const warn = (message: string) => warnings.push(message);
  const tree = buildSynthetic(from.layout, warn, (builder, nodes) =>
    addFigures(from, builder, nodes),
  );
  assert(warnings.length === 0, `preset ${from.name} is read without a warning`);
  const nodes = nodesOf(from, tree);
  const values = from.distances.flat();
  const distances = { values, provenance: values.map(() => 'preset' as const) };
  return new Machine({
    name: from.name,
    tree,
    nodes,
    distances,
    ...performanceMatrices({
      distances: values,
      hasCpu: nodes.map(({ cpus }) => !cpus.isEmpty()),
      local: from.memory,
      provenance: 'preset',
    }),
    transfers: from.transfers,
    warnings,
  });
}

function nodesOf({ memory }: Preset, tree: ObjectTree): MachineNode[] {
  return byId(tree.nodes).map((object, index) => ({
    node: object.osIndex,
    cpus: memory[index]!.isCpuless ? new Bitmap(object.cpuset.nbits) : object.cpuset.clone(),
    memoryBytes: object.memory!.localBytes,
    freeBytes: undefined,
    hasMemory: true,
  }));
}

/** Tells the tree what the firmware of such a machine would: distances and local performance. */
function addFigures(
  { distances, memory }: Preset,
  builder: TreeBuilder,
  nodes: readonly TopologyObject[],
): void {
  const sorted = byId(nodes);
  for (const [index, target] of sorted.entries()) {
    const { latencyNs, bandwidthMBs } = memory[index]!;
    const initiator = target.cpuset;
    for (const name of ['Bandwidth', 'ReadBandwidth', 'WriteBandwidth']) {
      builder.memoryAttributes.set(name, target, { initiator, value: bandwidthMBs });
    }
    for (const name of ['Latency', 'ReadLatency', 'WriteLatency']) {
      builder.memoryAttributes.set(name, target, { initiator, value: latencyNs });
    }
  }
  const kind = DISTANCE_KIND.fromOs + DISTANCE_KIND.meansLatency;
  const matrix = { name: 'NUMALatency', kind, objects: sorted, values: distances.flat() };
  builder.addDistances(matrix, { group: true });
}

function byId(nodes: readonly TopologyObject[]): TopologyObject[] {
  return nodes.toSorted((a, b) => a.osIndex - b.osIndex);
}
