import {
  boot,
  closeFd,
  createFiles,
  dPath,
  exitGroupWith,
  FD_CLOEXEC,
  fork,
  installProgram,
  mkdir,
  open,
  openFds,
  pidSeenBy,
  RLIMITS,
  setresuid,
  setrlimit,
  SIGNALS,
  SigSet,
  wait4,
  WAIT,
  type Kernel,
  type Task,
} from '@forkless/task';
import { describe, expect, test } from 'vitest';
import {
  grantFds,
  openPristine,
  PRISTINE_DEFAULTS,
  ObjectLedger,
  setAffinity,
  setCred,
  setDirectory,
  setGroup,
  setMempolicy,
  setNamespaces,
  setSession,
  setSignals,
  setUmask,
  type PristineBuilder,
} from '../src/index.ts';
import { made } from './world.ts';

const PROGRAM = { path: '/bin/tool', argv: ['tool'], envp: [] } as const;

function createWorld(): { readonly kernel: Kernel; readonly shell: Task } {
  const memory = {
    nodes: [0, 1].map((node) => ({ node, pages: 1 << 20 })),
    fallbackOrder: (node: number) => [node, 1 - node],
    nodeOfCpu: (cpu: number) => cpu,
  };
  const kernel = boot({ possibleCpuCount: 2, memory, files: createFiles({ knowsClofork: true }) });
  const looker = { cred: kernel.init.cred, fs: kernel.init.fs!, node: 0 };
  for (const directory of ['/bin', '/d']) mkdir(looker, directory, 0o755);
  installProgram(kernel.init, '/bin/tool');
  return { kernel, shell: made(fork(kernel, kernel.init)) };
}

/** What of a kernel a builder that comes to nothing must leave as it was. */
function countsOf({ memory, tasks, ucounts, cgroupRoots, pids, init }: Kernel) {
  return {
    tasks: tasks.size,
    counted: ucounts.of(init.cred.userNs, 0).taskCount,
    charged: cgroupRoots.pids.pidsCurrent,
    numbers: pids.initial.pidAllocated,
    tables: memory.tables.inUse,
    free: [...memory.zones.free],
  };
}

function callerOf({ cred, fs, files }: Task) {
  return { cred, fs: fs!, files: files!, node: 0, limit: 1024 };
}

describe.each(['parent', 'child'] as const)('a pristine child populated by its %s', (executor) => {
  const opened = (world = createWorld()) => {
    const { fd, builder } = made(openPristine(world.kernel, world.shell, { executor }));
    return { ...world, fd, builder };
  };
  const started = (builder: PristineBuilder): Task => made(builder.start());

  test('comes from empty over placed, populated and loaded to started', () => {
    const { builder, shell } = opened();
    const states = [builder.state];
    const note = (answer: unknown) => {
      expect(answer).toBeUndefined();
      states.push(builder.state);
    };
    note(builder.place({ node: 1 }));
    note(setUmask(builder, 0o077));
    note(builder.load(PROGRAM));
    expect(builder.refuseAsProcess()).toMatchObject({ errno: 'ESRCH' });
    const child = started(builder);
    states.push(builder.state);
    expect(states).toEqual(['empty', 'placed', 'populated', 'loaded', 'started']);
    expect([child.comm, child.node, child.fs!.umask, child.parent]).toEqual([
      'tool',
      1,
      0o077,
      shell,
    ]);
    expect(builder.refuseAsProcess()).toBeUndefined();
  });

  test('has nothing that nobody granted', () => {
    const { kernel, shell, builder } = opened();
    made(open(callerOf(shell), '/bin/tool', { flags: 0, mode: 0 }));
    shell.blocked.add(SIGNALS.SIGTERM);
    shell.mempolicy = { mode: 1, nodes: 1 };
    made(builder.load(PROGRAM) ?? {});
    const child = started(builder);
    expect(openFds(child.files!)).toEqual([]);
    expect(child.blocked.toArray()).toEqual([]);
    expect(child.mempolicy).toBeNull();
    expect(child.cred).toEqual(shell.cred);
    expect(child.group.session).toBe(shell.group.session);
    expect(kernel.find(kernel.init, pidSeenBy(child, kernel.init))).toBe(child);
    expect(PRISTINE_DEFAULTS.find(({ part }) => part === 'descriptors')!.isUnasked).toBe('none');
  });

  test('is waited for like any other', () => {
    const { kernel, shell, builder } = opened();
    builder.load(PROGRAM);
    const child = started(builder);
    exitGroupWith(kernel, child, 3);
    expect(wait4(kernel, shell, -1)).toMatchObject({ waitStatus: 3 << 8 });
    expect(wait4(kernel, shell, -1)).toMatchObject({ errno: 'ECHILD' });
  });

  test('gets what it is given', () => {
    const { shell, builder } = opened();
    const fd = made(open(callerOf(shell), '/bin/tool', { flags: 0, mode: 0 })) as number;
    expect(
      grantFds(builder, [
        { from: fd, to: 0 },
        { from: fd, to: 9, cloexec: true },
      ]),
    ).toBeUndefined();
    setDirectory(builder, '/d');
    setSignals(builder, { mask: SigSet.of([SIGNALS.SIGUSR1]), ignored: [SIGNALS.SIGHUP] });
    setMempolicy(builder, { mode: 1, nodes: 2 });
    setNamespaces(builder, ['uts']);
    setSession(builder);
    builder.load(PROGRAM);
    const child = started(builder);
    expect(openFds(child.files!)).toEqual([0]);
    expect(dPath(child.fs!.pwd, child.fs!.root)).toBe('/d');
    expect(child.blocked.toArray()).toEqual([SIGNALS.SIGUSR1]);
    expect(child.sighand.action(SIGNALS.SIGHUP).handler).toBe('IGN');
    expect(child.mempolicy).toEqual({ mode: 1, nodes: 2 });
    expect(child.nsproxy.uts).not.toBe(shell.nsproxy.uts);
    expect([child.group.session, child.nsproxy.net]).toEqual([child.pid, shell.nsproxy.net]);
  });

  test('takes calls through its handle before it runs', () => {
    const { builder } = opened();
    const answer = builder.remote('open', (_child, caller) => {
      const fd = open(caller, '/bin/tool', { flags: 0, mode: 0 });
      return typeof fd === 'number' ? undefined : (fd as never);
    });
    expect(answer).toBeUndefined();
    builder.load(PROGRAM);
    expect(openFds(started(builder).files!)).toEqual([0]);
  });

  test('that is aborted leaves nothing behind', () => {
    const world = createWorld();
    const before = countsOf(world.kernel);
    const { fd, builder } = made(openPristine(world.kernel, world.shell, { executor }));
    setUmask(builder, 0);
    builder.load(PROGRAM);
    closeFd(world.shell.files!, fd);
    expect(builder.state).toBe('aborted');
    expect(countsOf(world.kernel)).toEqual(before);
    expect(builder.start()).toMatchObject({ errno: 'ESRCH' });
    expect(wait4(world.kernel, world.shell, -1, WAIT.WNOHANG)).toMatchObject({ errno: 'ECHILD' });
    expect(world.shell.group.pending.signals.has(SIGNALS.SIGCHLD)).toBe(false);
  });

  test('that cannot start leaves a dead handle and no child', () => {
    const { kernel, shell, builder } = opened();
    builder.load(PROGRAM);
    const before = countsOf(kernel).tasks;
    kernel.threadsMax = before;
    expect(builder.start()).toMatchObject({ errno: 'EAGAIN' });
    expect([builder.state, countsOf(kernel).tasks]).toEqual(['dead', before]);
    expect(builder.start()).toMatchObject({ errno: 'ESRCH' });
    expect(setUmask(builder, 0)).toMatchObject({ errno: 'ESRCH' });
    expect(wait4(kernel, shell, -1, WAIT.WNOHANG)).toMatchObject({ errno: 'ECHILD' });
  });

  test('whose group does not exist does not start, and nobody hears of it', () => {
    const { kernel, shell, builder } = opened();
    const { numbers } = countsOf(kernel);
    setGroup(builder, 4711);
    builder.load(PROGRAM);
    expect(builder.start()).toMatchObject({ errno: 'EPERM' });
    expect([builder.state, countsOf(kernel).numbers]).toEqual(['dead', numbers]);
    expect(shell.group.pending.signals.has(SIGNALS.SIGCHLD)).toBe(false);
  });

  test('starts once, and is not configured after', () => {
    const { builder } = opened();
    expect(builder.start()).toMatchObject({ errno: 'EINVAL' });
    builder.load(PROGRAM);
    started(builder);
    expect(builder.start()).toMatchObject({ errno: 'EBUSY' });
    expect(builder.place('inherit')).toMatchObject({ errno: 'EBUSY' });
    expect(builder.abort()).toMatchObject({ errno: 'EBUSY' });
  });

  test('may not be more than its maker', () => {
    const { kernel, shell, builder } = opened();
    const user = made(setresuid(shell.cred, { real: 1000, effective: 1000, saved: 1000 }));
    expect(setCred(builder, user)).toBeUndefined();
    builder.load(PROGRAM);
    expect(started(builder).cred.uid).toBe(1000);
    expect(kernel.ucounts.of(user.userNs, 1000).taskCount).toBe(1);
    const other = opened();
    const root = other.shell.cred;
    other.shell.cred = user;
    expect(setCred(other.builder, root)).toMatchObject({ errno: 'EPERM' });
    expect(setNamespaces(other.builder, ['net'])).toMatchObject({ errno: 'EPERM' });
  });

  test('has only descriptors that are there, all or none', () => {
    const { shell, builder } = opened();
    const fd = made(open(callerOf(shell), '/bin/tool', { flags: 0, mode: 0 })) as number;
    const both = [
      { from: fd, to: 0 },
      { from: 99, to: 1 },
    ];
    expect(grantFds(builder, both)).toMatchObject({ errno: 'EBADF' });
    expect(grantFds(builder, [{ from: fd, to: 5000 }])).toMatchObject({ errno: 'EBADF' });
    expect(grantFds(builder, [both[0]!, both[0]!])).toMatchObject({ errno: 'EINVAL' });
    builder.load(PROGRAM);
    expect(openFds(started(builder).files!)).toEqual([]);
  });

  test('tries a list of paths as a search does', () => {
    const { builder } = opened();
    builder.load({ ...PROGRAM, path: ['/none', '/bin/tool'] });
    expect(started(builder).comm).toBe('tool');
  });

  test('cannot be placed where no node is, nor bound to CPUs of another', () => {
    const { builder } = opened();
    expect(builder.place({ node: 7 })).toMatchObject({ errno: 'EINVAL' });
    expect(builder.place({ cpus: [9] })).toMatchObject({ errno: 'EINVAL' });
    expect(builder.state).toBe('empty');
    expect(builder.place({ cpus: [1] })).toBeUndefined();
    expect(setAffinity(builder, 0b01n)).toMatchObject({ errno: 'EINVAL' });
    expect(setAffinity(builder, 0b10n)).toBeUndefined();
    expect(setMempolicy(builder, { mode: 2, nodes: 4 })).toMatchObject({ errno: 'EINVAL' });
  });
});

test('a program that cannot be loaded is told at once where the parent works, at the start elsewhere', () => {
  const world = createWorld();
  const eager = made(openPristine(world.kernel, world.shell, { executor: 'parent' })).builder;
  expect(eager.load({ ...PROGRAM, path: '/none' })).toMatchObject({ errno: 'ENOENT' });
  expect(eager.load(PROGRAM)).toBeUndefined();
  expect(made(eager.start()).comm).toBe('tool');
  const later = made(openPristine(world.kernel, world.shell)).builder;
  expect(later.load({ ...PROGRAM, path: '/none' })).toBeUndefined();
  expect(later.start()).toMatchObject({ errno: 'ENOENT' });
  expect(later.state).toBe('dead');
});

test('the number of tasks is checked for the user the child is', () => {
  const { kernel, shell } = createWorld();
  const { builder } = made(openPristine(kernel, shell));
  const user = made(setresuid(shell.cred, { real: 1000, effective: 1000, saved: 1000 }));
  builder.remote('limit', (child) => setrlimit(child, RLIMITS.RLIMIT_NOFILE, { cur: 9, max: 9 }));
  setCred(builder, user);
  builder.load(PROGRAM);
  expect(made(builder.start()).group.rlimits[RLIMITS.RLIMIT_NOFILE]).toEqual({ cur: 9, max: 9 });
});

describe('where the objects of a pristine child lie', () => {
  const placedAfter = (isLate: boolean) => {
    const { kernel, shell } = createWorld();
    const objects = new ObjectLedger();
    const options = { executor: 'parent', awareness: 'L4', objects } as const;
    const { builder } = made(openPristine(kernel, shell, options));
    if (!isLate) builder.place({ node: 1 });
    setUmask(builder, 0);
    if (isLate) builder.place({ node: 1 });
    builder.load(PROGRAM);
    made(builder.start());
    return objects.misplaced(1).rows.map(({ kind }) => kind);
  };

  test('what is made before the place is said stays where it is', () => {
    expect(placedAfter(false)).toEqual([]);
    expect(placedAfter(true)).toEqual([
      'task_struct',
      'thread_stack',
      'cred',
      'kmalloc-16',
      'files_cache',
      'fs_cache',
      'sighand_cache',
      'signal_cache',
    ]);
  });
});

describe('a handle in a program with threads', () => {
  const forkBy = (fdFlags: number) => {
    const { kernel, shell } = createWorld();
    const { fd, builder } = made(openPristine(kernel, shell, { fdFlags }));
    const other = made(fork(kernel, shell));
    closeFd(shell.files!, fd);
    return { builder, carried: openFds(other.files!).includes(fd) };
  };

  test('is carried away by a fork of another thread when it is only close-on-exec', () => {
    const { builder, carried } = forkBy(FD_CLOEXEC);
    expect([carried, builder.state]).toEqual([true, 'empty']);
  });

  test('stays where it is when it is close-on-fork', () => {
    const { kernel, shell } = createWorld();
    const { fd, builder } = made(openPristine(kernel, shell));
    expect(openFds(made(fork(kernel, shell)).files!)).not.toContain(fd);
    closeFd(shell.files!, fd);
    expect(builder.state).toBe('aborted');
  });

  test('is not in another pristine child, which gets only what is granted', () => {
    const { kernel, shell } = createWorld();
    const first = made(openPristine(kernel, shell, { fdFlags: 0 }));
    const { builder } = made(openPristine(kernel, shell));
    builder.load(PROGRAM);
    expect(openFds(made(builder.start()).files!)).not.toContain(first.fd);
  });
});
