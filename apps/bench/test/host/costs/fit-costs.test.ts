import { ZEN5_GUEST, type CostProfile } from '@forkless/sim';
import { describe, expect, test } from 'vitest';
import { describeRecorded } from '../../../../../tooling/vitest/recorded.ts';
import { summarize } from '../../../src/host/costs/check-predictions.ts';
import type { Reading } from '../../../src/host/costs/cost-program.ts';
import { drawParents } from '../../../src/host/costs/draw-parents.ts';
import { fitCosts, ownAnchors, parentsToFit } from '../../../src/host/costs/fit-costs.ts';
import { histories, parentWith, showParent, type Parent } from '../../../src/host/costs/parent.ts';
import { predictSpawn } from '../../../src/host/costs/predict-spawn.ts';
import { readingFrom } from '../../sample/reading-from.ts';
import { recordedAnchors, recordedReadings } from './recording.ts';

function read(profile: CostProfile, slow: number): readonly Reading[] {
  return parentsToFit(ownAnchors).map((parent) => readingFrom(profile, parent, slow));
}

test('the fit of a machine finds the figures it has, whatever its pace', () => {
  const fitted = fitCosts([read(ZEN5_GUEST, 1), read(ZEN5_GUEST, 1), read(ZEN5_GUEST, 2)], 'here');
  for (const [name, { value, low, high }] of Object.entries(fitted)) {
    expect([name, value]).toEqual([name, expect.closeTo(ZEN5_GUEST.figures[name]!.value, 3)]);
    expect(low).toBeLessThanOrEqual(value);
    expect(high).toBeGreaterThanOrEqual(value);
  }
  expect(Object.keys(fitted)).toHaveLength(36);
});

test('a figure whose parent was not measured is left out', () => {
  const readings = read(ZEN5_GUEST, 1).filter(({ parent }) => parent.huge === 0);
  const fitted = fitCosts([readings], 'here');
  expect(fitted['fork.page']).toBeDefined();
  expect(fitted['fork.huge-page']).toBeUndefined();
});

test('rewritten memory is dearer to copy, and not to share', () => {
  const cost = (differing: Partial<Parent>) =>
    predictSpawn(ZEN5_GUEST, parentWith({ rss: 256, ...differing })).totalNs;
  // The recording has 8.7 and 13.1 ms.
  expect(cost({ history: 'rewritten' }) / cost({})).toBeCloseTo(13.1 / 8.7, 1);
  expect(cost({ mechanism: 'vfork' })).toBe(cost({ mechanism: 'vfork', rss: 1 }));
});

describe('drawn parents', () => {
  test('depend on nothing but the seed', () => {
    expect(drawParents(20, 5)).toEqual(drawParents(20, 5));
    expect(drawParents(20, 5)).not.toEqual(drawParents(20, 6));
  });

  test('are none of those that figures are fitted by, and cross all axes', () => {
    const fitted = new Set(parentsToFit(ownAnchors).map(showParent));
    const drawn = drawParents(200, 1);
    expect(drawn.filter((parent) => fitted.has(showParent(parent)))).toEqual([]);
    expect(new Set(drawn.map(({ history }) => history)).size).toBe(histories.length);
    expect(new Set(drawn.map(({ mechanism }) => mechanism)).size).toBe(6);
    const isRich = ({ mappings, files, threads }: Parent) =>
      mappings > 0 && files > 0 && threads > 1;
    expect(drawn.filter(isRich).length).toBeGreaterThan(10);
  });
});

describeRecorded('the recorded parents', 'host', (folder) => {
  const all = recordedReadings(folder);
  const first = [...new Map(all.toReversed().map((one) => [showParent(one.parent), one])).values()];
  const isFitted = new Set(parentsToFit(recordedAnchors).map(showParent));
  const profileErrors = (profile: CostProfile) =>
    all
      .filter(({ parent }) => !isFitted.has(showParent(parent)))
      .map(({ parent, total }) => predictSpawn(profile, parent).totalNs / total.median - 1);

  test('give the profile that ships', () => {
    for (const [name, figure] of Object.entries(fitCosts([first], 'there', recordedAnchors))) {
      if (name.startsWith('host.beat')) continue;
      const shipped = ZEN5_GUEST.figures[name]!;
      expect([name, shipped.value / (figure.value || 1)]).toEqual([
        name,
        expect.closeTo(figure.value === 0 ? 0 : 1, 2),
      ]);
    }
  });

  test('that were not fitted are predicted within 10 % in the median, 20 % for nine in ten', () => {
    const errors = profileErrors(ZEN5_GUEST);
    expect(errors.length).toBeGreaterThan(120);
    const { medianError, p90Error, bias } = summarize(errors);
    expect(medianError).toBeLessThan(0.1);
    expect(p90Error).toBeLessThan(0.2);
    expect(Math.abs(bias)).toBeLessThan(0.05);
  });

  test('are predicted worse by figures of another machine', () => {
    const page = ZEN5_GUEST.figures['fork.page']!;
    const vfork = ZEN5_GUEST.figures['host.vfork']!;
    const figures = {
      ...ZEN5_GUEST.figures,
      'fork.page': { ...page, value: 2 * page.value },
      'host.vfork': { ...vfork, value: 2 * vfork.value },
    };
    expect(summarize(profileErrors({ ...ZEN5_GUEST, figures })).medianError).toBeGreaterThan(0.1);
  });
});
