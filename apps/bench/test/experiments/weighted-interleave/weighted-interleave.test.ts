import { expect, test } from 'vitest';
import type { ExperimentResult } from '../../../src/experiments/experiment.ts';
import {
  bestWeights,
  throughput,
} from '../../../src/experiments/weighted-interleave/throughput.ts';
import { weightedInterleave } from '../../../src/experiments/weighted-interleave/weighted-interleave.ts';

const params = Object.fromEntries(
  weightedInterleave.parameters.map((parameter) => [parameter.name, parameter.default]),
);
const run = (machine?: string): ExperimentResult =>
  weightedInterleave.run({
    seed: 1,
    params,
    progress: () => undefined,
    ...(machine === undefined ? {} : { machine }),
  });

test('nodes of 100 and 50 GB/s give 100, 150 and 133 GB/s at 1:1, 2:1 and 3:1, also from placed pages', () => {
  const { rows, claims } = run();
  for (const key of ['closedForm', 'placed']) {
    expect(rows.slice(0, 3).map((row) => Math.round(Number(row[key])))).toEqual([100, 150, 133]);
  }
  expect(claims.every(({ holds }) => holds)).toBe(true);
});

test('no weights up to 6 beat those the search finds', () => {
  const nodes = [90, 35, 20].map((gigabytesPerSecond, node) => ({
    node,
    gigabytesPerSecond,
    latencyNs: 100,
  }));
  const found = throughput(nodes, bestWeights(nodes, 6));
  for (let code = 1; code < 7 ** 3; code++) {
    const weights = [code % 7, Math.floor(code / 7) % 7, Math.floor(code / 49)];
    expect(throughput(nodes, weights)).toBeLessThanOrEqual(found + 1e-9);
  }
});

test.each(['cxl-2s', 'xeon-2s', 'epyc-2s-nps4', 'xeon-max-hbm'])(
  'on %s the best weights stream faster than one node or 1:1, and wait longer',
  (machine) => {
    const { predicted } = run(machine);
    expect(predicted['streaming-over-one-node']!.value).toBeGreaterThan(1);
    expect(predicted['streaming-over-interleave']!.value).toBeGreaterThan(1);
    expect(predicted['pointer-chase-over-one-node']!.value).toBeGreaterThan(1);
    const kept = (home: string) => Number(predicted[`kept-with-weights-in-${home}`]!.value);
    expect(kept('policy')).toBe(100);
    for (const home of ['node', 'cpuset', 'cgroup', 'sysfs', 'memory-tier']) {
      expect(kept(home)).toBeLessThan(100);
    }
    expect(kept('memory-tier')).toBeLessThanOrEqual(kept('sysfs'));
    expect(kept('sysfs')).toBeLessThanOrEqual(kept('cgroup'));
  },
);

test('a machine of one node is refused', () => {
  expect(() => run('desktop')).toThrow(/several nodes/);
});
