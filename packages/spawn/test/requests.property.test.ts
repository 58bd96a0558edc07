// Random requests: every mechanism, and the pristine child put together by hand, end in the same child or in
// the same refusal at the same step, and a refusal leaves nothing.
import { isRefusal } from '@forkless/errors';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dPath, dup2, O_CREAT, O_WRONLY, open, openFds, SIGNALS, SigSet } from '@forkless/task';
import {
  FORK_EXEC,
  grantFds,
  MECHANISMS,
  openPristine,
  POSIX_SPAWN,
  setDirectory,
  setSession,
  setSignals,
  spawn,
  type FileAction,
  type Mechanism,
  type SpawnRequest,
} from '../src/index.ts';
import { callerOf } from '../src/spawn-call.ts';
import { createTestWorld, made, type TestWorld } from './world.ts';

const fd = fc.nat(9);
const action: fc.Arbitrary<FileAction> = fc.oneof(
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
const request: fc.Arbitrary<SpawnRequest> = fc.record({
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

function createWorld(): TestWorld {
  const world = createTestWorld();
  const caller = callerOf(world.shell);
  open(caller, '/d/text', { flags: 0 });
  open(caller, '/d', { flags: 0 });
  dup2(caller.files, 0, 6, caller.limit);
  return world;
}

function outcome(mechanism: Mechanism, asked: SpawnRequest) {
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

const numRuns = Math.min(Math.max(25, Number(process.env['FORKLESS_FUZZ'] ?? 0) / 100), 600);

test.each(MECHANISMS.map((mechanism) => [mechanism.name, mechanism] as const))(
  'random requests end under %s as under fork and exec',
  (_name, mechanism) => {
    fc.assert(
      fc.property(request, (asked) => {
        expect(outcome(mechanism, asked)).toEqual(outcome(FORK_EXEC, asked));
      }),
      { seed: 26, numRuns },
    );
  },
);

test.each(['parent', 'child'] as const)(
  'a pristine child that its %s populates is the one the mechanism makes',
  (executor) => {
    const { kernel, shell } = createWorld();
    const { builder } = made(openPristine(kernel, shell, { executor }));
    setSession(builder);
    grantFds(builder, [
      { from: 6, to: 6 },
      { from: 0, to: 0 },
    ]);
    setDirectory(builder, '/d');
    setSignals(builder, { mask: SigSet.of([SIGNALS.SIGTERM]) });
    builder.load({ path: '/bin/tool', argv: ['tool'], envp: [] });
    const child = made(builder.start());
    const byMechanism = outcome(
      MECHANISMS.find(({ name }) => name === 'pristine')!,
      {
        path: '/bin/tool',
        argv: ['tool'],
        envp: [],
        actions: [
          { kind: 'close', fd: 1 },
          { kind: 'chdir', path: '/d' },
        ],
        attributes: {
          flags: POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK,
          sigmask: SigSet.of([SIGNALS.SIGTERM]),
        },
      },
    );
    expect(byMechanism).toEqual({
      comm: child.comm,
      fds: openFds(child.files!).map((number) => [number, child.files!.fdFlags[number]]),
      cwd: dPath(child.fs!.pwd, child.fs!.root),
      mask: child.blocked.toArray(),
      own: [child.group.pgrp === child.pid, child.group.session === child.pid],
      mappings: [...child.mm!.space.memory.mm.vmas].map(({ start, end }) => [start, end]),
      users: [child.mm!.users, child.files!.users, child.fs!.users, child.sighand.users],
    });
  },
);
