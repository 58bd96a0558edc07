import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseHTML } from 'linkedom';
import { expect, test } from 'vitest';
import { runCommand } from '../sample/run-command.ts';
import { sampleExperiment } from '../sample/sample-experiment.ts';

const emptyFolder = () => mkdtempSync(join(tmpdir(), 'forkless-report-'));
const other = { ...sampleExperiment, name: 'other-lock', title: 'Another lock' };
const world = {
  experiments: [
    sampleExperiment,
    {
      ...other,
      run: (context: Parameters<typeof other.run>[0]) => ({
        ...sampleExperiment.run(context),
        experiment: 'other-lock',
      }),
    },
  ],
};

test('several experiments end with one table and one page, what does not hold first', async () => {
  const folder = emptyFolder();
  const { status, stdout } = await runCommand(['run', 'all', '--out', folder], world);
  expect(status).toBe(0);
  const summary = stdout.slice(stdout.indexOf('What was published'));
  const verdicts = [...summary.matchAll(/^(holds|does not hold) +(\S+)/gm)].map(([, held]) => held);
  expect(verdicts).toEqual(['does not hold', 'does not hold', 'holds', 'holds']);
  expect(summary).toContain('2 of 4 claims hold');
  const { document } = parseHTML(readFileSync(join(folder, 'report.html'), 'utf8'));
  expect([...document.querySelectorAll('article')].map(({ id }) => id)).toEqual([
    'sample-lock',
    'other-lock',
  ]);
  for (const link of document.querySelectorAll('nav a')) {
    expect(document.querySelector(link.getAttribute('href')!)).not.toBeNull();
  }
});

test('the page is made again from the results in the folder alone', async () => {
  const folder = emptyFolder();
  await runCommand(['run', 'all', '--out', folder], world);
  const first = readFileSync(join(folder, 'report.html'), 'utf8');
  writeFileSync(join(folder, 'unrelated.json'), '[1]');
  const { status, stdout } = await runCommand(['report', folder], world);
  expect([status, stdout]).toEqual([0, `wrote ${join(folder, 'report.html')}\n`]);
  expect(readFileSync(join(folder, 'report.html'), 'utf8')).toBe(first);
});

test('a folder without results, with broken ones, or none at all is refused in a sentence', async () => {
  const folder = emptyFolder();
  const refused = async (path: string) => {
    const { status, stderr } = await runCommand(['report', path], world);
    expect(status).toBe(2);
    return stderr;
  };
  expect(await refused(folder)).toContain('holds no result');
  writeFileSync(join(folder, 'broken.json'), '{"experiment":');
  expect(await refused(folder)).toContain('broken.json is no JSON');
  expect(await refused(join(folder, 'not-there'))).toContain('cannot be read');
});
