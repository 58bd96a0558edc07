import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { redisConnection } from '../../src/sweep/engine/load-bull.ts';
import { noRedis, TestRedis } from './redis.ts';
import {
  expectSameResults,
  quickExperiment,
  resultBytes,
  run,
  seeded,
  start,
  until,
  type Running,
} from './sweep-process.ts';

const isLong = process.env['FORKLESS_FUZZ'] !== undefined;
const kills = isLong ? 10 : 3;
const count = isLong ? 10_000 : 800;

describe('a distributed sweep', () => {
  let folder: string;
  let redis: TestRedis | undefined;
  let workers: Running[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'forkless-bullmq-'));
  });
  afterEach(async () => {
    for (const { child } of workers) child.kill('SIGKILL');
    await Promise.all(workers.map(({ ended }) => ended));
    workers = [];
    await redis?.kill();
    rmSync(folder, { recursive: true, force: true });
  });

  test('loses nothing and counts nothing twice while everything is killed', async (context) => {
    if (noRedis !== undefined) {
      if (process.env['CI']) throw new Error(`CI is set, so Redis must be there: ${noRedis}`);
      return context.skip(noRedis);
    }
    const random = seeded(11);
    redis = await TestRedis.start(folder);
    const { url } = redis;
    const sweep = (out: string, ...more: string[]) =>
      ['sweep', quickExperiment, '--grid', `seed=1..${count}`, '--set', 'spinCount=20000'].concat(
        ['--chunk', '20', '--out', join(folder, out)],
        more,
      );
    const distributed = sweep('killed', '--engine', 'bullmq', '--redis', url);
    const newWorker = () => start(['worker', '--redis', url, '--workers', '1', '--lock', '1000']);
    await run(sweep('whole', '--workers', '2'));
    const whole = resultBytes(join(folder, 'whole'));

    workers = [newWorker(), newWorker()];
    let submitter = start(distributed);
    for (let killed = 0; killed < kills; killed++) {
      const enough = resultBytes(join(folder, 'killed')) + 1 + random() * (whole / kills / 2);
      if (!(await until(() => resultBytes(join(folder, 'killed')) >= enough, submitter))) break;
      const victim = killed % 3;
      if (victim === 0) {
        workers.shift()?.child.kill('SIGKILL');
        workers.push(newWorker());
      } else if (victim === 1) {
        submitter.child.kill('SIGKILL');
        await submitter.ended;
        submitter = start(distributed);
      } else {
        await redis.kill();
        await redis.start();
      }
    }
    const { status, output } = await submitter.ended;
    expect(status, output).toBe(0);
    await expectSameResults(folder, count);
  }, 300_000);
});

test.each(['localhost:6379', 'http://x', ''])('the address %j is refused', async (url) => {
  await expect(redisConnection(url)).rejects.toThrow('expected a URL such as redis://');
});

describe('where no Redis answers', () => {
  const away = ['--redis', 'redis://127.0.0.1:1'];
  const grid = ['--grid', 'seed=1..9', '--engine', 'bullmq', '--out'];

  test.each([
    ['a worker', 0, () => ['worker', ...away]],
    ['a sweep', 130, (folder: string) => ['sweep', quickExperiment, ...grid, folder, ...away]],
  ] as const)(
    '%s says so once, and stops when it is told to',
    async (_who, expected, args) => {
      const folder = mkdtempSync(join(tmpdir(), 'forkless-away-'));
      const running = start(args(folder));
      let said = '';
      running.child.stderr?.on('data', (text: Buffer) => (said += text.toString()));
      await until(() => said.includes('waiting for it'), running);
      running.child.kill('SIGINT');
      const { status, output } = await running.ended;
      rmSync(folder, { recursive: true, force: true });
      expect(output.match(/does not answer \(ECONNREFUSED\); waiting for it\./g)).toHaveLength(1);
      expect(status).toBe(expected);
    },
    60_000,
  );
});
