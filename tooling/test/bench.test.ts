import { expect, test } from 'vitest';
import { summary } from '../bench/compare.mjs';
import { loadTargets } from '../bench/load-targets.mjs';
import baseline from '../bench/baseline.json' with { type: 'json' };

test('a machine that slows down for a while moves neither the ratio nor its interval', () => {
  const pairs = Array.from({ length: 25 }, (_, at) => {
    const slow = at > 8 && at < 16 ? 3 : 1;
    return { ours: slow * (200 + (at % 3)), peer: slow * (100 + (at % 2)) };
  });
  const { ratio, low, high } = summary(pairs);
  expect(ratio).toBeCloseTo(2, 1);
  expect([low > 1.95, high < 2.05]).toEqual([true, true]);
});

test('one wild pair of many moves the ratio by nothing', () => {
  const pairs = Array.from({ length: 9 }, () => ({ ours: 10, peer: 5 }));
  expect(summary([...pairs, { ours: 900, peer: 5 }]).ratio).toBe(2);
});

test('every guarded target has one name and a baseline, and no baseline is left of one that is gone', async () => {
  const targets = await loadTargets();
  expect(new Set(targets.map(({ id }) => id)).size).toBe(targets.length);
  const guarded = targets.filter(({ quick }) => quick === true).map(({ id }) => id);
  for (const known of Object.values(baseline)) {
    expect(Object.keys(known).toSorted()).toEqual(guarded.toSorted());
  }
});
