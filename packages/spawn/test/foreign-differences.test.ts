// What other libraries and kernels do otherwise than glibc, each by a request that shows it.
import { InvariantError, isRefusal } from '@forkless/errors';
import type { PathNode } from '@forkless/sim';
import {
  blockedPending,
  dup2,
  F_SETFD,
  FD_CLOEXEC,
  fcntl,
  installProgram,
  lookupPath,
  mkdir,
  open as openFile,
  O_CLOEXEC,
  O_CREAT,
  O_WRONLY,
  openFds,
  RLIMITS,
  setrlimit,
  SIGNALS,
  SigSet,
  sigprocmask,
} from '@forkless/task';
import { describe, expect, test } from 'vitest';
import {
  mechanismNamed,
  pathLines,
  POSIX_SPAWN,
  spawn,
  type FileAction,
  type Mechanism,
  type SpawnCall,
  type SpawnRequest,
} from '../src/index.ts';
import { callerOf } from '../src/spawn-call.ts';
import { request } from './asked.ts';
import { createWorld } from './random-requests.ts';
import { made, type TestWorld } from './world.ts';

const GLIBC = 'posix-spawn-2.39';
const MUSL = 'musl-posix-spawn';
const FREEBSD = 'freebsd-posix-spawn';
const NETBSD = 'netbsd-posix-spawn';
const URING = 'io-uring-spawn';
const URING_OPS = 'io-uring-spawn-ops';

/** Spawns in a world where 0, 1 and 6 are open. */
function by(name: string, more: Partial<SpawnRequest>, world: TestWorld = createWorld()) {
  const { kernel, shell } = world;
  return spawn(kernel, shell, mechanismNamed(name)!, request(more));
}

const fdsOf = (result: ReturnType<typeof spawn>): number[] =>
  openFds(made(result).child.files!) as number[];
const steps = (name: string, asks: Partial<SpawnRequest>): string[] =>
  pathLines(mechanismNamed(name)!.pathFor(request(asks)).nodes).map(({ text }) => text);
const open = (fd: number, path: string, flags = 0): FileAction => ({
  kind: 'open',
  fd,
  path,
  flags,
  mode: 0o644,
});

/** In that world the pipe of musl is 2 and 3, and its child keeps 3. */
const PIPE = 3;

describe('musl', () => {
  test('the pipe moves out of the way of an action, and the program has what it asked for', () => {
    for (const action of [{ kind: 'dup2', fd: 0, to: PIPE } as const, open(PIPE, '/d/text')]) {
      const asks = { actions: [action] };
      expect(fdsOf(by(MUSL, asks))).toEqual([0, 1, PIPE, 6]);
      expect(fdsOf(by(GLIBC, asks))).toEqual([0, 1, PIPE, 6]);
    }
  });

  test('an error still comes through a pipe that has moved', () => {
    const actions = [
      { kind: 'close', fd: PIPE },
      { kind: 'close', fd: PIPE - 1 },
      { kind: 'chdir', path: '/none' },
    ] as const;
    const world = createWorld();
    expect(by(MUSL, { actions }, world)).toMatchObject({ errno: 'ENOENT', at: 'chdir /none' });
    expect(openFds(world.shell.files!)).toEqual([0, 1, 6]);
  });

  test('a child that left the pipe where it is could not tell its error', () => {
    const stays = (nodes: readonly PathNode<SpawnCall>[]): PathNode<SpawnCall>[] =>
      nodes.flatMap((node) => {
        if (node.kind === 'when' && node.name === `the pipe is ${PIPE}`) return [];
        return [node.kind === 'attempt' ? { ...node, body: stays(node.body) } : node];
      });
    const musl = mechanismNamed(MUSL)!;
    const planted: Mechanism = {
      ...musl,
      pathFor: (asks) => {
        const whole = musl.pathFor(asks);
        return { ...whole, nodes: stays(whole.nodes) };
      },
    };
    const actions = [
      { kind: 'dup2', fd: 0, to: PIPE },
      { kind: 'chdir', path: '/none' },
    ] as const;
    expect(by(MUSL, { actions })).toMatchObject({ errno: 'ENOENT' });
    const { kernel, shell } = createWorld();
    expect(() => spawn(kernel, shell, planted, request({ actions }))).toThrow(InvariantError);
  });

  test('a duplicate of the pipe is a duplicate of nothing', () => {
    const actions = [{ kind: 'dup2', fd: PIPE, to: 1 }] as const;
    expect(by(MUSL, { actions })).toMatchObject({ errno: 'EBADF', at: 'dup2(3, 1)' });
  });

  test('the pipe has nowhere to go when every number is taken', () => {
    const world = createWorld();
    const { files } = world.shell;
    for (const fd of [4, 5]) dup2(files!, 0, fd, 1024);
    setrlimit(world.shell, RLIMITS.RLIMIT_NOFILE, { cur: 7, max: 7 });
    // 2 and 3 are the last that are free; 2 is again once the child has closed the reading end.
    const asks = { actions: [open(2, '/d/text'), { kind: 'dup2', fd: 0, to: PIPE } as const] };
    expect(by(MUSL, asks, world)).toMatchObject({ errno: 'EMFILE', at: 'move the pipe' });
    expect(fdsOf(by(GLIBC, asks, world))).toEqual([0, 1, 2, PIPE, 4, 5, 6]);
  });

  test('a pipe for which there is no room is refused before a child is made', () => {
    const world = createWorld();
    for (const fd of [2, 3, 4]) dup2(world.shell.files!, 0, fd, 1024);
    setrlimit(world.shell, RLIMITS.RLIMIT_NOFILE, { cur: 6, max: 6 });
    expect(by(MUSL, {}, world)).toMatchObject({ errno: 'EMFILE', at: 'open a pipe for the error' });
    expect(world.shell.blocked.isEmpty).toBe(true);
    expect(isRefusal(by(GLIBC, {}, world))).toBe(false);
  });

  test('an open onto the number of the pipe keeps its close-on-exec flag, as it comes out right at once', () => {
    const asks = { actions: [open(PIPE, '/d/text', O_CLOEXEC)] };
    expect(fdsOf(by(MUSL, asks))).toEqual([0, 1, 6]);
    expect(fdsOf(by(GLIBC, asks))).toEqual([0, 1, PIPE, 6]);
  });

  test('a session comes before a group, the group id before the user id, the mask after the actions', () => {
    const { POSIX_SPAWN_SETSID, POSIX_SPAWN_SETPGROUP, POSIX_SPAWN_RESETIDS } = POSIX_SPAWN;
    const flags = POSIX_SPAWN_SETSID | POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_RESETIDS;
    const asks = { attributes: { flags }, actions: [{ kind: 'close', fd: 0 }] } as const;
    const mine = steps(MUSL, asks).filter((text) =>
      /child: (session|group|ids|close\(|signal mask)/.test(text),
    );
    expect(mine).toEqual([
      'child: session',
      'child: group',
      'child: ids',
      'child: close(0)',
      'child: signal mask',
    ]);
  });

  test('without PATH it looks in /usr/local/bin first', () => {
    const world = createWorld();
    const looker = callerOf(world.shell);
    for (const directory of ['/usr', '/usr/local', '/usr/local/bin'])
      mkdir(looker, directory, 0o755);
    installProgram(world.kernel.init, '/usr/local/bin/other');
    const asks = { path: 'other', search: null };
    expect(made(by(MUSL, asks, world)).child.comm).toBe('other');
    expect(by(GLIBC, asks, world)).toMatchObject({ errno: 'ENOENT' });
  });

  test('an overlong element of PATH is passed over, and nothing is tried instead', () => {
    const asks = {
      path: 'tool',
      search: `/${'l'.repeat(5000)}:/none`,
      actions: [{ kind: 'chdir', path: '/d' }],
    } as const;
    expect(by(MUSL, asks)).toMatchObject({ errno: 'ENOENT' });
    expect(made(by(GLIBC, asks)).child.comm).toBe('tool');
  });
});

describe('FreeBSD', () => {
  test('the group comes before the policy', () => {
    const { POSIX_SPAWN_SETPGROUP, POSIX_SPAWN_SETSCHEDULER } = POSIX_SPAWN;
    const flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSCHEDULER;
    const asks = { attributes: { flags, pgroup: 999, policy: 1, priority: 1000 } };
    for (const name of [FREEBSD, NETBSD]) {
      expect(by(name, asks)).toMatchObject({ errno: 'EPERM', at: 'group' });
    }
    expect(by(GLIBC, asks)).toMatchObject({ errno: 'EINVAL', at: 'policy' });
  });

  test('ids, mask and defaults come before the actions, and signals are not blocked meanwhile', () => {
    const { POSIX_SPAWN_SETSIGMASK, POSIX_SPAWN_SETSIGDEF, POSIX_SPAWN_RESETIDS } = POSIX_SPAWN;
    const asks = {
      attributes: {
        flags: POSIX_SPAWN_RESETIDS | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF,
        sigmask: SigSet.of([SIGNALS.SIGTERM]),
        sigdefault: SigSet.of([SIGNALS.SIGINT]),
      },
      actions: [{ kind: 'chdir', path: '/d' }],
    } as const;
    for (const name of [FREEBSD, NETBSD]) {
      const mine = steps(name, asks)
        .map((text) => text.replace(/^(kernel for )?child: /, ''))
        .filter((text) => /^(ids|signal mask|signals to|chdir)/.test(text));
      expect(mine).toEqual(['ids', 'signal mask', 'signals to their defaults', 'chdir /d']);
      expect(steps(name, asks).some((text) => text.includes('block all'))).toBe(false);
    }
  });

  test('what an action opens stays open, close-on-exec or not', () => {
    const asks = { actions: [open(2, '/d/text', O_CLOEXEC)] };
    expect(fdsOf(by(FREEBSD, asks))).toEqual([0, 1, 2, 6]);
    expect(fdsOf(by(GLIBC, asks))).toEqual([0, 1, 6]);
  });

  test('a search that finds no program but a text runs the shell on it', () => {
    const withShell = (): TestWorld => {
      const world = createWorld();
      installProgram(world.kernel.init, '/bin/sh');
      return world;
    };
    for (const asks of [
      { path: 'text', search: '/empty:/d' },
      { path: '/d/text', search: '/d' },
    ]) {
      expect(made(by(FREEBSD, asks, withShell())).child.comm).toBe('sh');
      expect(by(GLIBC, asks, withShell())).toMatchObject({ errno: 'ENOEXEC' });
    }
    const plain = { path: '/d/text' };
    expect(by(FREEBSD, plain, withShell())).toMatchObject({ errno: 'ENOEXEC' });
  });

  test('a search that came upon no directory ends with ENOENT', () => {
    const asks = { path: 'tool', search: '/d/text' };
    expect(by(FREEBSD, asks)).toMatchObject({ errno: 'ENOENT' });
    for (const name of [GLIBC, MUSL]) expect(by(name, asks)).toMatchObject({ errno: 'ENOTDIR' });
  });

  test('a close of a number beyond all limits is fine', () => {
    const asks = { actions: [{ kind: 'close', fd: 100_000 }] } as const;
    expect(isRefusal(by(FREEBSD, asks))).toBe(false);
    expect(by(GLIBC, asks)).toMatchObject({ errno: 'EBADF' });
  });
});

describe('NetBSD', () => {
  test('a program that is not there is noticed before any action', () => {
    const asks = { path: '/none', actions: [{ kind: 'dup2', fd: 9, to: 1 }] } as const;
    expect(by(NETBSD, asks)).toMatchObject({ errno: 'ENOENT', at: 'exec /none' });
    expect(by(GLIBC, asks)).toMatchObject({ errno: 'EBADF', at: 'dup2(9, 1)' });
  });

  test("a relative program is one of the caller's directory", () => {
    const actions = [{ kind: 'chdir', path: '/d' }] as const;
    const here = { path: 'bin/tool', actions };
    expect(made(by(NETBSD, here)).child.comm).toBe('tool');
    expect(by(GLIBC, here)).toMatchObject({ errno: 'ENOENT' });
    const there = { path: 'tool', actions };
    expect(by(NETBSD, there)).toMatchObject({ errno: 'ENOENT' });
    expect(made(by(GLIBC, there)).child.comm).toBe('tool');
  });

  test('a close of nothing is EBADF, a duplicate onto itself keeps close-on-exec', () => {
    expect(by(NETBSD, { actions: [{ kind: 'close', fd: 9 }] })).toMatchObject({ errno: 'EBADF' });
    for (const [name, fds] of [
      [NETBSD, [0, 1]],
      [GLIBC, [0, 1, 6]],
      [FREEBSD, [0, 1, 6]],
      [MUSL, [0, 1, 6]],
    ] as const) {
      const world = createWorld();
      fcntl(callerOf(world.shell), 6, F_SETFD, FD_CLOEXEC);
      const asks = { actions: [{ kind: 'dup2', fd: 6, to: 6 }] } as const;
      expect(fdsOf(by(name, asks, world))).toEqual(fds);
    }
  });

  test('a bare priority becomes that of the caller', () => {
    const flags = POSIX_SPAWN.POSIX_SPAWN_SETSCHEDPARAM;
    for (const [name, caller, child] of [
      [NETBSD, 7, 5],
      [GLIBC, 5, 7],
    ] as const) {
      const world = createWorld();
      world.shell.sched = { ...world.shell.sched, policy: 1, priority: 5 };
      const result = made(by(name, { attributes: { flags, priority: 7 } }, world));
      expect([world.shell.sched.priority, result.child.sched.priority]).toEqual([caller, child]);
    }
  });

  test('no memory is copied or borrowed, and one call is made', () => {
    const texts = steps(NETBSD, {});
    expect(texts).toContain('an empty memory');
    expect(texts.filter((text) => text.includes('enter the kernel'))).toHaveLength(1);
  });

  test('the program is let go of after a refusal', () => {
    const world = createWorld();
    const asks = { actions: [{ kind: 'dup2', fd: 9, to: 1 }] } as const;
    const reader = by(NETBSD, { ...asks, attributes: { flags: 0 } }, world);
    expect(reader).toMatchObject({ errno: 'EBADF' });
    expect(openFile(callerOf(world.shell), '/bin/tool', { flags: O_WRONLY })).toBe(2);
  });

  test('a writer is kept away from the program between the check and the exec', () => {
    const asks = { actions: [open(2, '/bin/tool', O_WRONLY)] };
    expect(by(NETBSD, asks)).toMatchObject({ errno: 'ETXTBSY', at: 'open /bin/tool as 2' });
  });
});

describe('io_uring', () => {
  test('one operation that does not exist, and nothing of the chain is done', () => {
    const actions = [
      open(2, '/d/new', O_WRONLY | O_CREAT),
      { kind: 'dup2', fd: 9, to: 1 },
    ] as const;
    for (const [name, errno, at, isMade] of [
      [URING, 'EINVAL', 'dup2(9, 1), which io_uring has not', false],
      [URING_OPS, 'EBADF', 'dup2(9, 1)', true],
      [GLIBC, 'EBADF', 'dup2(9, 1)', true],
    ] as const) {
      const world = createWorld();
      expect(by(name, { actions }, world)).toMatchObject({ errno, at });
      const place = lookupPath(callerOf(world.shell), '/d/new');
      expect(!isRefusal(place) && place.dentry.inode !== null).toBe(isMade);
    }
  });

  test('a file comes out at the lowest number, or the chain is refused', () => {
    expect(fdsOf(by(URING, { actions: [open(2, '/d/text'), open(3, '/d/text')] }))).toEqual([
      0, 1, 2, 3, 6,
    ]);
    expect(fdsOf(by(URING, { actions: [open(1, '/d/text')] }))).toEqual([0, 1, 6]);
    expect(by(URING, { actions: [open(4, '/d/text')] })).toMatchObject({ errno: 'EINVAL' });
  });

  test('a search goes on after every error, and ends with the first that goes well', () => {
    const asks = { path: 'text', search: '/d:/bin' };
    for (const name of [URING, URING_OPS, GLIBC]) {
      const world = createWorld();
      installProgram(world.kernel.init, '/bin/text');
      const result = by(name, asks, world);
      if (name === GLIBC) expect(result).toMatchObject({ errno: 'ENOEXEC' });
      else expect(made(result).child.comm).toBe('text');
    }
  });

  test('a child that fails sends no signal, one that runs will', () => {
    for (const [name, hears] of [
      [URING, false],
      [GLIBC, true],
    ] as const) {
      const world = createWorld();
      const mask = SigSet.of([SIGNALS.SIGCHLD]);
      sigprocmask(world.shell, 'SIG_BLOCK', mask);
      expect(by(name, { path: '/none' }, world)).toMatchObject({ errno: 'ENOENT' });
      expect(blockedPending(world.shell).has(SIGNALS.SIGCHLD)).toBe(hears);
      expect(made(by(name, {}, world)).child.exitSignal).toBe(SIGNALS.SIGCHLD);
    }
  });
});
