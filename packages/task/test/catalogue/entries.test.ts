// The conformance catalogue as a list: every case of the suites it names has a test that says so in its
// title, here or in @forkless/spawn, or is left out for a reason.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, describe, test } from 'vitest';

const range = (prefix: string, last: number, digits = 2): string[] =>
  Array.from({ length: last }, (_, at) => `${prefix}${String(at + 1).padStart(digits, '0')}`);

/** Cases by suite, as the suites name them; the spawn_template selftest by what it does. */
const SUITES: Readonly<Record<string, readonly string[]>> = {
  glibc: [
    'tst-spawn',
    ...['2', '3', '4', '4-compat', '5', '6', '7'].map((name) => `tst-spawn${name}`),
    'tst-spawn-chdir',
    'tst-posix_spawn-setsid',
    'tst-posix_spawn-cgroup',
    'tst-closefrom',
    'tst-close_range',
  ],
  'musl libc-test': ['spawn'],
  LTP: [
    ...range('clone', 11),
    ...range('clone3', 4),
    ...range('close_range', 2),
    ...['01', '03', '04', '05', '07', '08', '09', '10', '13', '14'].map((case_) => `fork${case_}`),
    'fork_procs',
    ...range('vfork', 2),
    ...range('execve', 6),
    ...range('execveat', 3),
    ...range('pidfd_open', 4),
    ...range('pidfd_getfd', 2),
    ...range('pidfd_send_signal', 3),
  ],
  'open POSIX suite, fork': Array.from({ length: 24 }, (_, at) => String(at + 1)),
  kselftest: [
    'clone3',
    'set_tid',
    'clear_sighand',
    'cap_checkpoint_restore',
    'close_range',
    'close_range_unshare',
    'close_range_unshare_capped',
    'close_range_cloexec',
    'close_range_cloexec_unshare',
    'unshare',
    'execveat',
    'null-argv',
    'recursion-depth',
    'non-regular',
  ],
  'spawn_template selftest': [
    'basic',
    'relative path',
    'execfd cross-check',
    'default close',
    'close_range max',
    'dup2 stdio',
    'open stdin',
    'fchdir',
    'sigmask',
    'sigdefault',
    'inherit flag',
    'pidfd wait',
    'create actions EINVAL',
    'script ENOEXEC',
  ],
};

/** What is honestly not in the model. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'LTP clone07': 'a bug of libc: returning from the function that clone was given',
  'LTP clone10': 'a thread’s own storage lies in registers, which the model has not',
  'LTP fork05': 'segment descriptors of 32-bit x86, which the model has not',
  'open POSIX suite, fork 19':
    'no POSIX message queues; to fork one is an open file like any other',
  'open POSIX suite, fork 20': 'no asynchronous input and output',
};

/** What could be a title in the tests below a folder: a text with a name before its colon. */
function titlesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.test.ts'))
    .flatMap((name) => {
      const text = readFileSync(join(folder, name), 'utf8');
      return [...text.matchAll(/'([^'\n]+: [^'\n]*)'/g)].map(([, title]) => title!);
    });
}

const packages = join(import.meta.dirname, '../../..');
const TITLES = ['task', 'spawn'].flatMap((name) => titlesBelow(join(packages, name, 'test')));

/** Whether a title begins with the name of the case, alone or among others. */
function isNamed(name: string): boolean {
  return TITLES.some((title) => {
    const [names, ...rest] = title.split(': ');
    return rest.length > 0 && names!.split(', ').includes(name);
  });
}

describe.each(Object.entries(SUITES))('%s', (suite, cases) => {
  test.each(cases)('%s is a test, or is left out for a reason', (name) => {
    expect(isNamed(name)).toBe(LEFT_OUT[`${suite} ${name}`] === undefined);
  });
});

test('a case that nobody wrote is noticed', () => {
  expect(isNamed('tst-spawn99')).toBe(false);
});
