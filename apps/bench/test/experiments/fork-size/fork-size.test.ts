import { expect, test } from 'vitest';
import { forkSize } from '../../../src/experiments/fork-size/fork-size.ts';
import { numbersOf, runExperiment } from '../run-experiment.ts';

const result = runExperiment(forkSize, { memoryMibMax: 1024 });
const row = (axis: string, amount: number) =>
  result.rows.find((one) => one['axis'] === axis && one['amount'] === amount)!;

test('two runs give the same bytes', () => {
  const again = runExperiment(forkSize, { memoryMibMax: 1024 });
  expect(JSON.stringify(again)).toBe(JSON.stringify(result));
});

test('fork copies an entry for each page and a table for each 2 MiB; nothing else copies any', () => {
  expect(Number(row('memory', 1024)['pages']) - Number(row('memory', 0)['pages'])).toBe(262_144);
  expect(Number(row('memory', 1024)['tables']) - Number(row('memory', 0)['tables'])).toBeCloseTo(
    512,
    -1,
  );
  for (const name of ['vfork-exec', 'posix-spawn-2.39', 'kernel-spawn-2', 'pristine']) {
    expect(row('memory', 1024)[name]).toBe(row('memory', 0)[name]);
  }
});

test('a parent of huge pages costs a hundredth, and its rewriting little', () => {
  expect(Number(row('huge pages', 1024)['fork-exec'])).toBeLessThan(
    Number(row('memory', 1024)['fork-exec']) / 20,
  );
});

test('the faults after a fork cost several times the fork', () => {
  const { 'later-over-visible': later } = numbersOf(result.predicted);
  expect(later).toBeGreaterThan(4);
  expect(later).toBeLessThan(7);
  expect(result.counted['faults-later']!.value).toBe(262_144);
});

test('every claim is answered, and the flat one holds', () => {
  expect(result.claims.map(({ id }) => id)).toEqual(forkSize.claims.map(({ id }) => id));
  expect(result.claims.find(({ id }) => id === 'posix-spawn-is-flat')!.holds).toBe(true);
});

test('memory that was rewritten makes the copy dearer, and nothing else', () => {
  const scattered = runExperiment(forkSize, { memoryMibMax: 1024, program: 'dynamic' });
  const at = scattered.rows.find((one) => one['axis'] === 'memory' && one['amount'] === 1024)!;
  expect(Number(at['fork-exec'])).toBeGreaterThan(Number(row('memory', 1024)['fork-exec']));
  expect(Number(scattered.predicted['fork-scattered']!.value)).toBeGreaterThan(
    1.3 * Number(at['fork-exec']),
  );
});

test('a claim holds only if the band over all intervals meets it', () => {
  for (const { id, published, model, holds } of result.claims) {
    if (id === 'posix-spawn-is-flat') continue;
    const [low, high] = model as readonly [number, number];
    const [from, to] = typeof published === 'number' ? [published, published] : published;
    expect(holds).toBe(low <= Number(to) && high >= Number(from));
    expect(low).toBeLessThanOrEqual(high);
  }
  // What grows with pages alone grows in proportion, whatever a page costs.
  const ratio = result.claims.find(({ id }) => id === 'four-times-the-heap')!;
  expect(ratio.holds).toBe(false);
});
