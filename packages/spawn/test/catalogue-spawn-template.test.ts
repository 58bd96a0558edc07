// What the selftest of the spawn_template RFC asserts, in our words, through its two calls. Its test is
// known by what it does, so the names are ours.
import { isRefusal } from '@forkless/errors';
import {
  chdir,
  closeFd,
  deliverSignals,
  dPath,
  dup2,
  exitGroupWith,
  fileAt,
  ID_TYPES,
  installProgram,
  isCloexec,
  mkdir,
  open,
  openFds,
  pidfdAt,
  pidfdPoll,
  pidfdSendSignal,
  POLLIN,
  programOf,
  setresuid,
  changeCred,
  sigaction,
  SIGNALS,
  SigSet,
  sigprocmask,
  wait4,
  waitid,
  WAIT,
  type Task,
} from '@forkless/task';
import { describe, expect, test } from 'vitest';
import {
  SPAWN_TEMPLATE_CLOEXEC,
  SPAWN_TEMPLATE_INHERIT_FDS,
  spawnTemplateCreate,
  spawnTemplateSpawn,
  TEMPLATE_CREATE_SIZE,
  type Spawned,
  type TemplateAction,
  type TemplateCreateArgs,
  type TemplateSpawnArgs,
} from '../src/index.ts';
import { callerOf } from '../src/spawn-call.ts';
import { createTestWorld, made, type TestWorld } from './world.ts';

const FILENAME = '/bin/tool';
const action = (handler: 'handler' | 'IGN') => ({ handler, flags: 0, mask: new SigSet() }) as const;

function openAt(task: Task, path: string, fd: number): void {
  const opened = made(open(callerOf(task), path, { flags: 0 })) as number;
  if (opened === fd) return;
  dup2(task.files!, opened, fd, 1024);
  closeFd(task.files!, opened);
}

function spawnFrom(
  { kernel, shell }: TestWorld,
  fd: number,
  args: Partial<TemplateSpawnArgs> = {},
): Spawned {
  const pidfd = { value: -1 };
  const told = { pidfd, argv: ['tool', 'x'], envp: [], ...args };
  return made(spawnTemplateSpawn(kernel, shell, fd, told)) as Spawned;
}

/** The exit status of a child that did not become its program. */
function statusOf(world: TestWorld, fd: number, actions: readonly TemplateAction[]): number {
  spawnFrom(world, fd, { actions });
  const waited = wait4(world.kernel, world.shell, -1);
  return typeof waited === 'object' && 'waitStatus' in waited ? waited.waitStatus >> 8 : -1;
}

describe('spawn_template selftest', () => {
  test('basic: a child runs the program with the arguments of the call', () => {
    const world = createTestWorld();
    const fd = made(spawnTemplateCreate(world.shell, { filename: FILENAME }));
    expect(isCloexec(world.shell.files!, fd)).toBe(false);
    for (let round = 0; round < 3; round++) {
      const { child } = spawnFrom(world, fd);
      expect([child.comm, child.parent]).toEqual(['tool', world.shell]);
      expect(programOf(child.mm)!.argv.map(({ text }) => text)).toEqual(['tool', 'x']);
    }
    const other = { filename: FILENAME, flags: SPAWN_TEMPLATE_CLOEXEC };
    expect(isCloexec(world.shell.files!, made(spawnTemplateCreate(world.shell, other)))).toBe(true);
  });

  test('relative path: EINVAL, wherever the caller stands', () => {
    const { shell } = createTestWorld();
    chdir(callerOf(shell), '/bin');
    for (const filename of ['tool', './tool', '']) {
      expect(spawnTemplateCreate(shell, { filename })).toMatchObject({ errno: 'EINVAL' });
    }
  });

  test('execfd cross-check: a descriptor or a name, and both lead to the same program', () => {
    const world = createTestWorld();
    const { shell } = world;
    openAt(shell, FILENAME, 5);
    const both = { filename: FILENAME, execfd: 5 };
    expect(spawnTemplateCreate(shell, both)).toMatchObject({ errno: 'EINVAL' });
    expect(spawnTemplateCreate(shell, {})).toMatchObject({ errno: 'EINVAL' });
    expect(spawnTemplateCreate(shell, { execfd: 99 })).toMatchObject({ errno: 'EBADF' });
    openAt(shell, '/d', 6);
    expect(spawnTemplateCreate(shell, { execfd: 6 })).toMatchObject({ errno: 'EACCES' });
    const named = spawnFrom(world, made(spawnTemplateCreate(shell, { filename: FILENAME })));
    const given = spawnFrom(world, made(spawnTemplateCreate(shell, { execfd: 5 })));
    const inode = ({ child }: Spawned) => programOf(child.mm)!.exe.path.dentry.inode;
    expect(inode(given)).toBe(inode(named));
    expect([given.child.comm, named.child.comm]).toEqual(['tool', 'tool']);
  });

  test('default close: from 3 on nothing is left, what the actions opened neither', () => {
    const world = createTestWorld();
    for (const number of [0, 1, 2, 7, 70]) openAt(world.shell, '/d/text', number);
    const fd = made(spawnTemplateCreate(world.shell, { filename: FILENAME }));
    const actions = [{ type: 'dup2', fd: 7, newfd: 9 }] as const;
    const { child } = spawnFrom(world, fd, { actions });
    expect(openFds(child.files!)).toEqual([0, 1, 2]);
  });

  test('close_range max: −1 is the largest number there is', () => {
    const world = createTestWorld();
    for (const number of [0, 1, 2, 7, 70]) openAt(world.shell, '/d/text', number);
    const fd = made(spawnTemplateCreate(world.shell, { filename: FILENAME }));
    const flags = SPAWN_TEMPLATE_INHERIT_FDS;
    const left = (first: number, last: number) => {
      const actions = [{ type: 'close_range', fd: first, newfd: last }] as const;
      return openFds(spawnFrom(world, fd, { flags, actions }).child.files!);
    };
    expect(left(2, -1)).toEqual([0, 1]);
    expect(left(1, 7)).toEqual([0, 70]);
    const actions = [{ type: 'close_range', fd: 5, newfd: 4 }] as const;
    const asked = { pidfd: { value: -1 }, argv: [], envp: [], actions };
    expect(spawnTemplateSpawn(world.kernel, world.shell, fd, asked)).toMatchObject({
      errno: 'EINVAL',
    });
  });

  test('dup2 stdio: 0, 1 and 2 are what the actions made them', () => {
    const world = createTestWorld();
    const { shell } = world;
    const fd = made(spawnTemplateCreate(shell, { filename: FILENAME }));
    openAt(shell, '/d/text', 8);
    const actions = [0, 1, 2].map((newfd) => ({ type: 'dup2', fd: 8, newfd }) as const);
    const { child } = spawnFrom(world, fd, { actions });
    expect(openFds(child.files!)).toEqual([0, 1, 2]);
    for (const number of [0, 1, 2]) {
      expect(fileAt(child.files!, number)).toBe(fileAt(shell.files!, 8));
    }
  });

  test('open stdin: a file is opened at the number that is asked for', () => {
    const world = createTestWorld();
    const fd = made(spawnTemplateCreate(world.shell, { filename: FILENAME }));
    const actions = [{ type: 'open', fd: 0, path: '/d/text' }] as const;
    const { child } = spawnFrom(world, fd, { actions });
    const file = fileAt(child.files!, 0);
    expect(isRefusal(file) ? file.errno : file.path.dentry.name).toBe('text');
    const missing = [{ type: 'open', fd: 0, path: '/none' }] as const;
    expect(statusOf(createTestWorldWith(world), fd, missing)).toBe(127);
  });

  test('fchdir: the child starts in a directory of the caller', () => {
    const world = createTestWorld();
    const fd = made(spawnTemplateCreate(world.shell, { filename: FILENAME }));
    mkdir(callerOf(world.shell), '/d/sub', 0o755);
    openAt(world.shell, '/d/sub', 11);
    const { child } = spawnFrom(world, fd, { actions: [{ type: 'fchdir', fd: 11 }] });
    expect(dPath(child.fs!.pwd, child.fs!.root)).toBe('/d/sub');
    expect(dPath(world.shell.fs!.pwd, world.shell.fs!.root)).toBe('/');
  });

  test('sigmask: the program starts with the mask it was given, else the caller’s', () => {
    const world = createTestWorld();
    const fd = made(spawnTemplateCreate(world.shell, { filename: FILENAME }));
    const sigmask = SigSet.of([SIGNALS.SIGUSR1]);
    expect(spawnFrom(world, fd, { sigmask }).child.blocked.toArray()).toEqual([SIGNALS.SIGUSR1]);
    sigprocmask(world.shell, 'SIG_SETMASK', SigSet.of([SIGNALS.SIGHUP]));
    expect(spawnFrom(world, fd).child.blocked.toArray()).toEqual([SIGNALS.SIGHUP]);
  });

  test('sigdefault: a signal the caller ignores is at its default, another stays ignored', () => {
    const world = createTestWorld();
    const fd = made(spawnTemplateCreate(world.shell, { filename: FILENAME }));
    for (const signal of [SIGNALS.SIGUSR1, SIGNALS.SIGUSR2]) {
      sigaction(world.shell, signal, action('IGN'));
    }
    sigaction(world.shell, SIGNALS.SIGHUP, action('handler'));
    const sigdefault = SigSet.of([SIGNALS.SIGUSR1]);
    const { child } = spawnFrom(world, fd, { sigdefault });
    expect(child.sighand.signalsThat('IGN')).toEqual([SIGNALS.SIGUSR2]);
    expect(child.sighand.signalsThat('handler')).toEqual([]);
  });

  test('inherit flag: descriptors stay, but for those that close at exec', () => {
    const world = createTestWorld();
    const { shell } = world;
    const args = { filename: FILENAME, flags: SPAWN_TEMPLATE_CLOEXEC };
    const fd = made(spawnTemplateCreate(shell, args));
    for (const number of [1, 7]) openAt(shell, '/d/text', number);
    const flags = SPAWN_TEMPLATE_INHERIT_FDS;
    expect(openFds(spawnFrom(world, fd, { flags }).child.files!)).toEqual([1, 7]);
  });

  test('pidfd wait: the child’s pidfd is told, can be polled, signalled and waited with', () => {
    const world = createTestWorld();
    const { kernel, shell } = world;
    const fd = made(spawnTemplateCreate(shell, { filename: FILENAME }));
    const pidfd = { value: -1 };
    const { child } = spawnFrom(world, fd, { pidfd });
    expect(isCloexec(shell.files!, pidfd.value)).toBe(true);
    expect(made(pidfdAt(shell.files!, pidfd.value)).pid).toBe(child.pid);
    expect(pidfdSendSignal(kernel, shell, pidfd.value, SIGNALS.SIGTERM)).toBeUndefined();
    deliverSignals(kernel, child);
    expect(pidfdPoll(kernel, made(pidfdAt(shell.files!, pidfd.value)))).toBe(POLLIN);
    const waited = waitid(kernel, shell, ID_TYPES.P_PIDFD, pidfd.value, WAIT.WEXITED);
    expect(waited).toMatchObject({ status: SIGNALS.SIGTERM });
    const nowhere = { pidfd: null, argv: [], envp: [] };
    expect(spawnTemplateSpawn(kernel, shell, fd, nowhere)).toMatchObject({ errno: 'EINVAL' });
  });

  test.each<[string, TemplateCreateArgs]>([
    ['an address of actions', { actions: 4096 }],
    ['a number of actions', { actionCount: 1 }],
    ['flags of exec', { execFlags: 1 }],
    ['a reserved field', { reserved: 1 }],
    ['a flag nobody knows', { flags: 2 }],
  ])('create actions EINVAL: %s', (_, more) => {
    const { shell } = createTestWorld();
    const before = openFds(shell.files!);
    const answer = spawnTemplateCreate(shell, { filename: FILENAME, ...more });
    expect(answer).toMatchObject({ errno: 'EINVAL' });
    expect(openFds(shell.files!)).toEqual(before);
    // Nobody is kept from writing by a template that was not made.
    expect(installProgram(shell, FILENAME)).toBeUndefined();
  });

  test('script ENOEXEC: by name and by descriptor', () => {
    const { shell } = createTestWorld();
    const script = new TextEncoder().encode('#!/bin/tool\n');
    installProgram(shell, '/d/script', script);
    expect(spawnTemplateCreate(shell, { filename: '/d/script' })).toMatchObject({
      errno: 'ENOEXEC',
    });
    openAt(shell, '/d/script', 5);
    expect(spawnTemplateCreate(shell, { execfd: 5 })).toMatchObject({ errno: 'ENOEXEC' });
  });
});

describe('the two calls of the RFC besides', () => {
  test.each([
    [TEMPLATE_CREATE_SIZE - 1, 'EINVAL'],
    [4097, 'E2BIG'],
  ])('create with a block of %i bytes is %s', (size, errno) => {
    const { shell } = createTestWorld();
    expect(spawnTemplateCreate(shell, { filename: FILENAME }, { size })).toMatchObject({ errno });
  });

  test('spawn: EBADF for what is not open, EINVAL for what is no template', () => {
    const { kernel, shell } = createTestWorld();
    const args = { pidfd: { value: -1 }, argv: [], envp: [] };
    expect(spawnTemplateSpawn(kernel, shell, 99, args)).toMatchObject({ errno: 'EBADF' });
    openAt(shell, '/d/text', 5);
    expect(spawnTemplateSpawn(kernel, shell, 5, args)).toMatchObject({ errno: 'EINVAL' });
  });

  test('spawn: more than 256 actions are E2BIG, and a field without use is EINVAL', () => {
    const { kernel, shell } = createTestWorld();
    const fd = made(spawnTemplateCreate(shell, { filename: FILENAME }));
    const answer = (actions: readonly TemplateAction[]) =>
      spawnTemplateSpawn(kernel, shell, fd, {
        pidfd: { value: -1 },
        argv: [],
        envp: [],
        actions,
      });
    const many = Array.from({ length: 257 }, () => ({ type: 'close', fd: 9 }) as const);
    expect(answer(many)).toMatchObject({ errno: 'E2BIG' });
    const wrong: TemplateAction[] = [
      { type: 'close', fd: 1, newfd: 2 },
      { type: 'close', fd: -1 },
      { type: 'dup2', fd: 1, newfd: -1 },
      { type: 'dup2', fd: 1, newfd: 2, flags: 1 },
      { type: 'fchdir', fd: 1, path: '/d' },
      { type: 'open', fd: 1 },
      { type: 'open', fd: 1, newfd: 3, path: '/d/text' },
    ];
    for (const one of wrong) expect(answer([one])).toMatchObject({ errno: 'EINVAL' });
    expect(shell.children).toEqual([]);
  });

  test('spawn: a new cred is another one, even with the same ids', () => {
    const { kernel, shell } = createTestWorld();
    const fd = made(spawnTemplateCreate(shell, { filename: FILENAME }));
    const ids = { real: 0, effective: 0, saved: 0 };
    changeCred(kernel, shell, made(setresuid(shell.cred, ids)));
    const args = { pidfd: { value: -1 }, argv: [], envp: [] };
    expect(spawnTemplateSpawn(kernel, shell, fd, args)).toMatchObject({ errno: 'EACCES' });
  });

  test('the last close of the descriptor lets writers come again', () => {
    const world = createTestWorld();
    const { kernel, shell } = world;
    made(spawnTemplateCreate(shell, { filename: FILENAME }));
    expect(installProgram(kernel.init, FILENAME)).toMatchObject({ errno: 'ETXTBSY' });
    exitGroupWith(kernel, shell, 0);
    expect(installProgram(kernel.init, FILENAME)).toBeUndefined();
  });
});

/** The same world once its earlier children have been waited for. */
function createTestWorldWith(world: TestWorld): TestWorld {
  const { kernel, shell } = world;
  for (const child of shell.children) exitGroupWith(kernel, child, 0);
  while (shell.children.length > 0) wait4(kernel, shell, -1);
  return world;
}
