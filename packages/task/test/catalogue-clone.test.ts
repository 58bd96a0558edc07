// The conformance catalogue for clone and its relatives: what LTP and kselftest assert, in our words;
// catalogue/ has the rest.
import { isRefusal } from '@forkless/errors';
import { findPid } from '@forkless/pid';
import { describe, expect, test } from 'vitest';
import {
  boot,
  clone,
  clone3,
  cloneFlags,
  deliverSignals,
  exitGroupWith,
  fork,
  kill,
  pidfdOpen,
  pidfdPoll,
  pidfdSendSignal,
  pidSeenBy,
  POLLHUP,
  POLLIN,
  sigaction,
  SIGNALS,
  SigSet,
  vfork,
  wait4,
  type Clone3Args,
  type Kernel,
  type KernelName,
  type Task,
} from '../src/index.ts';
import { pidfdAt } from '../src/task/parts.ts';

function made<T>(result: T): Exclude<T, { ok: false }> {
  if (isRefusal(result)) throw new Error(`${result.errno}: ${result.reason}`);
  return result as Exclude<T, { ok: false }>;
}

function world(kernelName: KernelName = '6.18'): { kernel: Kernel; shell: Task } {
  const kernel = boot({ kernel: kernelName });
  return { kernel, shell: made(fork(kernel, kernel.init)) };
}

const SIGCHLD = SIGNALS.SIGCHLD;
const tryClone3 = (args: Clone3Args, size?: number, kernelName?: KernelName) => {
  const { kernel, shell } = world(kernelName);
  const result = clone3(kernel, shell, { args }, size);
  return isRefusal(result) ? result.errno : 'child';
};

describe('LTP', () => {
  test('clone01: the pid that clone returns is the one that wait returns', () => {
    const { kernel, shell } = world();
    const child = made(clone(kernel, shell, BigInt(SIGCHLD)));
    exitGroupWith(kernel, child, 0);
    expect(wait4(kernel, shell, -1)).toMatchObject({ pid: 3, task: child });
  });

  test('clone08: CLONE_PARENT makes a sibling, CLONE_PARENT_SETTID tells its number', () => {
    const { kernel, shell } = world();
    const child = made(fork(kernel, shell));
    const told = { value: 0 };
    const flags = cloneFlags('CLONE_PARENT', 'CLONE_PARENT_SETTID');
    const sibling = made(clone(kernel, child, flags, { parentTid: told }));
    expect([sibling.parent, told.value]).toEqual([shell, pidSeenBy(sibling, child)]);
  });

  test.each(['CLONE_NEWUTS', 'CLONE_NEWNET', 'CLONE_NEWPID', 'CLONE_NEWNS'] as const)(
    'clone09, clone11: %s without CAP_SYS_ADMIN is EPERM',
    (name) => {
      const { kernel, shell } = world();
      shell.cred = { ...shell.cred, capEffective: 0n };
      expect(clone(kernel, shell, cloneFlags(name))).toMatchObject({ errno: 'EPERM' });
    },
  );

  test('clone301: a signal through the pidfd of clone3 reaches the child', () => {
    const { kernel, shell } = world();
    const pidfd = { value: -1 };
    const flags = cloneFlags('CLONE_PIDFD');
    const child = made(clone3(kernel, shell, { args: { flags, pidfd, exitSignal: SIGCHLD } }));
    expect(pidfdSendSignal(kernel, shell, pidfd.value, SIGNALS.SIGTERM)).toBeUndefined();
    deliverSignals(kernel, child);
    expect(wait4(kernel, shell, -1)).toMatchObject({ waitStatus: SIGNALS.SIGTERM });
  });

  test.each<[string, Clone3Args, number | undefined, string]>([
    ['a size one short', {}, 63, 'EINVAL'],
    ['a size beyond a page', {}, 4097, 'E2BIG'],
    ['an exit signal too high', { exitSignal: 65 }, undefined, 'EINVAL'],
    ['a stack without a size', { stack: 4096 }, undefined, 'EINVAL'],
    ['a size without a stack', { stackSize: 4096 }, undefined, 'EINVAL'],
    ['a pidfd that faults', { flags: cloneFlags('CLONE_PIDFD') }, undefined, 'EFAULT'],
    ['SIGHAND without VM', { flags: cloneFlags('CLONE_SIGHAND') }, undefined, 'EINVAL'],
    ['THREAD without SIGHAND', { flags: cloneFlags('CLONE_THREAD') }, undefined, 'EINVAL'],
    ['FS with NEWNS', { flags: cloneFlags('CLONE_FS', 'CLONE_NEWNS') }, undefined, 'EINVAL'],
    ['an unknown flag', { flags: 1n << 40n }, undefined, 'EINVAL'],
    ['an exit signal in the flags', { flags: 0x11n }, undefined, 'EINVAL'],
  ])('clone302: %s', (_, args, size, errno) => {
    expect(tryClone3({ exitSignal: SIGCHLD, ...args }, size)).toBe(errno);
  });

  test('clone304: set_tid without CAP_CHECKPOINT_RESTORE is EPERM', () => {
    const { kernel, shell } = world();
    shell.cred = { ...shell.cred, capEffective: 0n };
    const args = { setTid: [400], setTidSize: 1, exitSignal: SIGCHLD };
    expect(clone3(kernel, shell, { args })).toMatchObject({ errno: 'EPERM' });
  });

  test('fork01: a child has its own pid and its parent as parent', () => {
    const { kernel, shell } = world();
    const child = made(fork(kernel, shell));
    expect([child.pid === shell.pid, child.parent]).toEqual([false, shell]);
  });

  test('vfork02: signals that wait for the parent do not wait for the child', () => {
    const { kernel, shell } = world();
    shell.blocked.add(SIGNALS.SIGUSR1);
    kill(kernel, shell, pidSeenBy(shell, shell), SIGNALS.SIGUSR1);
    const child = made(vfork(kernel, shell));
    expect(child.group.pending.signals.isEmpty).toBe(true);
    expect(shell.group.pending.signals.has(SIGNALS.SIGUSR1)).toBe(true);
  });

  test('pidfd_open02: EINVAL for numbers that are none, ESRCH for nobody, close-on-exec', () => {
    const { kernel, shell } = world();
    expect(pidfdOpen(kernel, shell, 0)).toMatchObject({ errno: 'EINVAL' });
    expect(pidfdOpen(kernel, shell, 1, 1)).toMatchObject({ errno: 'EINVAL' });
    expect(pidfdOpen(kernel, shell, 999)).toMatchObject({ errno: 'ESRCH' });
    const fd = made(pidfdOpen(kernel, shell, 1));
    expect(shell.files!.fdFlags[fd]).toBe(1);
  });

  test('pidfd_open03: readable once the process has ended, hung up once it was waited for', () => {
    const { kernel, shell } = world();
    const child = made(fork(kernel, shell));
    const pidfd = made(pidfdAt(shell.files!, made(pidfdOpen(kernel, shell, 3))));
    expect(pidfdPoll(kernel, pidfd)).toBe(0);
    exitGroupWith(kernel, child, 0);
    expect(pidfdPoll(kernel, pidfd)).toBe(POLLIN);
    wait4(kernel, shell, -1);
    expect(pidfdPoll(kernel, pidfd)).toBe(POLLIN | POLLHUP);
  });
});

describe('kselftest clone3', () => {
  test.each([64, 80, 88, 96, 4096])('a size of %i with a zero tail works', (size) => {
    expect(tryClone3({ exitSignal: SIGCHLD }, size)).toBe('child');
  });

  test.each([33, 64, 1344])('set_tid of %i numbers is EINVAL', (setTidSize) => {
    expect(tryClone3({ setTid: [1], setTidSize })).toBe('EINVAL');
  });

  test('set_tid 1 is EEXIST, a free number is taken', () => {
    expect(tryClone3({ setTid: [1], setTidSize: 1 })).toBe('EEXIST');
    const { kernel, shell } = world();
    const args = { setTid: [4711], setTidSize: 1 };
    const child = made(clone3(kernel, shell, { args }));
    expect(findPid(kernel.pids.initial, 4711)).toBe(child.pid);
  });

  test('CLEAR_SIGHAND takes handlers and leaves what is ignored', () => {
    const { kernel, shell } = world();
    const action = (handler: 'handler' | 'IGN') => ({ handler, flags: 0, mask: new SigSet() });
    sigaction(shell, SIGNALS.SIGUSR1, action('handler'));
    sigaction(shell, SIGNALS.SIGUSR2, action('IGN'));
    const flags = cloneFlags('CLONE_CLEAR_SIGHAND');
    const child = made(clone3(kernel, shell, { args: { flags, exitSignal: SIGCHLD } }));
    expect(child.sighand.signalsThat('handler')).toEqual([]);
    expect(child.sighand.signalsThat('IGN')).toEqual([SIGNALS.SIGUSR2]);
  });
});

describe('flags of later kernels', () => {
  const AUTOREAP = cloneFlags('CLONE_AUTOREAP');

  test.each(['6.12', '6.18', '7.0'] as const)('%s does not know CLONE_AUTOREAP', (kernelName) => {
    expect(tryClone3({ flags: AUTOREAP }, undefined, kernelName)).toBe('EINVAL');
  });

  test('a child that reaps itself is nobody to wait for', () => {
    const { kernel, shell } = world('7.1');
    const child = made(clone3(kernel, shell, { args: { flags: AUTOREAP } }));
    exitGroupWith(kernel, child, 0);
    expect(wait4(kernel, shell, -1)).toMatchObject({ errno: 'ECHILD' });
  });

  test.each<[string, Clone3Args]>([
    ['AUTOREAP with an exit signal', { flags: AUTOREAP, exitSignal: SIGCHLD }],
    ['AUTOREAP of a sibling', { flags: AUTOREAP | cloneFlags('CLONE_PARENT') }],
    ['AUTOKILL without a pidfd', { flags: AUTOREAP | cloneFlags('CLONE_PIDFD_AUTOKILL') }],
    ['an empty mount namespace with FS', { flags: cloneFlags('CLONE_EMPTY_MNTNS', 'CLONE_FS') }],
  ])('%s is EINVAL', (_, args) => {
    expect(tryClone3(args, undefined, '7.1')).toBe('EINVAL');
  });
});
