import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const bench = fileURLToPath(
  new URL('../../../../packages/trace/bench/memory.bench.mjs', import.meta.url),
);

test('a log of 30 MB is read and summed up in a heap of 24 MB', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--max-old-space-size=24', bench, '30'],
    { encoding: 'utf8' },
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout).toMatch(/^30 MB, \d+ lines, \d+ processes, 0 problems/);
});
