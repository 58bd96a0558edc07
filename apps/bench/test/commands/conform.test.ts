import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { ConformReport } from '../../src/conform/report.ts';
import type { ListedSuite } from '../../src/conform/suites.ts';
import { runCommand } from '../sample/run-command.ts';

const agreeing: ConformReport = {
  suite: 'structures',
  files: 2,
  checks: 1234,
  passed: 1234,
  failed: [],
  skipped: [
    { file: 'a.json', step: '3', rule: 'cases with quirk: true' },
    { file: 'a.json', step: '4', rule: 'cases with quirk: true' },
  ],
};

function suiteOf(report: ConformReport): Readonly<Record<string, ListedSuite>> {
  return {
    structures: { title: 'IDR and XArray', folder: 'structures', run: async () => report },
    topology: { title: 'machines', folder: 'topology', run: () => report },
  };
}

describe('forkless conform', () => {
  test('a suite without a difference ends with status 0 and its counts', async () => {
    const suites = suiteOf(agreeing);
    const ran = await runCommand(['conform', 'structures', tmpdir()], { suites });
    expect(ran.status).toBe(0);
    expect(ran.stdout).toContain('1,234 checks: 1,234 passed, 0 failed, 2 steps skipped');
    expect(ran.stdout).toContain('skipped 2 cases with quirk: true');
  });

  test('a difference is shown with its place and ends with status 1', async () => {
    const failed = [{ file: 'b.json', step: 'alloc 7', expected: { id: 3 }, got: 'ENOSPC' }];
    const suites = suiteOf({ ...agreeing, passed: 1233, failed });
    const ran = await runCommand(['conform', 'structures', tmpdir()], { suites });
    expect(ran.status).toBe(1);
    expect(ran.stdout).toContain(
      'differs b.json: alloc 7\n  expected {"id":3}\n  got      "ENOSPC"',
    );
    const json = await runCommand(['conform', 'structures', tmpdir(), '--json'], { suites });
    expect(json.status).toBe(1);
    expect(JSON.parse(json.stdout)).toEqual({ ...agreeing, passed: 1233, failed });
  });

  test('without arguments it lists the suites', async () => {
    const ran = await runCommand(['conform'], { suites: suiteOf(agreeing) });
    expect(ran.status).toBe(0);
    expect(ran.stdout).toMatch(/structures\s+IDR and XArray/);
  });

  test.each([
    [['conform', 'structure', '.'], 'did you mean structures?'],
    [['conform', 'constructor', '.'], 'there are structures, topology.'],
    [['conform', 'structures'], 'expected the folder with the recordings'],
    [['conform', 'structures', join(tmpdir(), 'nowhere')], 'is no folder that can be read'],
  ])('%j is refused with status 2', async (args, sentence) => {
    const ran = await runCommand(args, { suites: suiteOf(agreeing) });
    expect(ran.status).toBe(2);
    expect(ran.stderr).toContain(sentence);
  });
});
