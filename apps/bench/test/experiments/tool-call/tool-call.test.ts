import { SERVER_2025 } from '@forkless/sim';
import { sliceOf, SLICES } from '@forkless/spawn';
import { expect, test } from 'vitest';
import { sliceKey } from '../../../src/experiments/spawning/slices.ts';
import { toolCall } from '../../../src/experiments/tool-call/tool-call.ts';
import { runExperiment } from '../run-experiment.ts';

const result = runExperiment(toolCall, { runtimeMib: 100 });
const row = (rows: typeof result.rows, mechanism: string) =>
  rows.find((one) => one['mechanism'] === mechanism)!;

test('the parts add up to the call', () => {
  for (const one of result.rows) {
    const sum = SLICES.reduce((all, slice) => all + Number(one[sliceKey(slice)]), 0);
    expect(Math.abs(sum - Number(one['total']))).toBeLessThan(0.1);
  }
});

test('no way to make a process changes shell, linking or exec', () => {
  for (const slice of ['shell start', 'dynamic linking'] as const) {
    expect(new Set(result.rows.map((one) => one[sliceKey(slice)])).size).toBe(1);
  }
});

test('a larger runtime moves only what fork takes', () => {
  const larger = runExperiment(toolCall, { runtimeMib: 200 });
  const copied = sliceKey('memory copy and teardown');
  expect(Number(row(larger.rows, 'fork-exec')[copied])).toBeGreaterThan(
    1.8 * Number(row(result.rows, 'fork-exec')[copied]),
  );
  expect(row(larger.rows, 'posix-spawn-2.39')).toMatchObject({
    total: row(result.rows, 'posix-spawn-2.39')['total'],
  });
});

test('what the seeds say of templates and of the mm', () => {
  expect(result.claims.map(({ id, holds }) => [id, holds])).toEqual([
    ['templates-two-percent', false],
    ['templates-shave-little', true],
    ['the-win-is-the-mm', true],
  ]);
});

test('every figure that a spawn can spend belongs to a part of its own', () => {
  const spent = ['fork.page', 'exec.dynamic', 'fd.copy', 'pid.take', 'task.switch', 'clone.base'];
  expect(spent.every((figure) => figure in SERVER_2025.figures)).toBe(true);
  expect(new Set(spent.map(sliceOf)).size).toBe(spent.length);
});

test('two runs give the same bytes', () => {
  const again = runExperiment(toolCall, { runtimeMib: 100 });
  expect(JSON.stringify(again)).toBe(JSON.stringify(result));
});
