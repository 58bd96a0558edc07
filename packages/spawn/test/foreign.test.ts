// The mechanisms of other systems answer what all mechanisms are asked, or differ as it says here.
import { isRefusal } from '@forkless/errors';
import { figureOf, SERVER_2025, ZEN5_GUEST, type PathNode } from '@forkless/sim';
import { openFds, sigaction, SIGNALS, SigSet, wait4 } from '@forkless/task';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  FORK_EXEC,
  FOREIGN_MECHANISMS,
  MECHANISMS,
  mechanismNamed,
  NETBSD,
  NETBSD_EARLY,
  POSIX_SPAWN,
  spawn,
  type Mechanism,
  type SpawnCall,
  type SpawnRequest,
} from '../src/index.ts';
import { endState, FAILURES, request, REQUESTS } from './asked.ts';
import { createWorld, outcome, request as anyRequest } from './random-requests.ts';
import { createTestWorld, made } from './world.ts';

const FILES = 'a file, a duplicate and a close';
const DIRECTORY = 'another directory, and a program found from there';
const CLOSED = 'everything closed at once';
const SESSION = 'a session and a mask';
const GROUP = 'a group, a policy, a search';

/** Where a mechanism refuses what the others serve: the error and the step, or the exit code of a child. */
const OTHERWISE: Readonly<Record<string, Record<string, readonly [string, string] | 127>>> = {
  'musl-posix-spawn': {
    [CLOSED]: ['ENOSYS', 'closefrom(0), which musl has not'],
    [GROUP]: ['ENOSYS', 'POSIX_SPAWN_SETSCHEDULER, which musl has not'],
  },
  'freebsd-posix-spawn': { [SESSION]: ['EINVAL', 'POSIX_SPAWN_SETSID, which FreeBSD has not'] },
  'netbsd-posix-spawn': {
    [FILES]: ['EBADF', 'close(9)'],
    [DIRECTORY]: ['ENOENT', 'exec tool'],
    [CLOSED]: ['ENOSYS', 'closefrom(0), which NetBSD has not'],
    [SESSION]: ['EINVAL', 'POSIX_SPAWN_SETSID, which NetBSD has not'],
  },
  'netbsd-posix-spawn-early': {
    [FILES]: 127,
    [DIRECTORY]: ['ENOENT', 'exec tool'],
    [CLOSED]: ['ENOSYS', 'closefrom(0), which NetBSD has not'],
    [SESSION]: ['EINVAL', 'POSIX_SPAWN_SETSID, which NetBSD has not'],
    'a duplicate of nothing': 127,
    'a directory that is not there': 127,
  },
  'io-uring-spawn': {
    [FILES]: ['EINVAL', 'dup2(0, 7), which io_uring has not'],
    [DIRECTORY]: ['EINVAL', 'chdir /d, which io_uring has not'],
    [CLOSED]: ['EINVAL', 'closefrom(0), which io_uring has not'],
    [SESSION]: ['EINVAL', 'POSIX_SPAWN_SETSIGMASK, which io_uring has not'],
    [GROUP]: ['EINVAL', 'POSIX_SPAWN_SETPGROUP, which io_uring has not'],
    'a duplicate of nothing': ['EINVAL', 'dup2(9, 1), which io_uring has not'],
    'a directory that is not there': ['EINVAL', 'chdir /none, which io_uring has not'],
    'a group that is not there': ['EINVAL', 'POSIX_SPAWN_SETPGROUP, which io_uring has not'],
  },
  'io-uring-spawn-ops': {},
};

const named = FOREIGN_MECHANISMS.map((mechanism) => [mechanism.name, mechanism] as const);

test('what was only read says so, and stands apart from what was checked', () => {
  for (const mechanism of FOREIGN_MECHANISMS) {
    expect(mechanism.unchecked).toMatch(/read, not run$/);
    expect(MECHANISMS).not.toContain(mechanism);
    expect(mechanismNamed(mechanism.name)).toBe(mechanism);
  }
  for (const { unchecked } of MECHANISMS) expect(unchecked).toBeUndefined();
});

test('every cost that a path counts is one that the profiles know', () => {
  const figures = (nodes: readonly PathNode<SpawnCall>[]): string[] =>
    nodes.flatMap((node) => {
      if (node.kind === 'attempt') return figures([...node.body, ...node.cleanup]);
      if (node.kind === 'when') return figures(node.body);
      return node.kind === 'work' ? [node.figure] : [];
    });
  const everything = request({ path: 'tool', search: '/empty:/bin', ...REQUESTS[FILES] });
  for (const mechanism of FOREIGN_MECHANISMS) {
    for (const asks of [everything, ...Object.values(REQUESTS).map(request)]) {
      for (const figure of figures(mechanism.pathFor(asks).nodes)) {
        for (const profile of [SERVER_2025, ZEN5_GUEST]) {
          expect(figureOf(profile, figure, mechanism.name).value).toBeGreaterThan(0);
        }
      }
    }
  }
});

/** The world after a request: its result, and what must not be left. */
function asked(mechanism: Mechanism, more: Partial<SpawnRequest>) {
  const { kernel, shell } = createTestWorld();
  sigaction(shell, SIGNALS.SIGUSR1, { handler: 'handler', flags: 0, mask: new SigSet() });
  const before = { tasks: kernel.tasks.size, fds: openFds(shell.files!) };
  return { kernel, shell, before, result: spawn(kernel, shell, mechanism, request(more)) };
}

function expectUnchanged({ kernel, shell, before }: ReturnType<typeof asked>): void {
  expect({ tasks: kernel.tasks.size, fds: openFds(shell.files!) }).toEqual(before);
  expect(shell.isRunnable).toBe(true);
  expect(shell.blocked.isEmpty).toBe(true);
  expect(shell.mm!.users).toBe(1);
  expect(wait4(kernel, shell, -1)).toMatchObject({ errno: 'ECHILD' });
}

describe.each(named)('%s', (name, mechanism) => {
  const otherwise = OTHERWISE[name]!;
  const cases = [
    ...Object.entries(REQUESTS).map(([title, more]) => [title, more, undefined] as const),
    ...FAILURES.map(([title, more, errno, at]) => [title, more, [errno, at]] as const),
  ];

  test.each(cases)('%s', (title, more, refused) => {
    const answer = asked(mechanism, more);
    const { kernel, shell, result } = answer;
    const expected = otherwise[title] ?? refused;
    if (expected === undefined) {
      const reference = asked(FORK_EXEC, more);
      const { child } = made(result);
      expect(endState(kernel, child)).toEqual(
        endState(reference.kernel, made(reference.result).child),
      );
      expect(openFds(shell.files!)).toEqual(answer.before.fds);
      expect(shell.blocked.isEmpty).toBe(true);
    } else if (expected === 127) {
      expect(isRefusal(result)).toBe(false);
      expect(wait4(kernel, shell, -1)).toMatchObject({ status: 127 });
      expectUnchanged(answer);
    } else {
      expect(result).toMatchObject({ errno: expected[0], at: expected[1] });
      expectUnchanged(answer);
    }
  });
});

const { POSIX_SPAWN_SETSID } = POSIX_SPAWN;
const withoutKinds = (asks: SpawnRequest, ...kinds: readonly string[]): SpawnRequest => ({
  ...asks,
  actions: asks.actions!.filter(({ kind }) => !kinds.includes(kind)),
});
const withoutSession = (asks: SpawnRequest): SpawnRequest => ({
  ...asks,
  attributes: { ...asks.attributes!, flags: asks.attributes!.flags & ~POSIX_SPAWN_SETSID },
});
const found = (asks: SpawnRequest): SpawnRequest => ({
  ...asks,
  path: asks.path === 'tool' ? 'tool' : '/bin/tool',
  search: '/empty:/bin',
});

/** What of a random request a mechanism answers as all others do. */
const ALIKE: Readonly<Record<string, (asks: SpawnRequest) => SpawnRequest>> = {
  'musl-posix-spawn': (asks) => withoutKinds(asks, 'closefrom'),
  'freebsd-posix-spawn': (asks) =>
    withoutSession(asks.path === '/d/text' ? { ...asks, path: '/none' } : asks),
  'netbsd-posix-spawn': (asks) => withoutSession(withoutKinds(found(asks), 'close', 'closefrom')),
  'io-uring-spawn-ops': (asks) => asks,
};
const numRuns = Math.min(Math.max(25, Number(process.env['FORKLESS_FUZZ'] ?? 0) / 100), 600);
const settings = { seed: 26, numRuns };

test.each(Object.keys(ALIKE))('random requests end under %s as under fork and exec', (name) => {
  fc.assert(
    fc.property(anyRequest.map(ALIKE[name]!), (asks) => {
      const expected = outcome(FORK_EXEC, asks);
      // Whatever a search of FreeBSD came upon, in the end there was nothing to execute.
      const ends =
        name.startsWith('freebsd') && 'errno' in expected && expected.at?.startsWith('exec ');
      const answer =
        ends && expected.errno === 'ENOTDIR' ? { ...expected, errno: 'ENOENT' } : expected;
      expect(outcome(mechanismNamed(name)!, asks)).toEqual(answer);
    }),
    settings,
  );
});

test('what io_uring has operations for ends as under fork and exec, or is refused at an open', () => {
  const plain = (asks: SpawnRequest): SpawnRequest => ({
    ...withoutKinds(asks, 'dup2', 'closefrom', 'chdir', 'fchdir'),
    attributes: { flags: 0 },
  });
  const mechanism = mechanismNamed('io-uring-spawn')!;
  let served = 0;
  fc.assert(
    fc.property(anyRequest.map(plain), (asks) => {
      const mine = outcome(mechanism, asks);
      if ('errno' in mine && mine.errno === 'EINVAL') {
        expect(mine.at).toMatch(/^open /);
        return;
      }
      served++;
      expect(mine).toEqual(outcome(FORK_EXEC, asks));
    }),
    settings,
  );
  expect(served).toBeGreaterThan(numRuns / 4);
});

test('a caller that NetBSD lets go early has the same child, or one that exits with 127', () => {
  fc.assert(
    fc.property(anyRequest.map(withoutSession), (asks) => {
      const patient = outcome(NETBSD, asks);
      const { kernel, shell } = createWorld();
      const result = spawn(kernel, shell, NETBSD_EARLY, asks);
      const hasFailed = !isRefusal(result) && result.child.exitState === 'zombie';
      if (hasFailed) {
        expect(patient).toHaveProperty('errno');
        expect(wait4(kernel, shell, -1)).toMatchObject({ status: 127 });
      } else {
        expect(outcome(NETBSD_EARLY, asks)).toEqual(patient);
      }
    }),
    settings,
  );
});
