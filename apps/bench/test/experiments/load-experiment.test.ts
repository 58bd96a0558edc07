import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isFile } from '../../src/import-file.ts';
import { runCommand } from '../sample/run-command.ts';

const folder = mkdtempSync(join(tmpdir(), 'forkless-experiment-'));

function fileWith(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const MINE = `
  interface Params { readonly [name: string]: unknown }
  const run = ({ seed, params }: { seed: number; params: Params }) => ({
    experiment: 'mine', seed, machine: 'none', profile: 'none', params,
    rows: [{ answer: 42 }], claims: [], counted: {}, calibrated: {}, predicted: {},
  });
  export const experiment = {
    name: 'mine', title: 'Mine', claims: [], parameters: [], machine: 'none', profiles: ['none'],
    columns: [{ key: 'answer', label: 'answer', unit: '', kind: 'counted' }], seconds: 1,
    run, plots: () => [],
  };
`;

test('a TypeScript file that exports an experiment is run like any other', async () => {
  const { status, stdout } = await runCommand(['run', fileWith('mine.ts', MINE), '--json']);
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ experiment: 'mine', seed: 1, rows: [{ answer: 42 }] });
});

test('a file without an experiment is refused with what it lacks', async () => {
  const refused = async (name: string, text: string) => {
    const { status, stderr } = await runCommand(['run', fileWith(name, text)]);
    expect(status).toBe(2);
    return stderr;
  };
  expect(await refused('empty.ts', 'export const other = 1;')).toContain('with an object');
  expect(
    await refused('half.mjs', "export const experiment = { name: 'a', title: 'b', machine: 'c' };"),
  ).toContain('a list `claims`');
  expect(await refused('broken.ts', 'export const = ;')).toMatch(/broken\.ts cannot be loaded/);
});

test('a file that is not there is refused', async () => {
  const { status, stderr } = await runCommand(['run', './not-there.ts']);
  expect([status, stderr]).toEqual([2, expect.stringContaining('there is no file')]);
});

test('names and files are told apart', () => {
  expect(['./a.ts', 'a.mts', 'a.js', 'dir/a', 'C:\\a.ts'].every(isFile)).toBe(true);
  expect(['pidmap-lock', 'all', 'fork-size'].some(isFile)).toBe(false);
});
