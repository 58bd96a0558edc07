import { SERVER_2025 } from '@forkless/sim';
import { expect, test } from 'vitest';
import { execScaling } from '../../../src/experiments/exec-scaling/exec-scaling.ts';
import { measureScaling } from '../../../src/experiments/exec-scaling/measure.ts';
import { profileOn, simulatedMachine } from '../../../src/machine.ts';
import { runExperiment } from '../run-experiment.ts';

const result = runExperiment(execScaling, { measuredMs: 3 });
const row = (program: string, cpus: number) =>
  result.rows.find((one) => one['program'] === program && one['cpus'] === cpus)!;

test('fork goes twice through the locks of the files that are mapped', () => {
  const trips = (name: string) => Number(result.counted[`i-mmap-trips-${name}`]!.value);
  expect(trips('fork-exec')).toBe(2 * trips('posix-spawn-2-39'));
});

test('with few CPUs every way scales, and fork stops first', () => {
  for (const name of ['fork-exec', 'posix-spawn-2.39', 'pristine']) {
    const ratio = Number(row('dynamic', 16)[name]) / Number(row('dynamic', 2)[name]);
    expect(ratio).toBeGreaterThan(6);
  }
  const efficiency = (name: string) =>
    Number(row('dynamic', 128)[name]) / Number(row('dynamic', 16)[name]);
  expect(efficiency('fork-exec')).toBeLessThan(efficiency('posix-spawn-2.39'));
});

test('a lock that is held ten times as long is what everybody then waits for', () => {
  const machine = simulatedMachine('xeon-2s');
  const profile = profileOn(machine, SERVER_2025);
  const point = {
    machine,
    profile,
    cpuCount: 32,
    counts: {
      files: 3,
      mappingsPerFile: 4,
      faultsPerFile: 2,
      programOpens: 1,
      links: 1,
      pageBatches: 1,
    },
    aloneNs: 400_000,
    measuredPs: 3e9,
    seed: 1,
  };
  const { value } = profile.figures['i-mmap.hold']!;
  const slow = {
    ...profile,
    figures: {
      ...profile.figures,
      'i-mmap.hold': { ...profile.figures['i-mmap.hold']!, value: 10 * value, high: 10 * value },
    },
  };
  const plain = measureScaling(point);
  const planted = measureScaling({ ...point, profile: slow });
  expect(planted.livesPerSecond).toBeLessThan(0.9 * plain.livesPerSecond);
  expect(planted.ledger.locks['i_mmap_rwsem']!.waitNs).toBeGreaterThan(
    10 * plain.ledger.locks['i_mmap_rwsem']!.waitNs,
  );
});

test('two runs give the same bytes', () => {
  expect(JSON.stringify(runExperiment(execScaling, { measuredMs: 3 }))).toBe(
    JSON.stringify(result),
  );
});
