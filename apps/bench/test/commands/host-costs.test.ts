import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkProfile, ZEN5_GUEST } from '@forkless/sim';
import { afterAll, expect, test } from 'vitest';
import { calibrate } from '../../src/host/costs/calibrate.ts';
import { compileCostProgram } from '../../src/host/costs/cost-program.ts';
import { parentWith } from '../../src/host/costs/parent.ts';
import { profileNamed } from '../../src/profiles.ts';
import { readingFrom } from '../sample/reading-from.ts';
import { runCommand } from '../sample/run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'forkless-host-costs-'));
afterAll(() => rmSync(folder, { recursive: true }));

function withProgram(title: string, body: (program: Program) => Promise<void>): void {
  test(title, async (context) => {
    const program = compileCostProgram();
    if ('reason' in program) return context.skip(program.reason);
    try {
      await body(program);
    } finally {
      program.remove();
    }
  });
}
type Program = Exclude<ReturnType<typeof compileCostProgram>, { reason: string }>;

withProgram(
  'every way to make a child is measured in a parent with a bit of everything',
  async (program) => {
    for (const mechanism of ['fork', 'fork-exit', 'posix-spawn', 'vfork-own-table'] as const) {
      const parent = parentWith({
        mechanism,
        program: 'dynamic',
        rss: 4,
        history: 'churned',
        huge: 2,
        mappings: 10,
        touched: true,
        files: 10,
        threads: 2,
      });
      const { call, total, touch, beat } = await program.measure(parent, 10);
      expect(call.median).toBeLessThanOrEqual(total.median);
      expect(total.samples).toBeGreaterThan(1);
      expect(touch?.median).toBeGreaterThan(0);
      expect(Math.min(beat.near, beat.far, beat.calls)).toBeGreaterThan(0);
    }
  },
);

withProgram('single operations have a median, an interval and samples', async (program) => {
  const operations = await program.operations('calls');
  expect(operations.get('syscall')).toMatchObject({ samples: 41 });
  for (const { min, p10, median, p90 } of operations.values()) {
    expect(min <= p10 && p10 <= median && median <= p90).toBe(true);
  }
});

withProgram('drawn parents are predicted and measured, every row printed', async () => {
  const { status, stdout } = await runCommand([
    'host',
    'predict',
    '--rows',
    '3',
    '--passes',
    '1',
    '--json',
  ]);
  expect(status).toBe(0);
  const { profile, rows, summary } = JSON.parse(stdout) as Record<string, unknown>;
  expect(profile).toBe('zen5-guest');
  expect(rows).toHaveLength(3);
  expect(summary).toHaveProperty('p90Error');
});

test('a calibration is a profile that is written, read and run with', async () => {
  const quantity = { median: 500, p10: 490, p90: 550, min: 480, samples: 41 };
  const names = ['syscall', 'path-access', 'path-miss', 'execve-miss', 'fault-write'];
  const { profile, measured } = await calibrate(
    {
      isFirst: true,
      measure: (parent) => Promise.resolve(readingFrom(ZEN5_GUEST, parent, 3)),
      operations: () => Promise.resolve(new Map(names.map((name) => [name, quantity]))),
      remove() {},
    },
    { name: 'here', base: ZEN5_GUEST, rounds: 2, progress() {} },
  );
  checkProfile(profile);
  expect(measured).toContain('host.walk-rewritten-256');
  expect(profile.figures['fork.page']).toMatchObject({ provenance: 'measured', unit: 'ns' });
  expect(profile.figures['lock.atomic']?.provenance).toBe('estimated');
  expect(profile.figures['syscall']).toMatchObject({ value: 500, low: 490, high: 550 });

  const file = join(folder, 'here.json');
  writeFileSync(file, JSON.stringify(profile));
  expect(profileNamed(file)).toEqual(profile);
  const run = await runCommand(['run', 'sample-lock', '--profile', file, '--json']);
  expect(run.stderr).toBe('');
});

test('a file that is no profile is refused in a sentence', async () => {
  const file = join(folder, 'other.json');
  writeFileSync(file, '{"name": "x"}');
  const { status, stderr } = await runCommand(['host', 'predict', '--profile', file]);
  expect(status).toBe(2);
  expect(stderr).toContain('expected { name, description, figures }');
  const missing = await runCommand(['run', 'sample-lock', '--profile', join(folder, 'none.json')]);
  expect(missing.stderr).toContain('ENOENT');
});

test('what is compiled lies in the package', () => {
  const { files } = JSON.parse(
    readFileSync(new URL('../../package.json', import.meta.url), 'utf8'),
  ) as { files: readonly string[] };
  expect(files).toContain('native');
  expect(existsSync(new URL('../../native/spawn-cost.c', import.meta.url))).toBe(true);
});
