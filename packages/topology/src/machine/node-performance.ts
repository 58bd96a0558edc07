// What a tree's memory attributes say of one node, in the shapes its readers need.
import type { AccessPerformance } from '../kernel/memory-tiers.ts';
import type { ObjectTree } from '../tree/object-tree.ts';
import type { LocalPerformance } from './performance.ts';

/** What the tree's attributes say of a node as its own CPUs see it. */
export function localPerformance(tree: ObjectTree, node: number): LocalPerformance {
  const valueOf = (names: readonly string[]) =>
    names.map((name) => attributeOf(tree, name, node)).find((value) => value !== undefined);
  return {
    latencyNs: valueOf(['Latency', 'ReadLatency']),
    bandwidthMBs: valueOf(['Bandwidth', 'ReadBandwidth']),
  };
}

/** All four figures of a node's memory as its best CPUs see it, undefined unless all are known. */
export function accessPerformance(tree: ObjectTree, node: number): AccessPerformance | undefined {
  const [readLatencyNs, writeLatencyNs, readBandwidthMBs, writeBandwidthMBs] = [
    'ReadLatency',
    'WriteLatency',
    'ReadBandwidth',
    'WriteBandwidth',
  ].map((name) => attributeOf(tree, name, node));
  return readLatencyNs === undefined ||
    writeLatencyNs === undefined ||
    readBandwidthMBs === undefined ||
    writeBandwidthMBs === undefined
    ? undefined
    : { readLatencyNs, writeLatencyNs, readBandwidthMBs, writeBandwidthMBs };
}

function attributeOf(tree: ObjectTree, name: string, node: number): number | undefined {
  const attribute = tree.memoryAttributes.find((one) => one.name === name);
  return attribute?.targets.find(({ target }) => target.osIndex === node)?.values[0]?.value;
}
