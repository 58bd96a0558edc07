import { expect, test } from 'vitest';
import { numaPlacement } from '../../../src/experiments/numa-placement/numa-placement.ts';
import { spawnObjects } from '../../../src/experiments/numa-placement/objects.ts';
import { misplacedOf } from '../../../src/experiments/numa-placement/placement.ts';
import { buildWorld } from '../../../src/experiments/spawning/world.ts';
import { numbersOf, runExperiment } from '../run-experiment.ts';

const result = runExperiment(numaPlacement);
const FILES = { opened: 3, probes: 4, isCold: true };

test('a vfork from a small table takes the eight objects that a real kernel took', () => {
  // Recorded on Linux 6.18: 8 objects, 10.3 KB, and a stack of 16 KiB.
  expect(numbersOf(result.counted)).toMatchObject({
    'task-objects': 8,
    'task-bytes': 10_320,
    'stack-bytes': 16_384,
  });
});

test('a larger descriptor table is misplaced as well', () => {
  const small = spawnObjects(buildWorld('epyc-2s-nps1', {}), FILES);
  const large = spawnObjects(buildWorld('epyc-2s-nps1', { fds: 1000 }), FILES);
  const bytesOf = (objects: typeof small) =>
    misplacedOf(objects, { level: 1, executor: 'child' }).bytes;
  expect(bytesOf(large) - bytesOf(small)).toBeGreaterThan(8 * 1024);
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

test('probes move negative dentries, and no line that the child keeps', () => {
  const objects = spawnObjects(buildWorld('epyc-2s-nps1', {}), FILES);
  const by = (prober: 'parent' | 'child') =>
    misplacedOf(objects, { level: 2, executor: 'child', prober });
  expect(by('parent').objects - by('child').objects).toBe(4);
  expect(by('parent').lines).toBe(by('child').lines);
});

test('a machine of one node is refused, and two runs give the same bytes', () => {
  expect(() => runExperiment(numaPlacement, {}, 'desktop')).toThrow(/two nodes/);
  expect(JSON.stringify(runExperiment(numaPlacement))).toBe(JSON.stringify(result));
});
