import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '@forkless/errors';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { describeRecorded } from '../../../../tooling/vitest/recorded.ts';
import { conformStructures } from '../../src/conform/structures.ts';
import { parseRecording, partOp } from '../../src/conform/structures/recording.ts';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'structures-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function record(structure: string, init: object, ops: readonly object[]): void {
  const cases = [{ name: 'one', seed: null, init, ops }];
  writeFileSync(join(folder, 'a.json'), JSON.stringify({ structure, source: 'test', cases }));
}

test('each answer is a check, and one that differs is told with its place', () => {
  record('idr', { base: 0 }, [
    { op: 'alloc', value: 7, start: 3, end: 5, ret: 3, cursor: 0, empty: 0 },
    { op: 'find', id: 3, ret: 8 },
  ]);
  const report = conformStructures(folder);
  expect([report.files, report.checks, report.passed]).toEqual([1, 4, 3]);
  expect(report.failed).toEqual([{ file: 'a.json', step: 'one 1 find: ret', expected: 8, got: 7 }]);
});

test('an answer of the model that was not recorded differs, too', () => {
  record('ida', {}, [{ op: 'free', id: 5, empty: 1 }]);
  expect(conformStructures(folder).failed).toEqual([
    { file: 'a.json', step: 'one 0 free: warn', expected: null, got: true },
  ]);
});

test('a loop that never ends in the kernel is skipped with the rule', () => {
  record('xarray', { flags: 'plain' }, [
    { op: 'forEachMarked', mark: 1, visited: [[1, 2]], endless: true },
  ]);
  const { checks, skipped } = conformStructures(folder);
  expect([checks, skipped.length]).toEqual([0, 1]);
  expect(skipped[0]!.rule).toContain('never ends');
});

test('the model is given inputs alone', () => {
  const op = { op: 'find', index: 1, max: 9, filter: 'present', ret: 4, found: 2, inside: true };
  expect(partOp('xarray', op)).toEqual({
    input: { op: 'find', index: 1, max: 9, filter: 'present' },
    expected: { ret: 4, found: 2 },
  });
});

test('a file that is no recording is bad input', () => {
  expect(() => parseRecording('x.json', '{"structure":"tree","cases":[]}')).toThrow(ConfigError);
  expect(() => parseRecording('x.json', '{')).toThrow('x.json is no JSON.');
  expect(() => partOp('ida', { op: 'store' })).toThrow('There is no ida operation "store".');
});

describeRecorded('the recordings of Linux 6.12', 'structures', (recorded) => {
  test('all answers agree', () => {
    const { failed, skipped, passed } = conformStructures(recorded);
    expect(failed).toEqual([]);
    expect(passed).toBeGreaterThan(0);
    expect(skipped.every(({ rule }) => rule.includes('endless'))).toBe(true);
  });

  test('an altered answer is found in every kind of recording', () => {
    for (const kind of ['idr-edge', 'ida-edge', 'xarray-edge']) {
      const file = readdirSync(recorded).find((name) => name.startsWith(kind))!;
      const { structure, cases } = parseRecording(file, readFileSync(join(recorded, file), 'utf8'));
      const ops = cases[0]!.ops.map((op) => ({ ...op }) as Record<string, unknown>);
      ops.find(({ ret }) => typeof ret === 'number')!['ret'] = 4321;
      record(structure, cases[0]!.init, ops);
      expect(conformStructures(folder).failed.map(({ expected }) => expected)).toEqual([4321]);
    }
  });
});
