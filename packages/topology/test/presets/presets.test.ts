import { ConfigError } from '@forkless/errors';
import { expect, test } from 'vitest';
import { preset, presets, TRANSFER_CLASSES } from '../../src/index.ts';

test.for(presets)('$name has a figure with a source for everything it says', (from) => {
  const machine = preset(from.name);
  expect(machine.nodes.map(({ node }) => machine.distance(node, node))).toEqual(
    machine.nodes.map(() => 10),
  );
  expect(from.memory).toHaveLength(machine.nodes.length);
  expect(from.distancesSource).not.toBe('');
  for (const { latencyNs, bandwidthMBs, source } of from.memory) {
    expect([latencyNs > 0, bandwidthMBs > 0, source !== '']).toEqual([true, true, true]);
  }
  for (const name of TRANSFER_CLASSES) {
    const { low, value, high, source } = from.transfers[name];
    expect(low <= value && value <= high, `${name} lies in its interval`).toBe(true);
    expect(source).not.toBe('');
  }
});

test.for(presets)('$name orders all its nodes for each of them, itself first', ({ name }) => {
  const machine = preset(name);
  const ids = machine.nodes.map(({ node }) => node);
  for (const phase of ['boot', 'rebuilt'] as const) {
    for (const node of ids) {
      const order = machine.fallbackOrder(node, phase);
      expect(order[0]).toBe(node);
      expect([...order].toSorted((a, b) => a - b)).toEqual(ids);
    }
  }
});

test('every CPU of a preset belongs to one node, and nodes of memory alone have none', () => {
  for (const { name, memory } of presets) {
    const machine = preset(name);
    const owned = machine.nodes.flatMap(({ cpus }) => [...cpus]).toSorted((a, b) => a - b);
    expect(owned).toEqual(machine.cpus);
    expect(machine.nodes.map(({ cpus }) => cpus.isEmpty())).toEqual(
      memory.map(({ isCpuless }) => isCpuless === true),
    );
  }
});

test.for<[name: string, pair: [number, number], expected: string]>([
  ['xeon-1s-smt-24', [0, 12], 'smt'],
  ['xeon-1s-smt-24', [0, 1], 'l3'],
  ['xeon-2s-24', [0, 12], 'remote'],
  ['epyc-1s-24', [0, 5], 'l3'],
  ['epyc-1s-24', [0, 6], 'package'],
  ['power9-gpu', [0, 4], 'l2'],
  ['power9-gpu', [3, 3], 'same'],
])('on %s a line between CPUs %j travels %s', ([name, [a, b], expected]) => {
  const machine = preset(name);
  expect(machine.transferClass(a, b)).toBe(expected);
  const { classes, classOf } = machine.transferDistances();
  expect(classes[classOf(a, b)]).toBe(expected);
});

test('the figures of a two-socket Xeon are those published for it', () => {
  const machine = preset('xeon-2s-24');
  expect(machine.latencies.values).toEqual([90, 140, 140, 90]);
  expect(machine.latencies.provenance).toEqual(['preset', 'derived', 'derived', 'preset']);
});

test('an unknown preset is refused with the names there are', () => {
  expect(() => preset('vax')).toThrow(ConfigError);
  expect(() => preset('vax')).toThrow(/xeon-2s-24/);
});
