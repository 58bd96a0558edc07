import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SERVER_2025 } from '@forkless/sim';
import { MECHANISMS, mechanismNamed, replayTime } from '@forkless/spawn';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeRecorded } from '../../../../tooling/vitest/recorded.ts';
import { readLives } from '../../src/replay/recorded-life.ts';
import { replay, type ReplayOptions } from '../../src/replay/replay-model.ts';
import { runCommand } from '../sample/run-command.ts';

const on = { allocator: 'idr', cpuCount: 2 };

/** A shell that forks twice and vforks once: one child runs a program, one two of them, one none. */
const log = `1 1700000000.0 execve("/bin/sh", ["sh"], 0x7f) = 0 <0.1>
1 1700000000.1 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f) = 2 <0.1>
2 1700000000.2 execve("/usr/local/bin/env", ["env"], 0x7f) = -1 ENOENT (No such file or directory) <0.1>
2 1700000000.3 execve("/usr/bin/env", ["env"], 0x7f) = 0 <0.1>
2 1700000000.4 execve("/usr/bin/rg", ["rg"], 0x7f) = 0 <0.1>
2 1700000000.5 +++ exited with 0 +++
1 1700000000.6 vfork( <unfinished ...>
3 1700000000.7 execve("/usr/bin/rg", ["rg"], 0x7f) = 0 <0.1>
1 1700000000.8 <... vfork resumed>) = 3 <0.1>
1 1700000000.9 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x7f) = 4 <0.1>
4 1700000001.0 +++ exited with 0 +++
`;

describe('a recording replayed', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'forkless-replay-'));
    file = join(folder, 'log.strace');
    writeFileSync(file, log);
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const replayed = async (mechanism?: string, more: Partial<ReplayOptions> = {}) => {
    const { records } = await readLives(file, { strict: true });
    const by = mechanism === undefined ? undefined : mechanismNamed(mechanism);
    return replay(records, { ...on, mechanism: by, ...more });
  };

  test('as it was: every call of the log is made once', async () => {
    expect(await replayed()).toMatchObject({
      created: 3,
      served: 0,
      unserved: 1,
      memoryCopies: 2,
      // Three that make a child, and four execs of children, one of them in vain.
      syscalls: 7,
      liveAtEnd: 2,
      refused: {},
    });
  });

  test('time: vfork saves the copies of memory, and no part of shell, linking and exec', async () => {
    const [recorded, saved] = await Promise.all(
      [undefined, 'vfork-exec'].map(async (name) =>
        replayTime(await replayed(name, { parentMib: 100 }), SERVER_2025),
      ),
    );
    const memory = 'memory copy and teardown';
    expect(recorded!.parts[memory]).toBeGreaterThan(1.8 * saved!.parts[memory]);
    for (const part of ['shell start', 'dynamic linking', 'scheduling'] as const) {
      expect(saved!.parts[part]).toBe(recorded!.parts[part]);
    }
    expect(saved!.ns).toBeLessThan(recorded!.ns);
  });

  test('with vfork in the place of fork and exec: what never runs a program is still a copy', async () => {
    expect(await replayed('vfork-exec')).toMatchObject({
      created: 3,
      served: 2,
      unserved: 1,
      memoryCopies: 1,
      liveAtEnd: 2,
      refused: {},
    });
  });

  test('a spawn in the kernel makes one call for each child, its search included', async () => {
    // One each for two children, one fork, and the second exec of env.
    expect((await replayed('kernel-spawn-1')).syscalls).toBe(4);
  });

  test.each(MECHANISMS.map(({ name }) => name))('%s makes the same processes', async (name) => {
    expect(await replayed(name)).toMatchObject({ created: 3, liveAtEnd: 2, refused: {} });
  });

  test.each(['bitmap-hash', 'range-radix', 'freebsd'])(
    'the pids may come from %s',
    async (name) => {
      const { syscalls, slabObjects } = await replayed('kernel-spawn-1', { allocator: name });
      const idr = await replayed('kernel-spawn-1');
      expect([syscalls, slabObjects]).toEqual([idr.syscalls, idr.slabObjects]);
    },
  );

  test('the command tells it as a table and as JSON, and writes timelines', async () => {
    const context = { presetNames: ['epyc-1s-24'] };
    const timeline = join(folder, 'out.json');
    const text = await runCommand(['replay', file, '--timeline', timeline], context);
    expect(text.status).toBe(0);
    expect(text.stdout).toContain('1 never ran a program');
    expect(JSON.parse(readFileSync(timeline, 'utf8')).traceEvents.length).toBeGreaterThan(4);
    const json = await runCommand(
      ['replay', file, '--mechanism', 'vfork-exec', '--json', '--timeline', join(folder, 'x')],
      context,
    );
    expect(JSON.parse(json.stdout).replayed).toHaveLength(2);
    expect(readdirSync(folder)).toContain('x');
  });

  test.each([
    [['--mechanism', 'vfork-exe'], 'did you mean vfork-exec or'],
    [['--allocator', 'idx'], 'There is no allocator "idx"'],
    [['--machine', 'epyc'], 'there is no preset "epyc"'],
    [['--format', 'dtrace'], 'there is no "dtrace"'],
  ])('%j is refused', async (more, sentence) => {
    const { status, stderr } = await runCommand(['replay', file, ...more], {
      presetNames: ['epyc-1s-24'],
    });
    expect([status, stderr]).toEqual([2, expect.stringContaining(sentence)]);
  });

  test('what is no recording, and what is malformed when strict, are refused with their place', async () => {
    const context = { presetNames: ['epyc-1s-24'] };
    const other = join(folder, 'other');
    writeFileSync(other, 'hello\n');
    expect((await runCommand(['replay', other], context)).stderr).toContain('of none of them');
    expect((await runCommand(['replay', join(folder, 'none')], context)).stderr).toContain(
      'ENOENT',
    );
    writeFileSync(other, `${log}garbage\n`);
    const strict = await runCommand(['replay', other, '--strict'], context);
    expect([strict.status, strict.stderr]).toEqual([2, expect.stringContaining('other:12: ')]);
    expect((await runCommand(['replay', other], context)).status).toBe(0);
  });
});

describeRecorded('recorded workloads', 'traces', (folder) => {
  const files = readdirSync(folder).filter((name) => /\.(strace|perf|ftrace)\.txt/.test(name));

  test.each(files)('%s replays: what was made is made, and nothing is refused', async (name) => {
    const { records, statistics } = await readLives(join(folder, name), {});
    for (const mechanism of [undefined, mechanismNamed('kernel-spawn-1')]) {
      const { created, refused, unserved } = replay(records, { ...on, mechanism });
      expect(created).toBe(statistics.createdProcesses);
      expect(refused).toEqual({});
      // One whose leader was replaced by another thread's exec has run a program after all.
      expect(statistics.forkWithoutExec - unserved).toBeLessThanOrEqual(1);
      expect(statistics.forkWithoutExec - unserved).toBeGreaterThanOrEqual(0);
    }
  });

  test('rows of forkstate tell what the forks copied', async () => {
    const { forkCopies } = await readLives(join(folder, 'agent-1x16.forkstate.txt.gz'), {});
    expect(forkCopies?.processes).toBe(1296);
    expect(forkCopies?.copying).toBeLessThan(1296);
    expect(forkCopies?.rssPages).toBeGreaterThan(1_000_000);
  });
});
