import { expect, test } from 'vitest';
import { runBuild } from '../../../src/experiments/kernel-stack-cache/build-load.ts';
import { kernelStackCache } from '../../../src/experiments/kernel-stack-cache/kernel-stack-cache.ts';
import {
  CACHED_STACKS,
  StackCaches,
} from '../../../src/experiments/kernel-stack-cache/stack-cache.ts';
import { runExperiment } from '../run-experiment.ts';

const LOAD = {
  nodeOf: [0, 0, 0, 0, 1, 1, 1, 1],
  jobs: 8,
  objectCount: 400,
  rules: { nodeImbalance: 0, pullsAcross: true },
  stackRule: 'own node only',
  balancesExec: true,
  seed: 1,
} as const;

test('a CPU keeps two stacks, and under the new rule only near ones', () => {
  const caches = new StackCaches(1, 'own node only');
  for (const stack of [1, 0, 0, 0]) caches.free(0, 0, stack);
  expect(caches.counts).toMatchObject({ matched: 3, mismatched: 1, matchedKept: CACHED_STACKS });
  const stock = new StackCaches(1, 'any node');
  stock.free(0, 0, 1);
  expect(stock.alloc(0, 0)).toBe(1);
  expect(stock.counts).toMatchObject({ reused: 1, reusedRemote: 1 });
});

test('every process gets a stack and gives it back', () => {
  const { matched, mismatched, reused, fresh } = runBuild(LOAD);
  expect(matched + mismatched).toBe(7 * LOAD.objectCount);
  expect(reused + fresh).toBe(matched + mismatched);
});

test('on one node nothing is ever on another', () => {
  const counts = runBuild({ ...LOAD, nodeOf: LOAD.nodeOf.map(() => 0) });
  expect(counts.mismatched).toBe(0);
});

test('a scheduler that never leaves a node leaves every stack where it was', () => {
  const counts = runBuild({ ...LOAD, jobs: 2, rules: { nodeImbalance: 8, pullsAcross: false } });
  expect(counts.mismatched).toBe(0);
});

test('the published mismatch lies in the band, and two runs give the same bytes', () => {
  const result = runExperiment(kernelStackCache, { objects: 1000 });
  const again = runExperiment(kernelStackCache, { objects: 1000 });
  expect(JSON.stringify(again)).toBe(JSON.stringify(result));
  expect(result.claims.find(({ id }) => id === 'mismatch-at-free')!.holds).toBe(true);
  expect(
    result.rows
      .filter((row) => row['rule'] === 'own node only')
      .every((row) => row['remote'] === 0),
  ).toBe(true);
});
