// Our own recordings of small workloads, by more than one recorder where that was possible; how they were
// made stands in record.sh beside them.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { detectFormat } from '../src/index.ts';
import { read } from './read.ts';

const textOf = (name: string) =>
  readFileSync(join(import.meta.dirname, 'recorded', `${name}.txt`), 'utf8');

function readRecorded(name: string) {
  const text = textOf(name);
  const format = detectFormat(text);
  if (format === undefined) throw new Error(`the format of ${name} is not told`);
  return read(format, text, { strict: true });
}

describe('a shell pipeline', () => {
  test.each(['pipeline.strace', 'pipeline.perf'])('%s has the processes of the script', (name) => {
    const { statistics, warnings } = readRecorded(name);
    // Four rounds of six programs and a grep, `yes | head`, and $(wc) with its subshell.
    expect(statistics).toMatchObject({ createdProcesses: 31, createdThreads: 0, execOk: 32 });
    expect(Object.fromEntries(statistics.topExec)).toMatchObject({
      sort: 8,
      tr: 4,
      uniq: 4,
      grep: 4,
      yes: 1,
      wc: 1,
    });
    expect(warnings).toEqual([]);
  });

  test('yes dies of its broken pipe', () => {
    expect(readRecorded('pipeline.strace').statistics.killedBySignal).toEqual({ SIGPIPE: 1 });
  });
});

describe('a build', () => {
  test('two recorders agree on its programs', () => {
    const strace = readRecorded('build.strace').statistics;
    const ftrace = readRecorded('build.ftrace').statistics;
    expect(ftrace.createdProcesses).toBe(strace.createdProcesses);
    expect(Object.fromEntries(ftrace.topExec)).toEqual(Object.fromEntries(strace.topExec));
    expect(strace.createByApi['clone3']).toBeGreaterThan(0);
  });
});

describe('a loop in the manner of an agent', () => {
  test.each(['agent.strace', 'agent.perf'])(
    '%s: node forks for each tool and never vforks',
    (name) => {
      const { records } = readRecorded(name);
      const [root] = records.filter(({ parent }) => parent === undefined);
      const ofRoot = records.filter(({ parent }) => parent?.pid === root?.pid);
      expect(ofRoot).toHaveLength(15);
      expect(ofRoot.every(({ flags }) => !flags.includes('VFORK') && flags !== '4100')).toBe(true);
      expect(ofRoot.filter(({ execCount }) => execCount === 0)).toHaveLength(3);
    },
  );

  test('env is one process and two programs', () => {
    const { records, statistics } = readRecorded('agent.strace');
    expect(statistics.processesWithTwoExecs).toBe(3);
    expect(records.filter(({ execs }) => execs.at(-1)?.path.endsWith('/true'))).toHaveLength(3);
  });
});

test('a package install is a runtime with threads that starts a shell', () => {
  const { statistics } = readRecorded('install.strace');
  expect(statistics.createdThreads).toBeGreaterThan(4);
  expect(statistics.topExec).toContainEqual(['sh', 1]);
  expect(statistics.execRefused['ENOENT']).toBeGreaterThan(5);
});

test('a container is linked through its pid namespace', () => {
  const { records, warnings, statistics } = readRecorded('container.strace');
  expect(warnings).toEqual([]);
  expect(records.filter(({ parent }) => parent === undefined)).toHaveLength(1);
  expect(statistics.exitNonzero).toBe(1);
});
