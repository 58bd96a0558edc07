// What LTP asserts of clone, clone3, close_range, fork, vfork, execve, execveat and pidfds, in our words,
// where catalogue-clone.test.ts and catalogue-files.test.ts do not say it already.
import { isRefusal } from '@forkless/errors';
import { MAP, mmap, PROT } from '@forkless/mm';
import { pidNumberIn, setLastPid } from '@forkless/pid';
import { describe, expect, test } from 'vitest';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  boot,
  chdir,
  clone,
  clone3,
  cloneFlags,
  closeFd,
  closeRange,
  CLOSE_RANGE_CLOEXEC,
  CLOSE_RANGE_UNSHARE,
  deliverSignals,
  exit,
  exitGroupWith,
  fileAt,
  ID_TYPES,
  installCgroup,
  installProgram,
  isCloexec,
  isOpen,
  memoryOf,
  O_CREAT,
  O_PATH,
  O_RDWR,
  openFds,
  pidfdAt,
  pidfdGetfd,
  pidfdOpen,
  pidfdPoll,
  pidfdSendSignal,
  PIDFD_NONBLOCK,
  pidSeenBy,
  POLLIN,
  programOf,
  read,
  setresuid,
  changeCred,
  sigaction,
  SIGNALS,
  SigSet,
  SLEEPS,
  tidSeenBy,
  unlink,
  vfork,
  wait4,
  WAIT,
  waitid,
  Cgroup,
  write,
  type FilesHolder,
  type Task,
} from '../../src/index.ts';
import { bytes, callerOf, childOf, createWorld, made, opened } from './world.ts';

const SIGCHLD = SIGNALS.SIGCHLD;
const ALL_SHARED = cloneFlags('CLONE_VM', 'CLONE_FS', 'CLONE_FILES', 'CLONE_SIGHAND');
const handled = { handler: 'handler', flags: 0, mask: new SigSet() } as const;
const holder = (task: Task): FilesHolder => task as FilesHolder;

/** The same caller without any right beyond its ids. */
function asNobody(kernel: ReturnType<typeof boot>, task: Task): void {
  const ids = { real: 65_534, effective: 65_534, saved: 65_534 };
  const cred = made(setresuid(task.cred, ids));
  changeCred(kernel, task, { ...cred, capPermitted: 0n, capEffective: 0n });
}

describe('LTP clone', () => {
  test.each([
    ['everything shared', ALL_SHARED, true],
    ['nothing shared', 0n, false],
  ])('clone02: with %s, changes of the child reach the parent accordingly', (_, flags, shared) => {
    const { kernel, shell } = createWorld();
    const fd = opened(shell, '/c/tool');
    const child = made(clone(kernel, shell, flags | BigInt(SIGCHLD)));
    child.mm!.space.memory.write(0, 2);
    chdir(callerOf(child), '/');
    closeFd(child.files!, fd);
    sigaction(child, SIGNALS.SIGUSR2, handled);
    expect(shell.mm!.space.memory.read(0)).toBe(shared ? 2 : 0);
    expect(shell.fs!.pwd === child.fs!.pwd).toBe(shared);
    expect(isOpen(shell.files!, fd)).toBe(!shared);
    expect(shell.sighand.signalsThat('handler')).toEqual(shared ? [SIGNALS.SIGUSR2] : []);
  });

  test('clone03: what clone returns is the number the child finds itself', () => {
    const { kernel, shell } = createWorld();
    const child = made(clone(kernel, shell, BigInt(SIGCHLD)));
    expect(pidSeenBy(child, shell)).toBe(pidSeenBy(child, child));
  });

  test('clone04: a size without a stack is EINVAL; libc refuses a NULL stack itself', () => {
    const { kernel, shell } = createWorld();
    const args = { stack: 0, stackSize: 4096, exitSignal: SIGCHLD };
    expect(clone3(kernel, shell, { args })).toMatchObject({ errno: 'EINVAL' });
  });

  test('clone05: with CLONE_VFORK the parent does not run until the child has ended', () => {
    const { kernel, shell } = createWorld();
    const flags = cloneFlags('CLONE_VM', 'CLONE_VFORK') | BigInt(SIGCHLD);
    const child = made(clone(kernel, shell, flags));
    expect([shell.isRunnable, child.isRunnable]).toEqual([false, true]);
    exit(kernel, child, 0);
    expect(shell.isRunnable).toBe(true);
  });

  test('clone06: the environment, which lies in memory, is the child’s too', () => {
    const { kernel, shell, exec } = createWorld();
    expect(exec('/c/tool', { envp: ['A=1'] })).toBe('running');
    const child = made(clone(kernel, shell, BigInt(SIGCHLD)));
    expect(programOf(child.mm)!.envp).toEqual([{ text: 'A=1', times: 1 }]);
  });

  test('clone08: CLONE_CHILD_SETTID tells the child its number, a thread has its process’s', () => {
    const { kernel, shell } = createWorld();
    const told = { value: 0 };
    const word = cloneFlags('CLONE_CHILD_SETTID') | BigInt(SIGCHLD);
    const child = made(clone(kernel, shell, word, { childTid: told }));
    expect(told.value).toBe(pidSeenBy(child, child));
    const cleared = { value: 7 };
    const thread = cloneFlags('CLONE_THREAD', 'CLONE_SIGHAND', 'CLONE_VM', 'CLONE_CHILD_CLEARTID');
    const other = made(clone(kernel, shell, thread, { childTid: cleared }));
    expect([pidSeenBy(other, shell), tidSeenBy(other, shell)]).toEqual([
      pidSeenBy(shell, shell),
      pidSeenBy(child, shell) + 1,
    ]);
    exit(kernel, other, 0);
    expect(cleared.value).toBe(0);
  });

  test('clone09: CLONE_NEWNET gives a network of its own', () => {
    const { kernel, shell } = createWorld();
    const flags = cloneFlags('CLONE_NEWNET', 'CLONE_VM') | BigInt(SIGCHLD);
    const child = made(clone(kernel, shell, flags));
    expect(child.nsproxy.net).not.toBe(shell.nsproxy.net);
    expect(child.nsproxy.ipc).toBe(shell.nsproxy.ipc);
  });
});

describe('LTP clone3', () => {
  test('clone303: CLONE_INTO_CGROUP makes the child in that group', () => {
    const { kernel, shell } = createWorld();
    const group = new Cgroup('unified', shell.cgroups.unified);
    installCgroup(shell.files!, 9, group);
    const args = { flags: cloneFlags('CLONE_INTO_CGROUP'), cgroup: 9, exitSignal: SIGCHLD };
    const child = made(clone3(kernel, shell, { args }));
    expect(child.cgroups.unified).toBe(group);
    expect(group.taskCount).toBe(1);
  });
});

describe('LTP close_range', () => {
  test('close_range01: UNSHARE with CLOEXEC marks in a table of the caller’s own', () => {
    const { kernel, shell, fill } = createWorld();
    fill(6);
    const other = made(clone(kernel, shell, cloneFlags('CLONE_FILES') | BigInt(SIGCHLD)));
    const flags = CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC;
    closeRange(holder(shell), { first: 3, last: 0xffff_ffff }, flags);
    expect(shell.files).not.toBe(other.files);
    expect([isCloexec(shell.files!, 4), isCloexec(other.files!, 4)]).toEqual([true, false]);
  });

  test('close_range02: a first number far above the table is no error', () => {
    const { shell, fill } = createWorld();
    fill(4);
    expect(closeRange(holder(shell), { first: 0x7fff_ffff, last: 0xffff_ffff }, 0)).toBeNull();
    expect(openFds(shell.files!)).toHaveLength(4);
  });
});

describe('LTP fork', () => {
  test('fork03: the child runs the parent’s program, and the parent waits for its number', () => {
    const { kernel, shell, exec } = createWorld();
    exec('/c/tool');
    const child = childOf(kernel, shell);
    expect(programOf(child.mm)).toBe(programOf(shell.mm));
    exitGroupWith(kernel, child, 0);
    expect(wait4(kernel, shell, -1)).toMatchObject({ pid: pidSeenBy(child, shell), waitStatus: 0 });
  });

  test('fork04: what the child changes of its environment is nobody else’s', () => {
    const { kernel, shell, exec } = createWorld();
    exec('/c/tool', { envp: ['A=1'] });
    shell.mm!.space.memory.write(8, 1);
    const child = childOf(kernel, shell);
    child.mm!.space.memory.write(8, 2);
    expect(shell.mm!.space.memory.read(8)).toBe(1);
    expect(programOf(child.mm)!.envp).toEqual([{ text: 'A=1', times: 1 }]);
  });

  test('fork07: each of many children reads one byte of the one offset', () => {
    const { kernel, shell } = createWorld();
    const fd = opened(shell, '/c/f', O_CREAT | O_RDWR);
    write(shell.files!, fd, bytes('abcdefgh'));
    fileAtOffset(shell, fd, 0);
    const letters = Array.from({ length: 8 }, () => {
      const child = childOf(kernel, shell);
      return String.fromCharCode((read(child.files!, fd, 1) as Uint8Array)[0]!);
    });
    expect(letters.join('')).toBe('abcdefgh');
    expect(read(shell.files!, fd, 1)).toEqual(new Uint8Array(0));
  });

  test('fork08: a close in one child closes neither the parent’s nor another child’s', () => {
    const { kernel, shell } = createWorld();
    const fd = opened(shell, '/c/tool');
    const [one, other] = [childOf(kernel, shell), childOf(kernel, shell)];
    closeFd(one.files!, fd);
    expect([shell, one, other].map(({ files }) => isOpen(files!, fd))).toEqual([true, false, true]);
  });

  test('fork09: a child can close all that its parent had open, up to the limit', () => {
    const { kernel, shell, fill } = createWorld();
    fill(1024);
    const child = childOf(kernel, shell);
    for (const fd of openFds(child.files!)) expect(closeFd(child.files!, fd)).toBeNull();
    expect(openFds(child.files!)).toEqual([]);
    expect(openFds(shell.files!)).toHaveLength(1024);
  });

  test('fork10: parent and child read on where the other stopped', () => {
    const { kernel, shell } = createWorld();
    const fd = opened(shell, '/c/f', O_CREAT | O_RDWR);
    write(shell.files!, fd, bytes('aabbcc'));
    fileAtOffset(shell, fd, 0);
    const child = childOf(kernel, shell);
    read(child.files!, fd, 2);
    expect(read(shell.files!, fd, 2)).toEqual(bytes('bb'));
    expect(read(child.files!, fd, 2)).toEqual(bytes('cc'));
  });

  test('fork13: a number that was just given back is not the next one', () => {
    const { kernel, shell } = createWorld();
    let last = 0;
    for (let round = 0; round < 500; round++) {
      const child = childOf(kernel, shell);
      const number = pidSeenBy(child, shell);
      expect(number).not.toBe(last);
      last = number;
      exitGroupWith(kernel, child, 0);
      wait4(kernel, shell, -1);
    }
  });

  test('fork14: a memory of more than 16 TiB of mappings is copied whole', () => {
    const { kernel, shell } = createWorld();
    const length = 2 ** 40;
    const flags = MAP.PRIVATE | MAP.ANONYMOUS | MAP.NORESERVE;
    for (let mapped = 0; mapped <= 16; mapped++) {
      const prot = mapped % 2 === 0 ? PROT.READ : PROT.READ | PROT.WRITE;
      made(mmap(memoryOf(shell), { length, prot, flags }, kernel.placerOf(shell)));
    }
    const child = childOf(kernel, shell);
    const bytesOf = (task: Task) =>
      [...memoryOf(task).vmas].reduce((sum, { start, end }) => sum + (end - start), 0);
    expect(bytesOf(child)).toBe(bytesOf(shell));
    expect(bytesOf(child)).toBeGreaterThan(16 * length);
  });

  test('fork_procs: a wait returns each of many children once', () => {
    const { kernel, shell } = createWorld();
    const children = Array.from({ length: 64 }, () => childOf(kernel, shell));
    for (const child of children) exitGroupWith(kernel, child, 0);
    const waited = children.map(() => (wait4(kernel, shell, -1) as { pid: number }).pid);
    expect(new Set(waited)).toEqual(new Set(children.map((child) => pidSeenBy(child, shell))));
    expect(wait4(kernel, shell, -1)).toMatchObject({ errno: 'ECHILD' });
  });
});

describe('LTP vfork', () => {
  test('vfork01: umask, root and directory are the parent’s', () => {
    const { kernel, shell } = createWorld();
    shell.fs!.umask = 0o77;
    const child = made(vfork(kernel, shell));
    expect([child.fs!.umask, child.fs!.root, child.fs!.pwd]).toEqual([
      0o77,
      shell.fs!.root,
      shell.fs!.pwd,
    ]);
  });
});

describe('LTP execve', () => {
  test('execve01: the program gets the argument and the environment it was given', () => {
    const { shell, exec } = createWorld();
    expect(exec('/c/tool', { argv: ['tool', 'canary'], envp: ['LTP=1'] })).toBe('running');
    const { argv, envp } = programOf(shell.mm)!;
    expect([argv, envp]).toEqual([
      [
        { text: 'tool', times: 1 },
        { text: 'canary', times: 1 },
      ],
      [{ text: 'LTP=1', times: 1 }],
    ]);
  });

  test('execve02: a user who may not execute it gets EACCES', () => {
    const { kernel, shell, exec } = createWorld();
    opened(shell, '/c/plain', O_CREAT | O_RDWR);
    closeFd(shell.files!, 0);
    installProgram(shell, '/c/private');
    const place = fileAt(shell.files!, opened(shell, '/c/private', O_PATH));
    if (isRefusal(place)) throw new Error(place.reason);
    place.path.dentry.inode!.mode &= ~0o077;
    asNobody(kernel, shell);
    expect(exec('/c/private')).toMatchObject({ errno: 'EACCES' });
  });

  test('execve06: an empty list of arguments becomes one empty argument', () => {
    const { shell, exec } = createWorld();
    expect(exec('/c/tool', { argv: [] })).toBe('running');
    expect(programOf(shell.mm)!.argv).toEqual([{ text: '', times: 1 }]);
  });
});

describe('LTP execveat', () => {
  test.each([
    ['a directory and a name in it', '/c', 0, 'tool', 0],
    ['the working directory', undefined, 0, 'tool', 0],
    ['an absolute path, whatever the descriptor', undefined, 0, '/c/tool', 0],
    ['a place and nothing else', '/c/tool', O_PATH, '', AT_EMPTY_PATH],
  ])('execveat01: from %s', (_, base, openFlags, path, flags) => {
    const { shell, exec } = createWorld();
    const dirfd = base === undefined ? AT_FDCWD : opened(shell, base, openFlags);
    expect(exec(path, { dirfd: path.startsWith('/') ? -1 : dirfd, flags })).toBe('running');
  });

  test.each([
    ['EBADF', { path: '', dirfd: -1, flags: AT_EMPTY_PATH }],
    ['EINVAL', { path: '/c/tool', dirfd: 0, flags: -1 }],
    ['ENOTDIR', { path: 'c/tool', dirfd: 0, flags: 0 }],
  ])('execveat02: %s', (errno, request) => {
    const { shell, exec } = createWorld();
    expect(opened(shell, '/c/tool', O_PATH)).toBe(0);
    expect(exec(request.path, request)).toMatchObject({ errno });
  });

  test('execveat03: a place whose name is gone can be executed', () => {
    const { shell, exec } = createWorld();
    const dirfd = opened(shell, '/c/tool', O_PATH);
    unlink(callerOf(shell), '/c/tool');
    expect(exec('', { dirfd, flags: AT_EMPTY_PATH })).toBe('running');
  });
});

describe('LTP pidfd_open', () => {
  test('pidfd_open01: a descriptor for oneself, close-on-exec', () => {
    const { kernel, shell } = createWorld();
    const fd = made(pidfdOpen(kernel, shell, pidSeenBy(shell, shell)));
    expect(isCloexec(shell.files!, fd)).toBe(true);
  });

  test.each([
    ['a number nobody has', 9999, 0, 'ESRCH'],
    ['a negative number', -1, 0, 'EINVAL'],
    ['an unknown flag', 1, 1, 'EINVAL'],
  ])('pidfd_open02: %s', (_, number, flags, errno) => {
    const { kernel, shell } = createWorld();
    expect(pidfdOpen(kernel, shell, number, flags)).toMatchObject({ errno });
  });

  test('pidfd_open03: readable at the end of the child', () => {
    const { kernel, shell } = createWorld();
    const child = childOf(kernel, shell);
    const fd = made(pidfdOpen(kernel, shell, pidSeenBy(child, shell)));
    const pidfd = made(pidfdAt(shell.files!, fd));
    expect(pidfdPoll(kernel, pidfd)).toBe(0);
    exitGroupWith(kernel, child, 0);
    expect(pidfdPoll(kernel, pidfd)).toBe(POLLIN);
  });

  test('pidfd_open04: waiting through a non-blocking pidfd is EAGAIN while the child runs', () => {
    const { kernel, shell } = createWorld();
    const child = childOf(kernel, shell);
    const fd = made(pidfdOpen(kernel, shell, pidSeenBy(child, shell), PIDFD_NONBLOCK));
    const wait = () => waitid(kernel, shell, ID_TYPES.P_PIDFD, fd, WAIT.WEXITED);
    expect(wait()).toMatchObject({ errno: 'EAGAIN' });
    exitGroupWith(kernel, child, 3);
    expect(wait()).toMatchObject({ status: 3 });
    const plain = childOf(kernel, shell);
    const sleeping = made(pidfdOpen(kernel, shell, pidSeenBy(plain, shell)));
    expect(waitid(kernel, shell, ID_TYPES.P_PIDFD, sleeping, WAIT.WEXITED)).toBe(SLEEPS);
  });
});

describe('LTP pidfd_getfd', () => {
  function worldWithPidfd() {
    const { kernel, shell } = createWorld();
    const child = childOf(kernel, shell);
    const target = opened(child, '/c/tool');
    const pidfd = made(pidfdOpen(kernel, shell, pidSeenBy(child, shell)));
    return { kernel, shell, child, target, pidfd };
  }

  test('pidfd_getfd01: the same open file, close-on-exec', () => {
    const { kernel, shell, child, target, pidfd } = worldWithPidfd();
    const fd = made(pidfdGetfd(kernel, shell, pidfd, target));
    expect(fileAt(shell.files!, fd)).toBe(fileAt(child.files!, target));
    expect(isCloexec(shell.files!, fd)).toBe(true);
  });

  test('pidfd_getfd02: EBADF for what is no pidfd', () => {
    const { kernel, shell, target } = worldWithPidfd();
    expect(pidfdGetfd(kernel, shell, -1, target)).toMatchObject({ errno: 'EBADF' });
    const file = opened(shell, '/c/tool');
    expect(pidfdGetfd(kernel, shell, file, target)).toMatchObject({ errno: 'EBADF' });
  });

  test('pidfd_getfd02: EBADF for a number that is not open there', () => {
    const { kernel, shell, pidfd } = worldWithPidfd();
    expect(pidfdGetfd(kernel, shell, pidfd, -1)).toMatchObject({ errno: 'EBADF' });
  });

  test('pidfd_getfd02: EINVAL for flags, before anything else', () => {
    const { kernel, shell, target } = worldWithPidfd();
    expect(pidfdGetfd(kernel, shell, -1, target, 1)).toMatchObject({ errno: 'EINVAL' });
  });

  test('pidfd_getfd02: ESRCH once the process was waited for', () => {
    const { kernel, shell, child, target, pidfd } = worldWithPidfd();
    exitGroupWith(kernel, child, 0);
    expect(pidfdGetfd(kernel, shell, pidfd, target)).toMatchObject({ errno: 'ESRCH' });
    wait4(kernel, shell, -1);
    expect(pidfdGetfd(kernel, shell, pidfd, target)).toMatchObject({ errno: 'ESRCH' });
  });

  test('pidfd_getfd02: EPERM without the right to trace the process', () => {
    const { kernel, shell, target, pidfd } = worldWithPidfd();
    asNobody(kernel, shell);
    expect(pidfdGetfd(kernel, shell, pidfd, target)).toMatchObject({ errno: 'EPERM' });
  });
});

describe('LTP pidfd_send_signal', () => {
  const queued = { signal: SIGNALS.SIGUSR1, code: -1 };

  test('pidfd_send_signal01: with a siginfo of the caller’s own it arrives as queued', () => {
    const { kernel, shell } = createWorld();
    const child = childOf(kernel, shell);
    const codes: number[] = [];
    kernel.watch = { handled: (_, info) => codes.push(info.code) };
    sigaction(child, SIGNALS.SIGUSR1, handled);
    const fd = made(pidfdOpen(kernel, shell, pidSeenBy(child, shell)));
    expect(pidfdSendSignal(kernel, shell, fd, SIGNALS.SIGUSR1, 0, queued)).toBeUndefined();
    deliverSignals(kernel, child);
    expect(codes).toEqual([-1]);
  });

  test.each([
    ['flags that are none', 'EINVAL', SIGNALS.SIGUSR1, 99_999, queued],
    ['a siginfo of another signal', 'EINVAL', SIGNALS.SIGUSR2, 0, queued],
    ['a siginfo as if from kill', 'EPERM', SIGNALS.SIGUSR1, 0, { ...queued, code: 0 }],
  ])('pidfd_send_signal02: %s', (_, errno, signal, flags, info) => {
    const { kernel, shell } = createWorld();
    const child = childOf(kernel, shell);
    const fd = made(pidfdOpen(kernel, shell, pidSeenBy(child, shell)));
    expect(pidfdSendSignal(kernel, shell, fd, signal, flags, info)).toMatchObject({ errno });
  });

  test('pidfd_send_signal02: EBADF for an ordinary file, EPERM to the init of others', () => {
    const { kernel, shell } = createWorld();
    const file = opened(shell, '/c/tool');
    const init = made(pidfdOpen(kernel, shell, 1));
    expect(pidfdSendSignal(kernel, shell, file, 0)).toMatchObject({ errno: 'EBADF' });
    asNobody(kernel, shell);
    expect(pidfdSendSignal(kernel, shell, init, SIGNALS.SIGUSR1, 0, queued)).toMatchObject({
      errno: 'EPERM',
    });
  });

  test('pidfd_send_signal03: a pidfd never means the next process with its number', () => {
    const { kernel, shell } = createWorld();
    const first = childOf(kernel, shell);
    const number = pidSeenBy(first, shell);
    const fd = made(pidfdOpen(kernel, shell, number));
    exitGroupWith(kernel, first, 0);
    wait4(kernel, shell, -1);
    expect(setLastPid(kernel.pids.initial, number - 1)).toBeUndefined();
    const second = childOf(kernel, shell);
    expect(pidNumberIn(second.pid, kernel.pids.initial)).toBe(number);
    expect(pidfdSendSignal(kernel, shell, fd, SIGNALS.SIGUSR1)).toMatchObject({ errno: 'ESRCH' });
    expect(second.group.pending.signals.isEmpty).toBe(true);
  });
});

function fileAtOffset(task: Task, fd: number, offset: number): void {
  const file = fileAt(task.files!, fd);
  if (isRefusal(file)) throw new Error(file.reason);
  file.offset = offset;
}
