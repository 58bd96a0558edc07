import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { PeakMeter } from '../src/process/peak-meter.ts';
import { EXACT_MAX, Quantiles } from '../src/process/quantiles.ts';

fc.configureGlobal({ seed: 0x74726163 });

test('the peak is that of all changes sorted, ends before starts', () => {
  const change = fc.tuple(fc.nat(40), fc.constantFrom(1 as const, -1 as const));
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
      const meter = new PeakMeter();
      for (const [timeNs, by] of changes) meter.add(timeNs, by);
      let count = 0;
      let peak = 0;
      for (const [, by] of changes.toSorted((a, b) => a[0] - b[0] || a[1] - b[1])) {
        count += by;
        peak = Math.max(peak, count);
      }
      expect(meter.peak()).toBe(peak);
    }),
  );
});

test('a peak from far more changes than are held', () => {
  const meter = new PeakMeter();
  for (let i = 0; i < 100_000; i++) {
    meter.add(i * 10, 1);
    if (i >= 7) meter.add(i * 10 + 5, -1);
  }
  expect(meter.peak()).toBe(8);
});

test('quantiles are exact at first and within a thousandth beyond a million', () => {
  const quantiles = new Quantiles();
  expect(quantiles.at(0.5)).toEqual([undefined]);
  const count = EXACT_MAX + 1000;
  for (let i = 0; i < count; i++) {
    quantiles.add(((i * 7919) % count) * 1000);
    if (i === EXACT_MAX - 1) expect(quantiles.at(0)[0]).toBe(0);
  }
  for (const p of [0.1, 0.5, 0.9, 0.99]) {
    const [value] = quantiles.at(p);
    const exact = Math.floor(p * count) * 1000;
    expect(Math.abs((value ?? 0) - exact) / exact).toBeLessThan(0.001);
  }
});
