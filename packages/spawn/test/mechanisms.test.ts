import { isRefusal } from '@forkless/errors';
import {
  dPath,
  openFds,
  pidSeenBy,
  RLIMITS,
  setrlimit,
  sigaction,
  SIGNALS,
  SigSet,
  wait4,
  type Kernel,
  type Task,
} from '@forkless/task';
import { describe, expect, test } from 'vitest';
import { MECHANISMS, POSIX_SPAWN, spawn, type SpawnRequest } from '../src/index.ts';
import { createTestWorld, made } from './world.ts';

const request = (more: Partial<SpawnRequest>): SpawnRequest => ({
  path: '/bin/tool',
  argv: ['tool', 'x'],
  envp: ['E=1'],
  ...more,
});

/** What two mechanisms must agree on about a child. */
function endState(kernel: Kernel, child: Task) {
  const { files, fs, cred, group, sighand, blocked, sched } = child;
  return {
    comm: child.comm,
    fds: openFds(files!),
    cwd: dPath(fs!.pwd, fs!.root),
    uid: cred.euid,
    ownGroup: group.pgrp === child.pid,
    ownSession: group.session === child.pid,
    handled: sighand.signalsThat('handler'),
    blocked: blocked.toArray(),
    sched,
    hasMemory: child.mm !== null,
    runs: child.isRunnable,
    found: kernel.tasks.has(child),
  };
}

const REQUESTS: Readonly<Record<string, Partial<SpawnRequest>>> = {
  'nothing but the program': {},
  'a file, a duplicate and a close': {
    actions: [
      { kind: 'open', fd: 0, path: '/d/text', flags: 0, mode: 0 },
      { kind: 'dup2', fd: 0, to: 7 },
      { kind: 'close', fd: 9 },
    ],
  },
  'another directory, and a program found from there': {
    path: 'tool',
    actions: [{ kind: 'chdir', path: '/d' }],
  },
  'everything closed at once': {
    actions: [
      { kind: 'closefrom', fd: 0 },
      { kind: 'open', fd: 1, path: '/d/text', flags: 0, mode: 0 },
    ],
  },
  'a session and a mask': {
    attributes: {
      flags: POSIX_SPAWN.POSIX_SPAWN_SETSID | POSIX_SPAWN.POSIX_SPAWN_SETSIGMASK,
      sigmask: SigSet.of([SIGNALS.SIGTERM]),
    },
  },
  'a group, a policy, a search': {
    path: 'tool',
    search: '/empty:/bin',
    attributes: {
      flags: POSIX_SPAWN.POSIX_SPAWN_SETPGROUP | POSIX_SPAWN.POSIX_SPAWN_SETSCHEDULER,
      pgroup: 0,
      policy: 1,
      priority: 5,
    },
  },
};

const FAILURES: readonly [string, Partial<SpawnRequest>, string, string][] = [
  ['a program that is not there', { path: '/none' }, 'ENOENT', 'exec /none'],
  ['a text without an interpreter', { path: '/d/text' }, 'ENOEXEC', 'exec /d/text'],
  ['a duplicate of nothing', { actions: [{ kind: 'dup2', fd: 9, to: 1 }] }, 'EBADF', 'dup2(9, 1)'],
  [
    'a directory that is not there',
    { actions: [{ kind: 'chdir', path: '/none' }] },
    'ENOENT',
    'chdir /none',
  ],
  [
    'a group that is not there',
    { attributes: { flags: POSIX_SPAWN.POSIX_SPAWN_SETPGROUP, pgroup: 999 } },
    'EPERM',
    'group',
  ],
];

describe.each(MECHANISMS.map((mechanism) => [mechanism.name, mechanism] as const))(
  '%s',
  (_name, mechanism) => {
    const reference = MECHANISMS[0]!;

    test.each(Object.entries(REQUESTS))('ends as fork and exec do: %s', (_title, more) => {
      const states = [reference, mechanism].map((one) => {
        const { kernel, shell } = createTestWorld();
        sigaction(shell, SIGNALS.SIGUSR1, { handler: 'handler', flags: 0, mask: new SigSet() });
        const { child } = made(spawn(kernel, shell, one, request(more)));
        return endState(kernel, child);
      });
      expect(states[1]).toEqual(states[0]);
    });

    test.each(FAILURES)('refuses and leaves nothing behind: %s', (_title, more, errno, at) => {
      const { kernel, shell } = createTestWorld();
      const tasks = kernel.tasks.size;
      const fds = openFds(shell.files!);
      const result = spawn(kernel, shell, mechanism, request(more));
      expect(result).toMatchObject({ errno, at });
      expect(kernel.tasks.size).toBe(tasks);
      expect(openFds(shell.files!)).toEqual(fds);
      expect(shell.isRunnable).toBe(true);
      expect(shell.blocked.isEmpty).toBe(true);
      expect(shell.mm!.users).toBe(1);
      expect(wait4(kernel, shell, -1)).toMatchObject({ errno: 'ECHILD' });
    });

    test('is refused before anything is made when the user has too many tasks', () => {
      const { kernel, shell } = createTestWorld();
      setrlimit(shell, RLIMITS.RLIMIT_NPROC, { cur: 0, max: 0 });
      shell.cred = { ...shell.cred, uid: 1, euid: 1, suid: 1, capEffective: 0n };
      const result = spawn(kernel, shell, mechanism, request({}));
      expect(isRefusal(result) && result.errno).toBe('EAGAIN');
    });

    test('makes a child that is waited for like any other', () => {
      const { kernel, shell } = createTestWorld();
      const { child } = made(spawn(kernel, shell, mechanism, request({})));
      expect(pidSeenBy(child, shell)).toBeGreaterThan(0);
      expect(child.parent).toBe(shell);
    });
  },
);
