// The conformance catalogue for posix_spawn: what glibc's and musl's own tests assert, in our words, on
// every mechanism that offers the call.
import { isRefusal } from '@forkless/errors';
import {
  Cgroup,
  createAnonFs,
  dPath,
  dup2,
  fileAt,
  foregroundGroup,
  groupNumberOf,
  installCgroup,
  installProgram,
  mkdir,
  open,
  O_CLOEXEC,
  openFds,
  openPty,
  read,
  RLIMITS,
  setControllingTty,
  setrlimit,
  setsid,
  sigaction,
  SIGNALS,
  SigSet,
  Tty,
  ttyAt,
  write,
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

  test('tst-spawn4-compat: the call of before 2.15 ran a shell; this one never does', () => {
    const { kernel, shell } = createTestWorld();
    installProgram(kernel.init, '/bin/sh');
    const answer = spawn(kernel, shell, mechanism, request({ path: 'text', search: '/d:/bin' }));
    expect([answer, shell.children]).toMatchObject([{ errno: 'ENOEXEC' }, []]);
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

  test('tst-spawn: a description opened for reading alone refuses a write, wherever it is', () => {
    const { kernel, shell } = createTestWorld();
    const actions = [
      { kind: 'open', fd: 5, path: '/d/text', flags: 0, mode: 0 },
      { kind: 'dup2', fd: 5, to: 8 },
    ] as const;
    const { child } = made(spawn(kernel, shell, mechanism, request({ actions })));
    expect(write(child.files!, 8, Uint8Array.of(1))).toMatchObject({ errno: 'EBADF' });
    expect(read(child.files!, 5, 1)).toEqual(Uint8Array.of(104));
    expect(read(child.files!, 8, 1)).toEqual(Uint8Array.of(105));
  });

  test('tst-spawn6: tcsetpgrp on what is no terminal is ENOTTY, on what is not open EBADF', () => {
    const { kernel, shell } = createTestWorld();
    const fd = openAt(shell, 0);
    const answer = (of: number) =>
      spawn(kernel, shell, mechanism, request({ actions: [{ kind: 'tcsetpgrp', fd: of }] }));
    expect([answer(fd), answer(99)]).toMatchObject([{ errno: 'ENOTTY' }, { errno: 'EBADF' }]);
  });

  test.each([
    ['alone the group it is in', 0],
    ['with SETPGROUP the child’s own', POSIX_SPAWN.POSIX_SPAWN_SETPGROUP],
  ])('tst-spawn6: tcsetpgrp brings to the foreground %s; then the terminal closes', (_, flags) => {
    const { kernel, shell } = createTestWorld();
    made(setsid(kernel, shell));
    const { slave } = made(openPty({ ...callerOf(shell), anon: createAnonFs() }));
    const tty = made(ttyAt(shell.files!, slave)) as Tty;
    expect(setControllingTty(kernel, shell, tty)).toBeUndefined();
    // As a shell does: a child in the background may take the terminal.
    sigaction(shell, SIGNALS.SIGTTOU, { handler: 'IGN', flags: 0, mask: new SigSet() });
    const actions = [
      { kind: 'tcsetpgrp', fd: slave },
      { kind: 'close', fd: slave },
    ] as const;
    const attributes = { flags, pgroup: 0 };
    const { child } = made(spawn(kernel, shell, mechanism, request({ actions, attributes })));
    expect(foregroundGroup(shell, tty)).toBe(groupNumberOf(kernel, child, 0, 'pgrp'));
    expect(child.group.pgrp === child.pid).toBe(flags !== 0);
    expect(isRefusal(fileAt(child.files!, slave))).toBe(true);
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

  test('tst-spawn-chdir: in order, by path and by descriptor, and the parent stays', () => {
    const { kernel, shell } = createTestWorld();
    mkdir(callerOf(shell), '/d/sub', 0o755);
    const fd = made(open(callerOf(shell), '/empty', { flags: 0 })) as number;
    const ends = (actions: SpawnRequest['actions'] & object) => {
      const { child } = made(spawn(kernel, shell, mechanism, request({ actions })));
      return dPath(child.fs!.pwd, child.fs!.root);
    };
    const chdir = (path: string) => ({ kind: 'chdir', path }) as const;
    expect(ends([chdir('/d'), chdir('sub')])).toBe('/d/sub');
    expect(ends([chdir('/d/sub'), chdir('..'), chdir('sub')])).toBe('/d/sub');
    expect(ends([chdir('/d'), { kind: 'fchdir', fd }])).toBe('/empty');
    expect(ends([{ kind: 'fchdir', fd }, chdir('../d')])).toBe('/d');
    const wrong = { actions: [chdir('sub')] };
    expect(spawn(kernel, shell, mechanism, request(wrong))).toMatchObject({ errno: 'ENOENT' });
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

describe('posix_spawn into a control group', () => {
  const attributes = (cgroup: number) => ({ flags: POSIX_SPAWN.POSIX_SPAWN_SETCGROUP, cgroup });

  test('tst-posix_spawn-cgroup: a descriptor that is none is EBADF', () => {
    const { kernel, shell } = createTestWorld();
    const file = openAt(shell, 0);
    for (const cgroup of [99, file]) {
      const asked = request({ attributes: attributes(cgroup) });
      expect(spawn(kernel, shell, GLIBC_2_39, asked)).toMatchObject({ errno: 'EBADF' });
    }
    expect(shell.children).toEqual([]);
  });

  test('tst-posix_spawn-cgroup: −1 is EINVAL, as no descriptor can be', () => {
    const { kernel, shell } = createTestWorld();
    const asked = request({ attributes: attributes(-1) });
    expect(spawn(kernel, shell, GLIBC_2_39, asked)).toMatchObject({ errno: 'EINVAL' });
  });

  test('tst-posix_spawn-cgroup: the child is in the group, its parent is not', () => {
    const { kernel, shell } = createTestWorld();
    const group = new Cgroup('tool', shell.cgroups.unified);
    installCgroup(shell.files!, 4, group);
    const asked = request({ attributes: attributes(4) });
    const { child } = made(spawn(kernel, shell, GLIBC_2_39, asked));
    expect([child.cgroups.unified, shell.cgroups.unified === group]).toEqual([group, false]);
    // The attribute is plain data: it reads as it was written.
    expect(asked.attributes?.cgroup).toBe(4);
  });
});
