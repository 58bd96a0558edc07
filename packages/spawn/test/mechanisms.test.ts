import { isRefusal } from '@forkless/errors';
import {
  openFds,
  pidSeenBy,
  RLIMITS,
  setrlimit,
  sigaction,
  SIGNALS,
  SigSet,
  wait4,
} from '@forkless/task';
import { describe, expect, test } from 'vitest';
import { MECHANISMS, spawn } from '../src/index.ts';
import { endState, FAILURES, request, REQUESTS } from './asked.ts';
import { createTestWorld, made } from './world.ts';

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
