import { expect, test } from 'vitest';
import { numaPlacement } from '../../../src/experiments/numa-placement/numa-placement.ts';
import {
  misplacedBy,
  programPagesFar,
} from '../../../src/experiments/numa-placement/placed-spawn.ts';
import { numbersOf, runExperiment } from '../run-experiment.ts';

const result = runExperiment(numaPlacement);
const SPAWN = { machine: 'epyc-2s-nps1', fds: 0, opened: 3, probes: 4, isCold: true };

test('a vfork from a small table takes the eight objects that a real kernel took', () => {
  // Recorded on Linux 6.18: 8 objects, 10.3 KB, and a stack of 16 KiB.
  expect(numbersOf(result.counted)).toMatchObject({
    'task-objects': 8,
    'task-bytes': 10_320,
    'stack-bytes': 16_384,
  });
});

test('a larger descriptor table is misplaced as well', () => {
  const bytesWith = (fds: number) =>
    misplacedBy({ ...SPAWN, fds }, { awareness: 'L1', executor: 'child' }).bytes;
  expect(bytesWith(1000) - bytesWith(0)).toBeGreaterThan(8 * 1024);
});

test('a child that works itself needs two rungs, a parent that works needs all four', () => {
  const bytes = (executor: string) =>
    result.rows
      .filter((row) => row['cache'] === 'cold' && row['executor'] === executor)
      .map((row) => Number(row['bytes']));
  expect(bytes('child').slice(2)).toEqual([0, 0, 0]);
  expect(bytes('parent').at(-1)).toBe(0);
  expect(bytes('parent').toSorted((a, b) => b - a)).toEqual(bytes('parent'));
  expect(bytes('parent')[3]).toBeGreaterThan(0);
});

test('probes leave negative dentries, and no line that the child keeps', () => {
  const by = (probes: number) =>
    misplacedBy({ ...SPAWN, probes }, { awareness: 'L0', executor: 'parent' });
  expect(by(4).objects - by(0).objects).toBe(4);
  expect(by(4).lines).toBe(by(0).lines);
});

test('with a warm cache a lookup leaves nothing behind', () => {
  const placement = { awareness: 'L3', executor: 'parent' } as const;
  const cold = misplacedBy(SPAWN, placement);
  const warm = misplacedBy({ ...SPAWN, isCold: false }, placement);
  expect(warm.bytes).toBeLessThan(cold.bytes);
});

test('the program is read onto the node of whoever reads it first', () => {
  const placement = { awareness: 'L0', executor: 'parent' } as const;
  expect(programPagesFar(SPAWN, placement, 30)).toBe(0);
  expect(programPagesFar({ ...SPAWN, isCold: false }, placement, 30)).toBe(30);
});

test('a machine of one node is refused, and two runs give the same bytes', () => {
  expect(() => runExperiment(numaPlacement, {}, 'desktop')).toThrow(/two nodes/);
  expect(JSON.stringify(runExperiment(numaPlacement))).toBe(JSON.stringify(result));
});
