import { SERVER_2025 } from '@forkless/sim';
import { expect, test } from 'vitest';
import { FITTED_FIGURE, fitContention } from '../../../src/experiments/pidmap-lock/fit.ts';

/** A throughput that falls with the factor as a saturated lock's does. */
const throughput = (factor: number) => 1e6 / (0.3 + factor);

test('the fitted factor gives the target, whatever the target', () => {
  for (const target of [60_000, 465_000, 900_000, 2_500_000]) {
    let runs = 0;
    const fitted = fitContention(SERVER_2025, target, ({ figures }) => {
      runs++;
      return throughput(figures[FITTED_FIGURE]!.value);
    })!;
    const { value, provenance } = fitted.figures[FITTED_FIGURE]!;
    expect(throughput(value) / target).toBeCloseTo(1, 2);
    expect(provenance).toBe('fitted');
    expect(runs).toBeLessThan(17);
  }
});

test('nothing but the one figure is touched', () => {
  const fitted = fitContention(SERVER_2025, 500_000, ({ figures }) =>
    throughput(figures[FITTED_FIGURE]!.value),
  )!;
  for (const [name, figure] of Object.entries(SERVER_2025.figures)) {
    if (name !== FITTED_FIGURE) expect(fitted.figures[name]).toEqual(figure);
  }
});

test('a target out of reach is said to be so', () => {
  expect(fitContention(SERVER_2025, 1e9, () => 5)).toBeUndefined();
  expect(fitContention(SERVER_2025, 1, () => 5)).toBeUndefined();
});
