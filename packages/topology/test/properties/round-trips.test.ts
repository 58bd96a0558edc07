import { Bitmap } from '@forkless/bitmap';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  countsOf,
  distrib,
  formatConsole,
  formatHwlocXml,
  formatLscpu,
  formatNumactl,
  formatSynthetic,
  preset,
  presets,
  pusOf,
  readHwlocXml,
  readLscpu,
  readLscpuJson,
  readNumactl,
  readSynthetic,
  restrictTree,
} from '../../src/index.ts';
import { FUZZ, machines, SEED } from './arbitrary-machine.ts';

fc.configureGlobal({ seed: SEED, numRuns: Math.max(60, Math.min(2000, FUZZ / 100)) });

const everyPreset = presets.map(({ name }) => preset(name));

test('XML read back is the same XML', () => {
  fc.assert(
    fc.property(machines, ({ tree }) => {
      const written = formatHwlocXml(tree);
      expect(formatHwlocXml(readHwlocXml(written).tree)).toBe(written);
    }),
  );
});

test('a synthetic description written is read as the same tree, and written the same again', () => {
  fc.assert(
    fc.property(machines, ({ tree }) => {
      const written = formatSynthetic(tree)!;
      const read = readSynthetic(written);
      expect(formatSynthetic(read.tree)).toBe(written);
      expect(formatConsole(read.tree)).toBe(formatConsole(tree));
    }),
  );
});

test('numactl text read back is the same text', () => {
  fc.assert(
    fc.property(machines, (machine) => {
      const written = formatNumactl(machine);
      expect(formatNumactl(readNumactl(written))).toBe(written);
    }),
  );
  for (const machine of everyPreset) {
    const written = formatNumactl(machine);
    const read = readNumactl(written);
    expect(formatNumactl(read)).toBe(written);
    expect(read.warnings).toEqual([]);
    for (const { node } of machine.nodes) {
      expect(read.fallbackOrder(node, 'rebuilt')).toEqual(machine.fallbackOrder(node, 'rebuilt'));
    }
  }
});

test('lscpu text read back is the same text, and the same CPUs share the same things', () => {
  const columns = ['CPU', 'CORE', 'SOCKET', 'NODE', 'BOOK', 'DRAWER', 'CACHE', 'ONLINE'] as const;
  const check = (machine: (typeof everyPreset)[number]) => {
    for (const asked of [undefined, columns] as const) {
      const written = formatLscpu(machine, asked);
      expect(formatLscpu(readLscpu(written), asked)).toBe(written);
    }
    const read = readLscpu(formatLscpu(machine));
    const [first] = machine.cpus;
    for (const cpu of machine.cpus) {
      expect(read.transferClass(first!, cpu)).toBe(machine.transferClass(first!, cpu));
    }
  };
  fc.assert(fc.property(machines, check));
  for (const machine of everyPreset) check(machine);
});

test('a restricted tree has the CPUs asked for, and all nodes unless asked otherwise', () => {
  const subsets = machines.chain((machine) =>
    fc.record({
      machine: fc.constant(machine),
      kept: fc.subarray([...machine.cpus], { minLength: 1 }),
    }),
  );
  fc.assert(
    fc.property(subsets, ({ machine, kept }) => {
      const { tree } = machine;
      const before = formatHwlocXml(tree);
      const cut = restrictTree(tree, Bitmap.of(machine.cpuWidth, kept));
      expect(
        pusOf(cut)
          .map(({ osIndex }) => osIndex)
          .toSorted((a, b) => a - b),
      ).toEqual(kept.toSorted((a, b) => a - b));
      expect(countsOf(cut).NUMANode).toBe(tree.nodes.length);
      const bare = restrictTree(tree, Bitmap.of(machine.cpuWidth, kept), { removeCpuless: true });
      expect(bare.nodes.every(({ cpuset }) => !cpuset.isEmpty())).toBe(true);
      expect(formatHwlocXml(tree)).toBe(before);
      expect(formatHwlocXml(readHwlocXml(formatHwlocXml(cut)).tree)).toBe(formatHwlocXml(cut));
    }),
  );
});

test('distrib gives as many sets as asked, within the machine, covering it when there are enough', () => {
  fc.assert(
    fc.property(machines, fc.integer({ min: 1, max: 64 }), ({ tree, cpus }, count) => {
      const sets = distrib(tree, count);
      expect(sets).toHaveLength(count);
      const all = new Bitmap(tree.root.cpuset.nbits);
      for (const set of sets) all.or(all, set);
      expect([...all]).toEqual(cpus);
    }),
  );
});

test('the JSON of lscpu gives the machine that its summary or its rows tell', () => {
  const summary = readLscpuJson(
    JSON.stringify({
      lscpu: [
        { field: 'On-line CPU(s) list:', data: '0-3' },
        { field: 'Model name:', data: 'Test' },
        { field: 'Thread(s) per core:', data: '1' },
        { field: 'Socket(s):', data: '1' },
        { field: 'NUMA node0 CPU(s):', data: '0,1' },
        { field: 'NUMA node4 CPU(s):', data: '2,3' },
      ],
    }),
  );
  expect(summary.nodes.map(({ node, cpus }) => [node, [...cpus]])).toEqual([
    [0, [0, 1]],
    [4, [2, 3]],
  ]);
  const rows = [0, 1, 2, 3].map((cpu) => ({
    cpu,
    node: 0,
    socket: 0,
    core: cpu >> 1,
    'l1d:l1i:l2:l3': `${cpu >> 1}:${cpu >> 1}:${cpu >> 1}:0`,
    online: cpu !== 3,
  }));
  const listed = readLscpuJson(JSON.stringify({ cpus: rows }));
  expect(listed.cpus).toEqual([0, 1, 2]);
  expect(listed.transferClass(0, 1)).toBe('smt');
  expect(listed.transferClass(0, 2)).toBe('l3');
});
