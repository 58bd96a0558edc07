// What every mechanism is asked for: requests that are served, requests that are refused, and what is looked
// at of a child.
import { dPath, openFds, SIGNALS, SigSet, type Kernel, type Task } from '@forkless/task';
import { POSIX_SPAWN, type SpawnRequest } from '../src/index.ts';

/** A request for the tool, with more said about it. */
export const request = (more: Partial<SpawnRequest>): SpawnRequest => ({
  path: '/bin/tool',
  argv: ['tool', 'x'],
  envp: ['E=1'],
  ...more,
});

/** What two mechanisms must agree on about a child. */
export function endState(kernel: Kernel, child: Task) {
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

/** Requests that are served. */
export const REQUESTS: Readonly<Record<string, Partial<SpawnRequest>>> = {
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

/** Requests that are refused, with the error and the step. */
export const FAILURES: readonly [string, Partial<SpawnRequest>, string, string][] = [
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
