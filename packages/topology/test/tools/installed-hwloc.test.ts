import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatHwloc, formatTaskset } from '@forkless/bitmap';
import { afterAll, expect, test } from 'vitest';
import {
  distrib,
  formatHwlocXml,
  formatLscpu,
  formatNumactl,
  preset,
  presets,
  readHwlocXml,
  readSysfs,
  restrictTree,
} from '../../src/index.ts';
import { readHostFiles } from '../../src/node/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'forkless-'));
afterAll(() => rmSync(folder, { recursive: true }));

const run = (command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  execFileSync(command, args, { encoding: 'utf8', env: { ...process.env, ...env } });

/** Why a tool cannot be asked, or undefined. What it is held against is the hwloc of Debian 12. */
function missing(command: string, version: RegExp): string | undefined {
  try {
    return version.test(run(command, ['--version']))
      ? undefined
      : `${command} is of another version`;
  } catch {
    return `${command} is not installed`;
  }
}

const noHwloc = missing('lstopo', / 2\./);

/** A document without what names the program, and without numbers that only tell objects apart. */
const bare = (text: string) =>
  text
    .replaceAll(/ (?:\w+_)?gp_index="\d+"/g, '')
    .replaceAll(/ *<(?:info name="(?:hwlocVersion|ProcessName)"|support).*\n/g, '');

test.for(presets)(
  'the installed hwloc reads $name and says the same of it',
  ({ name }, context) => {
    if (noHwloc !== undefined) return context.skip(noHwloc);
    const { tree } = preset(name);
    const path = join(folder, `${name}.xml`);
    writeFileSync(path, formatHwlocXml(tree));
    const theirs = readHwlocXml(run('lstopo', ['-i', path, '--of', 'xml', '--no-io']));
    expect(bare(formatHwlocXml(theirs.tree))).toBe(bare(formatHwlocXml(tree)));
    for (const count of [2, 3, 8, 16]) {
      const sets = run('hwloc-distrib', ['-i', path, '--taskset', String(count)])
        .trim()
        .split('\n');
      expect(sets).toEqual(distrib(tree, count).map((set) => `0x${formatTaskset(set)}`));
    }
    const half = tree.root.children[0]!.cpuset;
    const cut = run('lstopo', [
      '-i',
      path,
      '--of',
      'xml',
      '--no-io',
      '--restrict',
      formatHwloc(half),
    ]);
    expect(bare(formatHwlocXml(readHwlocXml(cut).tree))).toBe(
      bare(formatHwlocXml(restrictTree(tree, half))),
    );
  },
);

test('lstopo says the same of this machine, field by field', (context) => {
  if (noHwloc !== undefined) return context.skip(noHwloc);
  // The components that ask the processor itself would add what no file says.
  const text = run('lstopo', ['--of', 'xml', '--no-io'], { HWLOC_COMPONENTS: 'linux,stop' });
  const { tree } = readSysfs(readHostFiles());
  expect(bare(formatHwlocXml(tree)).split('\n')).toEqual(bare(text).split('\n'));
});

test('lscpu says the same of this machine', (context) => {
  const reason = missing('lscpu', /util-linux/);
  if (reason !== undefined) return context.skip(reason);
  expect(formatLscpu(readSysfs(readHostFiles()))).toBe(run('lscpu', ['-p']));
});

test('numactl says the same of this machine', (context) => {
  const steady = (text: string) => text.replaceAll(/ free: .*/g, '');
  let text: string;
  try {
    text = run('numactl', ['-H']);
  } catch {
    return context.skip('numactl is not installed or the kernel has no nodes');
  }
  expect(steady(formatNumactl(readSysfs(readHostFiles())))).toBe(steady(text));
});
