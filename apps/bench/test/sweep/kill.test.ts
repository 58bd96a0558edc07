import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  expectSameResults,
  quickExperiment,
  resultBytes,
  run,
  seeded,
  start,
  until,
} from './sweep-process.ts';

/** All ten kills and ten thousand configurations in CI, fewer on a desk. */
const isLong = process.env['FORKLESS_FUZZ'] !== undefined;
const kills = isLong ? 10 : 2;
const count = isLong ? 10_000 : 600;

describe('a sweep that is killed', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'forkless-sweep-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const args = (out: string, ...more: string[]) =>
    ['sweep', quickExperiment, '--grid', `seed=1..${count}`, '--set', 'spinCount=20000'].concat(
      ['--workers', '2', '--chunk', '20', '--out', join(folder, out)],
      more,
    );

  test('at random moments with SIGKILL ends with the very results of one that was not', async () => {
    const random = seeded(7);
    await run(args('whole'));
    const whole = resultBytes(join(folder, 'whole'));
    let killed = 0;
    while (killed < kills) {
      const enough = resultBytes(join(folder, 'killed')) + 1 + random() * (whole / kills / 2);
      const running = start(args('killed'));
      if (!(await until(() => resultBytes(join(folder, 'killed')) >= enough, running))) break;
      running.child.kill('SIGKILL');
      expect((await running.ended).signal).toBe('SIGKILL');
      // What a kill in the middle of a write leaves behind.
      if (killed % 2 === 0) appendFileSync(join(folder, 'killed', 'results.ndjson'), '{"key":"0a');
      killed++;
    }
    expect(killed).toBe(kills);
    const output = await run(args('killed'));
    expect(output).toContain(`${count.toLocaleString('en')} of ${count.toLocaleString('en')}`);
    await expectSameResults(folder, count);
  }, 300_000);

  test('by Ctrl-C finishes what is under way, says how to go on, and goes on', async () => {
    const running = start(args('stopped'));
    await until(() => resultBytes(join(folder, 'stopped')) > 0, running);
    running.child.kill('SIGINT');
    const { status, output } = await running.ended;
    expect(status).toBe(130);
    expect(output).toContain('the same command goes on');
    const end = JSON.parse((await run(args('stopped', '--json'))).trim());
    expect(end.before).toBeGreaterThan(0);
    expect(end.before + end.ran).toBe(count);
  });
});
