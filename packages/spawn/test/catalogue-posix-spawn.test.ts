// The conformance catalogue for posix_spawn: what glibc's and musl's own tests assert, in our words, on
// every mechanism that offers the call.
import { isRefusal } from '@forkless/errors';
import {
  dPath,
  dup2,
  fileAt,
  open,
  O_CLOEXEC,
  openFds,
  RLIMITS,
  setControllingTty,
  setrlimit,
  setsid,
  sigaction,
  SIGNALS,
  SigSet,
  Tty,
  type Task,
} from '@forkless/task';
import { describe, expect, test } from 'vitest';
import {
  GLIBC_2_36,
  GLIBC_2_39,
  KERNEL_SPAWN_1,
  KERNEL_SPAWN_2,
  PRISTINE,
  POSIX_SPAWN,
  spawn,
  type SpawnRequest,
} from '../src/index.ts';
import { callerOf } from '../src/spawn-call.ts';
import { createTestWorld, made } from './world.ts';

const CALLS = [GLIBC_2_36, GLIBC_2_39, KERNEL_SPAWN_1, KERNEL_SPAWN_2, PRISTINE];
const request = (more: Partial<SpawnRequest>): SpawnRequest => ({
  path: '/bin/tool',
  argv: ['tool'],
  envp: [],
  ...more,
});

const openAt = (task: Task, flags: number): number =>
  made(open(callerOf(task), '/d/text', { flags })) as number;

describe.each(CALLS)('posix_spawn as $name', (mechanism) => {
  test('tst-spawn: a closed descriptor is gone, a duplicate shares the offset', () => {
    const { kernel, shell } = createTestWorld();
    const fd = openAt(shell, 0);
    const actions = [
      { kind: 'dup2', fd, to: 7 },
      { kind: 'close', fd: 9 },
    ] as const;
    const { child } = made(spawn(kernel, shell, mechanism, request({ actions })));
    expect(fileAt(child.files!, 7)).toBe(fileAt(shell.files!, fd));
    expect(isRefusal(fileAt(child.files!, 9))).toBe(true);
  });

  test('tst-spawn: dup2 onto itself takes the close-on-exec mark off', () => {
    const { kernel, shell } = createTestWorld();
    const fd = openAt(shell, O_CLOEXEC);
    const actions = [{ kind: 'dup2', fd, to: fd }] as const;
    const { child } = made(spawn(kernel, shell, mechanism, request({ actions })));
    expect(openFds(child.files!)).toEqual([fd]);
  });

  test('tst-spawn2: a missing program leaves no child and no descriptor', () => {
    const { kernel, shell } = createTestWorld();
    const before = openFds(shell.files!);
    expect(spawn(kernel, shell, mechanism, request({ path: '/none' }))).toMatchObject({
      errno: 'ENOENT',
    });
    expect([openFds(shell.files!), shell.children]).toEqual([before, []]);
  });

  test('tst-spawn3: at the descriptor limit an open onto a used number works', () => {
    const { kernel, shell } = createTestWorld();
    const fd = openAt(shell, 0);
    setrlimit(shell, RLIMITS.RLIMIT_NOFILE, { cur: fd + 1, max: 4096 });
    const actions = [{ kind: 'open', fd, path: '/d/text', flags: 0, mode: 0 }] as const;
    const { child } = made(spawn(kernel, shell, mechanism, request({ actions })));
    expect(openFds(child.files!)).toEqual([fd]);
  });

  test('tst-spawn4: a text without an interpreter is ENOEXEC, searched or not', () => {
    const { kernel, shell } = createTestWorld();
    const direct = spawn(kernel, shell, mechanism, request({ path: '/d/text' }));
    const searched = spawn(kernel, shell, mechanism, request({ path: 'text', search: '/d' }));
    expect([direct, searched]).toMatchObject([{ errno: 'ENOEXEC' }, { errno: 'ENOEXEC' }]);
  });

  test.each([
    ['all', [0, 1, 2, 3, 4], 0, []],
    ['half', [0, 1, 2, 3, 4], 2, [0, 1]],
    ['gaps', [0, 3, 7, 40], 5, [0, 3]],
    ['none', [0, 1], 2, [0, 1]],
  ] as const)('tst-spawn5: closefrom closes %s', (_, opened, from, left) => {
    const { kernel, shell } = createTestWorld();
    const fd = openAt(shell, 0);
    for (const to of opened) if (to !== fd) dup2(shell.files!, fd, to, 4096);
    const actions = [{ kind: 'closefrom', fd: from }] as const;
    const { child } = made(spawn(kernel, shell, mechanism, request({ actions })));
    expect(openFds(child.files!)).toEqual(left);
  });

  test('tst-spawn6: tcsetpgrp on what is no terminal is ENOTTY', () => {
    const { kernel, shell } = createTestWorld();
    const fd = openAt(shell, 0);
    const actions = [{ kind: 'tcsetpgrp', fd }] as const;
    expect(spawn(kernel, shell, mechanism, request({ actions }))).toMatchObject({
      errno: 'ENOTTY',
    });
  });

  test('tst-spawn7: handlers go back to their default, ignored signals stay ignored', () => {
    const { kernel, shell } = createTestWorld();
    const action = (handler: 'handler' | 'IGN') => ({ handler, flags: 0, mask: new SigSet() });
    sigaction(shell, SIGNALS.SIGUSR1, action('handler'));
    sigaction(shell, SIGNALS.SIGUSR2, action('IGN'));
    const { child } = made(spawn(kernel, shell, mechanism, request({})));
    expect(child.sighand.signalsThat('handler')).toEqual([]);
    expect(child.sighand.signalsThat('IGN')).toContain(SIGNALS.SIGUSR2);
  });

  test('tst-spawn-chdir: a relative program is found from the new directory', () => {
    const { kernel, shell } = createTestWorld();
    const actions = [{ kind: 'chdir', path: '/d' }] as const;
    const { child } = made(spawn(kernel, shell, mechanism, request({ path: './tool', actions })));
    expect(dPath(child.fs!.pwd, child.fs!.root)).toBe('/d');
    expect(dPath(shell.fs!.pwd, shell.fs!.root)).toBe('/');
  });

  test.each([
    [POSIX_SPAWN.POSIX_SPAWN_SETSID, true],
    [0, false],
  ])('tst-posix_spawn-setsid: flags %i give a session of its own: %s', (flags, own) => {
    const { kernel, shell } = createTestWorld();
    const attributes = { flags };
    const { child } = made(spawn(kernel, shell, mechanism, request({ attributes })));
    expect(child.group.session === child.pid).toBe(own);
  });

  test('a session leader with its terminal stays alone with it', () => {
    const { kernel, shell } = createTestWorld();
    made(setsid(kernel, shell));
    const tty = new Tty('tty');
    expect(setControllingTty(kernel, shell, tty)).toBeUndefined();
    const attributes = { flags: POSIX_SPAWN.POSIX_SPAWN_SETSID };
    const { child } = made(spawn(kernel, shell, mechanism, request({ attributes })));
    expect([child.group.tty, shell.group.tty]).toEqual([undefined, tty]);
  });
});

test('tst-posix_spawn-cgroup: a descriptor that is none is EBADF', () => {
  const { kernel, shell } = createTestWorld();
  const attributes = { flags: POSIX_SPAWN.POSIX_SPAWN_SETCGROUP, cgroup: 99 };
  expect(spawn(kernel, shell, GLIBC_2_39, request({ attributes }))).toMatchObject({
    errno: 'EBADF',
  });
});
