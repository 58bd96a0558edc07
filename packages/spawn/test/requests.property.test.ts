// Random requests: every mechanism, and the pristine child put together by hand, end in the same child or in
// the same refusal at the same step, and a refusal leaves nothing.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dPath, openFds, SIGNALS, SigSet } from '@forkless/task';
import {
  FORK_EXEC,
  grantFds,
  MECHANISMS,
  openPristine,
  POSIX_SPAWN,
  setDirectory,
  setSession,
  setSignals,
} from '../src/index.ts';
import { createWorld, outcome, request } from './random-requests.ts';
import { made } from './world.ts';

const { POSIX_SPAWN_SETSID, POSIX_SPAWN_SETSIGMASK } = POSIX_SPAWN;
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
