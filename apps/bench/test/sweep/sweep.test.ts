import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parquetReadObjects } from 'hyparquet';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readWillItScale } from '../../src/report/read-will-it-scale.ts';
import { willItScaleCsv } from '../../src/report/will-it-scale.ts';
import { parseGridAxis, parseRandomAxis } from '../../src/sweep/axis.ts';
import { canonicalJson, taskOf } from '../../src/sweep/configuration.ts';
import { takeChunk, type SweepEngine } from '../../src/sweep/engine/engine.ts';
import { toCsv } from '../../src/sweep/export/csv.ts';
import { flatten } from '../../src/sweep/export/flatten.ts';
import { toMailTable } from '../../src/sweep/export/mail-table.ts';
import { toParquet } from '../../src/sweep/export/parquet.ts';
import { createPlan, parseShard, type PlanParts } from '../../src/sweep/plan.ts';
import { openStore, resultLine, storedResults } from '../../src/sweep/result-store.ts';
import { runChunk } from '../../src/sweep/run-chunk.ts';
import { runSweep } from '../../src/sweep/run-sweep.ts';
import { experiment } from '../sample/quick-experiment.ts';
import { quickExperiment, seeded } from './sweep-process.ts';

const names = { experiment, machines: ['small', 'large'] };
const whole = { index: 0, count: 1 };
const planOf = (parts: Partial<PlanParts> = {}) =>
  createPlan({
    experiment,
    reference: quickExperiment,
    grid: [],
    random: [],
    samples: 1,
    sampleSeed: 1,
    settings: [],
    seed: 1,
    ...parts,
  });
const gridOf = (...texts: string[]) => texts.map((text) => parseGridAxis(text, names));
const randomOf = (...texts: string[]) => texts.map((text) => parseRandomAxis(text, names));

/** An engine without threads that gives chunks back in a shuffled order. */
const shuffled = (seed: number): SweepEngine => ({
  async run({ tasks, onLines, signal }) {
    const random = seeded(seed);
    const done: (readonly string[])[] = [];
    for (let chunk = takeChunk(tasks, 7); chunk.length > 0; chunk = takeChunk(tasks, 7)) {
      if (signal.aborted) return;
      done.splice(Math.floor(random() * (done.length + 1)), 0, (await runChunk(chunk)).lines);
    }
    for (const lines of done) onLines(lines);
  },
});

describe('a plan', () => {
  test('is the product of its grid, the last axis changing fastest', () => {
    const plan = planOf({ grid: gridOf('machine=small,large', 'cpuCount=1..10:4', 'lock=mcs') });
    expect(plan.count).toBe(6);
    const at = (i: number) => [plan.at(i).machine, plan.at(i).params['cpuCount']];
    expect([0, 1, 2, 3].map(at)).toEqual([
      ['small', 1],
      ['small', 5],
      ['small', 9],
      ['large', 1],
    ]);
    expect(plan.at(5).params).toMatchObject({ holdShare: 0.5, lock: 'mcs' });
  });

  test('draws the same samples each time, within their bounds, others for another seed', () => {
    const random = randomOf('cpuCount', 'holdShare=0.25..0.5', 'lock', 'seed');
    const plan = planOf({ random, samples: 500 });
    const again = planOf({ random, samples: 500 });
    const other = planOf({ random, samples: 500, sampleSeed: 2 });
    const all = Array.from({ length: 500 }, (_, i) => plan.at(i));
    expect(all).toEqual(Array.from({ length: 500 }, (_, i) => again.at(i)));
    expect(all[0]).not.toEqual(other.at(0));
    const cpus = all.map(({ params }) => Number(params['cpuCount']));
    expect(Math.min(...cpus)).toBeGreaterThanOrEqual(1);
    expect(Math.max(...cpus)).toBeGreaterThan(900);
    expect(cpus.every((cpu) => Number.isInteger(cpu))).toBe(true);
    const shares = all.map(({ params }) => Number(params['holdShare']));
    expect(shares.every((share) => share >= 0.25 && share <= 0.5)).toBe(true);
    expect(new Set(all.map(({ params }) => params['lock'])).size).toBe(2);
  });

  test('is split by shards into parts that make up the whole', () => {
    const plan = planOf({ grid: gridOf('seed=1..10') });
    const parts = [0, 1, 2].flatMap((index) => [...plan.indexes({ index, count: 3 })]);
    expect(parts.toSorted((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  test.each([
    ['cpuCount=0', 'a whole number from 1 to 1000'],
    ['cpucount=1', 'cpuCount'],
    ['cpuCount=9..1', 'lo..hi'],
    ['cpuCount=1..9:0', 'lo..hi'],
    ['cpuCount=1..99999999', 'at most'],
    ['lock=mcss', 'did you mean mcs?'],
    ['machine=smal', 'did you mean small?'],
    ['profile=x', 'paper'],
    ['seed=-1', 'from 0 to 4294967295'],
    ['cpuCount', 'name=value'],
  ])('the axis %j is refused', (text, sentence) => {
    expect(() => parseGridAxis(text, names)).toThrow(sentence);
  });

  test.each(['2/2', '1', '-1/2', '0/0', 'a/b', ''])('the shard %j is refused', (text) => {
    expect(() => parseShard(text)).toThrow(/expected i\/n/);
  });

  test('refuses an axis that is given twice', () => {
    expect(() => planOf({ grid: gridOf('seed=1,2'), random: randomOf('seed') })).toThrow('twice');
  });
});

describe('a key', () => {
  const { configuration } = taskOf(planOf().at(0), 'v1');
  test('depends on configuration and model, and not on the order of names', () => {
    const reversed = { ...configuration, params: {} as Record<string, number> };
    const params = Object.entries(configuration.params).toReversed();
    const same = { ...reversed, params: Object.fromEntries(params) };
    expect(taskOf(same, 'v1').key).toBe(taskOf(configuration, 'v1').key);
    expect(taskOf(configuration, 'v2').key).not.toBe(taskOf(configuration, 'v1').key);
    expect(taskOf({ ...configuration, seed: 2 }, 'v1').key).not.toBe(
      taskOf(configuration, 'v1').key,
    );
  });
  test('is of canonical JSON', () => {
    expect(canonicalJson({ b: [1, { d: 'x', c: undefined }], a: null })).toBe(
      '{"a":null,"b":[1,{"d":"x"}]}',
    );
  });
});

describe('the store', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'forkless-store-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const lineOf = (seed: number) =>
    resultLine({ ...taskOf({ ...planOf().at(0), seed }, 'v1'), refused: 'x' });

  test.each(['{"key":"00', '\u0000\u0000', lineOf(3), `${lineOf(3)}\n{`])(
    'cuts off a torn last line %#',
    async (torn) => {
      const path = join(folder, 'results.ndjson');
      writeFileSync(path, `${lineOf(1)}\n${lineOf(2)}\n${torn}`);
      const store = await openStore(folder, whole);
      store.append([lineOf(4), lineOf(1)]);
      store.close();
      const lines = readFileSync(path, 'utf8').split('\n');
      const kept = torn.includes('\n') ? [3] : [];
      expect(lines).toEqual([...[1, 2, ...kept, 4].map(lineOf), '']);
    },
  );

  test('knows what other shards have, even while they write', async () => {
    writeFileSync(join(folder, 'results-1-of-2.ndjson'), `${lineOf(1)}\n${lineOf(2).slice(0, -5)}`);
    const store = await openStore(folder, { index: 0, count: 2 });
    const keyOf = (seed: number) => taskOf({ ...planOf().at(0), seed }, 'v1').key;
    expect([store.has(keyOf(1)), store.has(keyOf(2))]).toEqual([true, false]);
    store.close();
    expect(readdirSync(folder)).toContain('results-0-of-2.ndjson');
  });

  test('a finished sweep does nothing, and any order of results exports the same', async () => {
    const plan = planOf({ grid: gridOf('seed=1..30', 'lock=mcs,ticket') });
    const exported: string[] = [];
    for (const [name, seed] of [
      ['a', 1],
      ['b', 2],
    ] as const) {
      const out = join(folder, name);
      const base = { plan, modelVersion: 'v1', signal: new AbortController().signal };
      for (const shard of [
        { index: 1, count: 2 },
        { index: 0, count: 2 },
      ]) {
        const store = await openStore(out, shard);
        const end = await runSweep({ ...base, shard, store, engine: shuffled(seed) });
        expect(end).toEqual({ total: 30, before: 0, ran: 30 });
        const again = await runSweep({ ...base, shard, store, engine: shuffled(seed) });
        expect(again).toEqual({ total: 30, before: 30, ran: 0 });
        store.close();
      }
      const results = [];
      for await (const one of storedResults(out)) results.push(one);
      exported.push(toCsv(flatten(results)));
    }
    expect(exported[0]).toBe(exported[1]);
    expect(exported[0]?.split('\r\n')).toHaveLength(62);
  });
});

describe('exports', () => {
  const tableOf = async () => {
    const plan = planOf({ grid: gridOf('seed=1..5', 'machine=small,large') });
    const tasks = Array.from({ length: plan.count }, (_, i) => taskOf(plan.at(i), 'v1'));
    const { lines } = await runChunk(tasks);
    return flatten(lines.map((line) => JSON.parse(line)));
  };

  test('Parquet reads back as the table', async () => {
    const { columns, rows } = await tableOf();
    const bytes = toParquet({ columns, rows });
    const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
    const read = await parquetReadObjects({ file: file as ArrayBuffer });
    expect(read).toEqual(
      rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]]))),
    );
  });

  test('CSV quotes what needs it', () => {
    const text = toCsv({
      columns: ['a', 'b,c'],
      rows: [
        ['say "x"', null],
        [true, 1.5],
      ],
    });
    expect(text).toBe('a,"b,c"\r\n"say ""x""",\r\ntrue,1.5\r\n');
  });

  test('a table for mail says once what is the same in all rows', async () => {
    const text = toMailTable(await tableOf());
    expect(text).toContain('params.cpuCount: 4\n');
    expect(text).not.toMatch(/\t|params\.seed/);
    expect(text).toMatch(/machine +seed +peak\n/);
  });

  test('will-it-scale goes out and comes back', () => {
    const scaling = {
      name: 'x',
      rows: [
        { tasks: 1, threads: { perSecond: 100, idlePercent: 95.5 } },
        {
          tasks: 2,
          threads: { perSecond: 180, idlePercent: 90 },
          processes: { perSecond: 7, idlePercent: 0 },
        },
      ],
    };
    expect(readWillItScale('x', willItScaleCsv(scaling))).toEqual(scaling);
    expect(() => readWillItScale('x', 'tasks,speed\n')).toThrow('header');
    expect(() => readWillItScale('x', `${willItScaleCsv(scaling)}1,2\n`)).toThrow('x:5:');
  });
});
