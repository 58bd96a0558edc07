import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runCommand } from '../sample/run-command.ts';
import { sampleExperiment } from '../sample/sample-experiment.ts';

describe('forkless run', () => {
  test('one seed gives the same JSON byte for byte, another seed does not', async () => {
    const seed7 = ['run', 'sample-lock', '--json', '--seed', '7'];
    const [first, second, other] = await Promise.all([
      runCommand(seed7),
      runCommand(seed7),
      runCommand(['run', 'sample-lock', '--json', '--seed', '8']),
    ]);
    expect(first.stdout).toBe(second.stdout);
    expect(first.stdout).not.toBe(other.stdout);
    expect(Object.keys(JSON.parse(first.stdout))).toEqual(
      'experiment seed machine profile params rows claims counted calibrated predicted'.split(' '),
    );
  });

  test('settings, machine and profile reach the experiment, the last setting of a name wins', async () => {
    const { stdout } = await runCommand(
      'run all --json --machine epyc-nps4 --profile measured --set cpuCount=9 --set cpuCount=2 --set padded=true'.split(
        ' ',
      ),
    );
    expect(JSON.parse(stdout)).toMatchObject({
      machine: 'epyc-nps4',
      profile: 'measured',
      params: { cpuCount: 2, padded: true, lock: 'ticket', holdShare: 0.5 },
    });
  });

  test('the terminal shows rows, claims with their verdict, and figures by kind', async () => {
    const { status, stdout, stderr } = await runCommand(['run', 'sample-lock']);
    expect(status).toBe(0);
    expect(stderr).toBe('');
    for (const text of [
      /throughput.*\n.*ops\/s.*\n.*predicted/,
      '1,600,001',
      'does not hold',
      'counted',
      'calibrated',
      'fitted to 465 k ops/s',
    ]) {
      expect(stdout).toMatch(text);
    }
  });

  test('nothing is coloured and no progress is drawn where no person watches', async () => {
    const { stdout, stderr } = await runCommand(['run', 'sample-lock']);
    expect(stdout + stderr).not.toContain('\u001B');
  });

  test('a person sees colours, and progress that is wiped away at the end', async () => {
    const { stdout, stderr } = await runCommand(['run', 'sample-lock'], { isTTY: true });
    expect(stdout).toContain('\u001B[');
    expect(stderr).toContain('sample-lock: counting');
    expect(stderr.endsWith('\r\u001B[K')).toBe(true);
  });

  test.each([
    ['run smaple-lock', 'did you mean sample-lock?'],
    ['run sample-lock --set cpucount=3', 'did you mean cpuCount?'],
    ['run sample-lock --set cpuCount', 'expected name=value'],
    ['run sample-lock --set cpuCount=0', 'a whole number from 1 to 64'],
    ['run sample-lock --set cpuCount=65', 'a whole number from 1 to 64'],
    ['run sample-lock --set cpuCount=1.5', 'a whole number from 1 to 64'],
    ['run sample-lock --set cpuCount=', 'a whole number from 1 to 64'],
    ['run sample-lock --set holdShare=NaN', 'a number from 0 to 1'],
    ['run sample-lock --set lock=tickets', 'did you mean ticket?'],
    ['run sample-lock --set padded=yes', 'expected true or false'],
    ['run sample-lock --machine epyc', 'did you mean epyc-nps4?'],
    ['run sample-lock --profile papers', 'did you mean paper?'],
    ['run sample-lock --seed 4294967296', 'from 0 to 4294967295'],
    ['run sample-lock --seed 0x10', 'from 0 to 4294967295'],
    ['run', "missing required argument 'experiment'"],
  ])('`%s` is refused with one sentence and status 2', async (line, sentence) => {
    const { status, stdout, stderr } = await runCommand(line.split(' '));
    expect(status).toBe(2);
    expect(stdout).toBe('');
    expect(stderr).toContain(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  test('the bounds themselves are accepted', async () => {
    for (const setting of ['cpuCount=1', 'cpuCount=64', 'holdShare=0', 'holdShare=1']) {
      expect(await runCommand(['run', 'all', '--set', setting])).toMatchObject({ status: 0 });
    }
  });

  test('a setting need only be known to one of several experiments', async () => {
    const other = { ...sampleExperiment, name: 'other', parameters: [] };
    const { status, stdout } = await runCommand(['run', 'all', '--json', '--set', 'cpuCount=1'], {
      experiments: [
        sampleExperiment,
        {
          ...other,
          run: (context) => sampleExperiment.run({ ...context, params: { cpuCount: 3 } }),
        },
      ],
    });
    expect(status).toBe(0);
    const counts = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).rows.length);
    expect(counts).toEqual([1, 3]);
  });

  test('a bug of an experiment ends with status 70, the stack and a request to report it', async () => {
    const { status, stderr } = await runCommand(['run', 'all'], {
      experiments: [
        {
          ...sampleExperiment,
          run: () => {
            throw new TypeError('x is undefined');
          },
        },
      ],
    });
    expect(status).toBe(70);
    expect(stderr).toMatch(/Please report it[^]*TypeError: x is undefined\n\s+at /);
  });
});

describe('forkless run --out', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'forkless-out-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  test('writes the page, the JSON as printed, and a CSV for each curve, and names them', async () => {
    const out = join(folder, 'not', 'there', 'yet');
    const { stdout } = await runCommand(['run', 'sample-lock', '--out', out]);
    expect(readdirSync(out).toSorted()).toEqual([
      'sample-lock-stock.csv',
      'sample-lock.html',
      'sample-lock.json',
    ]);
    expect(stdout).toContain(`wrote ${join(out, 'sample-lock.html')}`);
    const { stdout: json } = await runCommand(['run', 'sample-lock', '--json']);
    expect(readFileSync(join(out, 'sample-lock.json'), 'utf8')).toBe(json);
  });

  test('keeps JSON on stdout clean of the names of files', async () => {
    const { stdout, stderr } = await runCommand(['run', 'all', '--json', '--out', folder]);
    expect(JSON.parse(stdout)).toMatchObject({ experiment: 'sample-lock' });
    expect(stderr).toContain('wrote ');
  });

  test('refuses a folder that cannot be made', async () => {
    const file = join(folder, 'file');
    writeFileSync(file, '');
    const { status, stderr } = await runCommand(['run', 'all', '--out', join(file, 'below')]);
    expect(status).toBe(2);
    expect(stderr).toContain('cannot be made');
  });

  test.runIf(process.platform === 'linux')(
    'refuses one in /proc at once, before it runs',
    async () => {
      const { status, stdout, stderr } = await runCommand(['run', 'all', '--out', '/proc/below']);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toContain('the folder "/proc/below" cannot be made: ENOENT');
    },
  );
});
