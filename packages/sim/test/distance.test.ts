import fc from 'fast-check';
import { test } from 'vitest';
import { DistanceTable } from '../src/distance.ts';

function everyPair(cpuCount: number, classOf: (from: number, to: number) => number): boolean {
  const classes = Array.from({ length: 8 }, (_, number) => `class${number}`);
  const table = new DistanceTable({ classes, classOf }, cpuCount);
  for (let from = 0; from < cpuCount; from++) {
    for (let to = 0; to < cpuCount; to++) {
      if (from !== to && table.classOf(from, to) !== classOf(from, to)) return false;
    }
  }
  return true;
}

test('a table has the class of every pair, however the CPUs are grouped', () => {
  const trees = fc.record({
    cores: fc.integer({ min: 1, max: 3 }),
    caches: fc.integer({ min: 1, max: 6 }),
    shuffle: fc.integer({ min: 1, max: 40 }),
    cpuCount: fc.integer({ min: 1, max: 40 }),
  });
  fc.assert(
    fc.property(trees, ({ cores, caches, shuffle, cpuCount }) => {
      const place = (cpu: number) => (cpu * shuffle) % 41;
      const near = (from: number, to: number, size: number) =>
        Math.floor(place(from) / size) === Math.floor(place(to) / size);
      return everyPair(cpuCount, (from, to) => {
        if (near(from, to, cores)) return 0;
        return near(from, to, cores * caches) ? 1 : 2;
      });
    }),
    { seed: 42, numRuns: 300 },
  );
});

test('a table has the class of every pair of distances without any order', () => {
  const rows = fc.array(fc.nat(2), { minLength: 49, maxLength: 49 });
  fc.assert(
    fc.property(rows, (classes) => everyPair(7, (from, to) => classes[from * 7 + to]!)),
    { seed: 42, numRuns: 500 },
  );
});
