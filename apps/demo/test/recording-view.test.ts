import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { readRecording } from '../src/views/recording/read-recording.ts';
import { processesCsv, replayCsv, timelineSvg } from '../src/views/recording/recording-files.ts';
import { forkedOnly, replays } from '../src/views/recording/replay-recording.ts';
import { SAMPLE } from '../src/views/recording/sample.ts';
import { describeInBrowser } from './browser.ts';

/** The sample, and a child that never runs a program. */
const LOG = `${SAMPLE.split('\n').slice(0, 3).join('\n')}
300 1795206878.603700 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD) = 303 <0.000200>
303 1795206878.604100 +++ exited with 0 +++
${SAMPLE.split('\n').slice(3).join('\n')}`;

test('a process that never ran a program is forked in every replay', () => {
  const { records } = readRecording('log', LOG);
  expect(forkedOnly(records).map(({ pid }) => pid)).toEqual([303]);
  const rows = [...replays(records)];
  expect(rows[0]).toMatchObject({ mechanism: 'as recorded', created: 3, memoryCopies: 3 });
  for (const row of rows.slice(1)) {
    expect(row).toMatchObject({ created: 3, served: 2, unserved: 1, refused: {} });
    expect(row.memoryCopies).toBeGreaterThanOrEqual(1);
  }
  expect(rows.find(({ mechanism }) => mechanism === 'vfork-exec')!.memoryCopies).toBe(1);
  expect(replayCsv(rows).trimEnd().split('\n')).toHaveLength(rows.length + 1);
  expect(processesCsv(records).trimEnd().split('\n')).toHaveLength(records.length + 1);
  expect(timelineSvg(records, 1e7).match(/<rect/g)).toHaveLength(records.length + 1);
});

describeInBrowser('a recording', (open) => {
  test('is read and replayed in the page as by the packages, also when it is packed', async () => {
    const page = await open('#/recording');
    await page.locator('[data-test=recording]').setInputFiles({
      name: 'log.strace.gz',
      mimeType: 'application/gzip',
      buffer: gzipSync(LOG),
    });
    await page.getByRole('heading', { name: 'log.strace.gz' }).waitFor();
    const { records, statistics } = readRecording('log', LOG);
    expect(await page.locator('[data-test=statistics] td').first().textContent()).toBe(
      String(statistics.createdProcesses),
    );
    await page.locator('[data-test=replay-csv]').waitFor();
    const shown = await page.locator('[data-test=replays] tbody tr').allTextContents();
    const rows = [...replays(records)];
    const copies = rows[0]!.memoryCopies;
    expect(shown).toEqual(
      rows.map(({ mechanism, served, syscalls, slabObjects, memoryCopies }) =>
        [mechanism, served, syscalls, slabObjects, memoryCopies, copies - memoryCopies].join(''),
      ),
    );
    expect(await page.locator('[data-test=forked-only]').textContent()).toContain('1 never ran');
  });

  test('what is none is said to be none, with where and what', async () => {
    const page = await open('#/recording');
    await page.locator('[data-test=recording]').setInputFiles({
      name: 'noise.txt',
      mimeType: 'text/plain',
      buffer: Buffer.from('this is no recording\n'),
    });
    await page.waitForSelector('[role=alert]');
    const said = await page.locator('[role=alert]').textContent();
    expect(said).toContain('noise.txt, line 1');
    expect(said).toContain('this is no recording');
  });
});
