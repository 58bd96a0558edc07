import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeRecorded } from '../../../../tooling/vitest/recorded.ts';
import { agrees } from '../../src/conform/traces/agrees.ts';
import { conformTraces } from '../../src/conform/traces.ts';

describeRecorded('recorded workloads', 'traces', (folder) => {
  let copy: string;
  beforeEach(() => {
    copy = mkdtempSync(join(tmpdir(), 'forkless-traces-'));
  });
  afterEach(() => rmSync(copy, { recursive: true }));

  /** One small recording of each recorder, with its counts as `alter` leaves them. */
  const altered = async (alter: (counts: Record<string, Record<string, unknown>>) => void) => {
    const truth = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8'));
    const files = ['strace', 'perf', 'forkstate'].map((kind) => `linenoise-make.${kind}.txt.gz`);
    for (const file of files) cpSync(join(folder, file), join(copy, file));
    const counts = Object.fromEntries(files.map((file) => [file, truth[file]]));
    alter(counts);
    writeFileSync(join(copy, 'truth.json'), JSON.stringify(counts));
    return conformTraces(copy);
  };

  test('agree in every count, and none is left out', async () => {
    const report = await conformTraces(folder);
    expect(report.failed).toEqual([]);
    expect(report.skipped).toEqual([]);
    expect(report.checks).toBeGreaterThan(400);
  });

  test('an altered count is found, wherever it stands', async () => {
    const { failed, checks } = await altered((counts) => {
      const strace = counts['linenoise-make.strace.txt.gz'] ?? {};
      strace['created_processes'] = 8;
      strace['exec'] = { ok: 8, ENOENT: 7 };
      strace['wall_s'] = 0.374057;
      (counts['linenoise-make.perf.txt.gz'] ?? {})['lifetime_ms'] = { p50: 12.342, p90: 1, p99: 1 };
      (counts['linenoise-make.forkstate.txt.gz'] ?? {})['vmas'] = { p50: 27, p90: 43, max: 44 };
    });
    expect(failed.map(({ file, step }) => `${file.split('.')[1]} ${step}`).toSorted()).toEqual([
      'forkstate vmas',
      'perf lifetime_ms',
      'strace created_processes',
      'strace exec',
      'strace wall_s',
    ]);
    expect(checks).toBeGreaterThan(failed.length);
  });

  test('a figure that is not told, and a recording without counts, are failures', async () => {
    const { failed } = await altered((counts) => {
      (counts['linenoise-make.perf.txt.gz'] ?? {})['page_faults'] = 1;
      delete counts['linenoise-make.strace.txt.gz'];
    });
    expect(failed.map(({ step }) => step)).toEqual(['page_faults', 'truth.json']);
  });
});

describe('agreement', () => {
  test.for<[unknown, unknown, number, boolean]>([
    [5.014, 5.0144999, 3, true],
    [5.014, 5.0135, 3, true],
    [5.014, 5.0146, 3, false],
    [5, 5.0000001, 0, false],
    [{ a: 1 }, { a: 1, b: 2 }, 0, false],
    [{ a: 1 }, { b: 1 }, 0, false],
    [{ a: 1, b: 2 }, { b: 2, a: 1 }, 0, true],
    [1, undefined, 0, false],
    [{}, undefined, 0, false],
    ['x', 'x', 0, true],
  ])('%j and %j to %i digits: %j', ([expected, got, digits, isEqual]) => {
    expect(agrees(expected, got, digits)).toBe(isEqual);
  });
});
