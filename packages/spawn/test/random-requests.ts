// Random requests, and what a mechanism makes of one.
import { isRefusal } from '@forkless/errors';
import fc from 'fast-check';
import { expect } from 'vitest';
import { dPath, dup2, O_CREAT, O_WRONLY, open, openFds, SIGNALS, SigSet } from '@forkless/task';
import {
  POSIX_SPAWN,
  spawn,
  type FileAction,
  type Mechanism,
  type SpawnRequest,
} from '../src/index.ts';
import { callerOf } from '../src/spawn-call.ts';
import { createTestWorld, type TestWorld } from './world.ts';

const fd = fc.nat(9);
/** Any action but a terminal's. */
export const action: fc.Arbitrary<FileAction> = fc.oneof(
  fc.record({ kind: fc.constant('close' as const), fd }),
  fc.record({ kind: fc.constant('dup2' as const), fd, to: fd }),
  fc.record({ kind: fc.constant('closefrom' as const), fd }),
  fc.record({ kind: fc.constant('fchdir' as const), fd }),
  fc.record({ kind: fc.constant('chdir' as const), path: fc.constantFrom('/d', '/none', '/bin') }),
  fc.record({
    kind: fc.constant('open' as const),
    fd,
    path: fc.constantFrom('/d/text', '/none', '/d', 'new'),
    flags: fc.constantFrom(0, O_WRONLY, O_WRONLY | O_CREAT),
    mode: fc.constant(0o644),
  }),
);
const { POSIX_SPAWN_SETSID, POSIX_SPAWN_SETPGROUP, POSIX_SPAWN_SETSIGMASK } = POSIX_SPAWN;
/** Any request, of which many are refused. */
export const request: fc.Arbitrary<SpawnRequest> = fc.record({
  path: fc.constantFrom('/bin/tool', 'tool', './tool', '/none', '/d/text'),
  search: fc.constantFrom('/empty:/bin', ':/none', '/none'),
  argv: fc.constant(['tool']),
  envp: fc.constant([]),
  actions: fc.array(action, { maxLength: 6 }),
  attributes: fc.record({
    flags: fc
      .subarray([POSIX_SPAWN_SETSID, POSIX_SPAWN_SETPGROUP, POSIX_SPAWN_SETSIGMASK])
      .map((flags) => flags.reduce((all: number, flag) => all | flag, 0)),
    pgroup: fc.constantFrom(0, 0, 999),
    sigmask: fc.constant(SigSet.of([SIGNALS.SIGTERM])),
  }),
});

/** A machine whose shell has a file, a directory and a duplicate open. */
export function createWorld(): TestWorld {
  const world = createTestWorld();
  const caller = callerOf(world.shell);
  open(caller, '/d/text', { flags: 0 });
  open(caller, '/d', { flags: 0 });
  dup2(caller.files, 0, 6, caller.limit);
  return world;
}

/** What a mechanism makes of a request: the child, or the error and its step. A refusal leaves nothing. */
export function outcome(mechanism: Mechanism, asked: SpawnRequest) {
  const { kernel, shell } = createWorld();
  const before = { tasks: kernel.tasks.size, fds: openFds(shell.files!) };
  const result = spawn(kernel, shell, mechanism, asked);
  if (isRefusal(result)) {
    expect({ tasks: kernel.tasks.size, fds: openFds(shell.files!) }).toEqual(before);
    return { errno: result.errno, at: (result as { at: string }).at };
  }
  const { child } = result;
  return {
    comm: child.comm,
    fds: openFds(child.files!).map((number) => [number, child.files!.fdFlags[number]]),
    cwd: dPath(child.fs!.pwd, child.fs!.root),
    mask: child.blocked.toArray(),
    own: [child.group.pgrp === child.pid, child.group.session === child.pid],
    mappings: [...child.mm!.space.memory.mm.vmas].map(({ start, end }) => [start, end]),
    users: [child.mm!.users, child.files!.users, child.fs!.users, child.sighand.users],
  };
}
