import { expect, test } from 'vitest';
import { ROWS } from '../../../src/experiments/spawn-template/published.ts';
import { callUs, fitRuntime } from '../../../src/experiments/spawn-template/runtime-fit.ts';
import { spawnTemplate } from '../../../src/experiments/spawn-template/spawn-template.ts';
import { runExperiment } from '../run-experiment.ts';

const result = runExperiment(spawnTemplate);

test('the table is consistent: time × rate is 6144 calls in every row', () => {
  const seconds = [14.95, 9.21, 6.43, 5.86];
  ROWS.forEach(({ subprocess }, at) => {
    expect(Math.abs(subprocess * seconds[at]! - 6144) / 6144).toBeLessThan(0.001);
  });
});

test('two numbers carry three rows, and the fourth does not fit', () => {
  const holds = Object.fromEntries(result.claims.map(({ id, holds: one }) => [id, one]));
  expect(holds).toMatchObject({
    'gain-1x16': true,
    'gain-2x8': true,
    'gain-4x4': true,
    'gain-8x2': false,
    'template-saves-what-is-measured': false,
  });
  expect(result.calibrated['saved-a-call']!.value).toBeCloseTo(51.3, 0);
});

test('a fit of a runtime that is known finds it again', () => {
  const known = { dispatcherUs: 700, workerUs: 2000, savedUs: 30 };
  const rows = [1, 2, 4].map((workers) => ({
    name: `${workers}`,
    workers,
    inFlight: 1,
    subprocess: 1e6 / callUs(known, workers),
    template: 1e6 / callUs(known, workers, known.savedUs),
  }));
  const found = fitRuntime(rows);
  expect(found.dispatcherUs).toBeCloseTo(700, 6);
  expect(found.workerUs).toBeCloseTo(2000, 6);
  expect(found.savedUs).toBeCloseTo(30, 6);
});

test('the kernel part of a template is a small share, at both ends of every figure', () => {
  const [low, high] = result.predicted['kernel-part-band']!.value as [number, number];
  expect(low).toBeGreaterThan(0);
  expect(high).toBeLessThan(10);
  expect(Number(result.predicted['kernel-share']!.value)).toBeLessThan(20);
});

test('two runs give the same bytes', () => {
  expect(JSON.stringify(runExperiment(spawnTemplate))).toBe(JSON.stringify(result));
});
