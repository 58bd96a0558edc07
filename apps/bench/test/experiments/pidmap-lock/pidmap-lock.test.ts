import { expect, test } from 'vitest';
import { pidmapLock } from '../../../src/experiments/pidmap-lock/pidmap-lock.ts';
import { runCommand } from '../../sample/run-command.ts';

const run = (...more: readonly string[]) =>
  runCommand(['run', 'pidmap-lock', '--json', '--set', 'measuredMs=1', ...more], {
    experiments: [pidmapLock],
    presetNames: ['xeon-1s-24', 'desktop', 'epyc-1s-24', 'power9-gpu'],
  });

/** Made once; a run takes seconds. */
const seedOne = run();

test('one seed gives one result, byte for byte, and another seed another', async () => {
  const [first, again, other] = [await seedOne, await run(), await run('--seed', '2')];
  expect(first.status).toBe(0);
  expect(again.stdout).toBe(first.stdout);
  expect(other.stdout).not.toBe(first.stdout);
});

test('the stock kernel meets its published figure by fit, and one trip less is counted', async () => {
  const { stdout } = await seedOne;
  const result = JSON.parse(stdout);
  const claims = Object.fromEntries(
    result.claims.map((claim: { id: string }) => [claim.id, claim]),
  );
  expect(claims['stock-20-processes']).toMatchObject({ kind: 'calibrated' });
  expect(claims['stock-20-processes'].ratio).toBeCloseTo(1, 1);
  expect(claims['one-trip-to-allocate']).toMatchObject({ model: 1, kind: 'counted', holds: true });
  expect(result.counted).toMatchObject({
    'lock-trips-stock': { value: 3 },
    'lock-trips-seriesShared': { value: 2 },
    'lock-trips-release': { value: 2 },
  });
  const [low, high] = result.predicted['series-band'].value;
  const [shared, padded] = claims['series-20-processes'].model;
  expect(low).toBeLessThanOrEqual(shared);
  expect(high).toBeGreaterThanOrEqual(padded);
});

test('throughput grows with processes until the lock saturates', async () => {
  const { rows } = JSON.parse((await seedOne).stdout);
  const at = (processes: number) =>
    rows.find((row: { processes: number }) => row.processes === processes);
  expect(at(4).stock / at(1).stock).toBeCloseTo(4, 0);
  expect(at(20).stock).toBeLessThan(at(12).stock * 1.05);
  expect(at(20).seriesShared).toBeGreaterThan(at(20).stock);
});
