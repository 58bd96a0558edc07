import { isRefusal } from '@forkless/errors';
import { describe, expect, test } from 'vitest';
import {
  boot,
  clone3,
  cloneFlags,
  exitGroupWith,
  fork,
  vfork,
  wait4,
  type Task,
} from '../src/index.ts';

const kernelWithShell = () => {
  const kernel = boot();
  return { kernel, shell: made(fork(kernel, kernel.init)) };
};

function made(result: Task | { errno: string; reason: string; ok: false }): Task {
  if (isRefusal(result)) throw new Error(`${result.errno}: ${result.reason}`);
  return result;
}

describe('making and ending a process', () => {
  test('a zombie keeps its number until it is waited for', () => {
    const { kernel, shell } = kernelWithShell();
    const child = made(fork(kernel, shell));
    exitGroupWith(kernel, child, 3);
    expect(child.exitState).toBe('zombie');
    expect(kernel.find(shell, 3)).toBe(child);
    expect(wait4(kernel, shell, -1)).toMatchObject({ pid: 3, waitStatus: 0x300 });
    expect(kernel.find(shell, 3)).toBeUndefined();
    expect(wait4(kernel, shell, -1)).toMatchObject({ errno: 'ECHILD' });
  });

  test('a vfork caller goes on when the child exits', () => {
    const { kernel, shell } = kernelWithShell();
    const child = made(vfork(kernel, shell));
    expect(child.mm).toBe(shell.mm);
    expect(shell.isRunnable).toBe(false);
    exitGroupWith(kernel, child, 0);
    expect(shell.isRunnable).toBe(true);
  });

  test('a refused clone leaves every count as it was', () => {
    const { kernel, shell } = kernelWithShell();
    const before = [shell.files!.users, shell.mm!.users, kernel.tasks.size];
    const refused = clone3(kernel, shell, {
      args: { flags: cloneFlags('CLONE_FILES', 'CLONE_VM', 'CLONE_PIDFD'), pidfd: 'unmapped' },
    });
    expect(refused).toMatchObject({ errno: 'EFAULT' });
    expect([shell.files!.users, shell.mm!.users, kernel.tasks.size]).toEqual(before);
  });
});
