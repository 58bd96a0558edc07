// The conformance catalogue for descriptors, fork and exec: what glibc, LTP and kselftest assert of them,
// in our words; catalogue/ has the rest.
import { isRefusal } from '@forkless/errors';
import { describe, expect, test } from 'vitest';
import {
  AT_EMPTY_PATH,
  AT_SYMLINK_NOFOLLOW,
  chdir,
  closeFd,
  closeFrom,
  closeRange,
  CLOSE_RANGE_CLOEXEC,
  CLOSE_RANGE_UNSHARE,
  exitGroupWith,
  fork,
  installProgram,
  isCloexec,
  isOpen,
  lseek,
  mkdir,
  O_CLOEXEC,
  O_CREAT,
  O_RDWR,
  open,
  openFds,
  pidfdOpen,
  pidfdSendSignal,
  pidSeenBy,
  pipe2,
  read,
  RLIMITS,
  SCHED,
  SEEK_CUR,
  setrlimit,
  setScheduler,
  SIGNALS,
  sigprocmask,
  SigSet,
  symlink,
  unlink,
  unshare,
  cloneFlags,
  vfork,
  wait4,
  write,
  createAnonFs,
  type FilesHolder,
  type Task,
} from '../src/index.ts';
import { createExecWorld } from './exec/exec-world.ts';

function made<T>(result: T): Exclude<T, { ok: false } | null> {
  if (isRefusal(result)) throw new Error(`${result.errno}: ${result.reason}`);
  return result as Exclude<T, { ok: false } | null>;
}

function world() {
  const { kernel, shell, exec } = createExecWorld();
  const callerOf = (task: Task) => ({
    cred: task.cred,
    fs: task.fs!,
    files: task.files!,
    node: 0,
    limit: 1024,
    anon: createAnonFs(),
  });
  mkdir(callerOf(shell), '/c', 0o755);
  installProgram(shell, '/c/tool');
  const fill = (count: number): void => {
    for (let at = openFds(shell.files!).length; at < count; at++) {
      made(open(callerOf(shell), '/c/tool', { flags: 0 }));
    }
  };
  return { kernel, shell, exec, callerOf, fill };
}

const holder = (task: Task): FilesHolder => task as FilesHolder;
const bytes = (text: string): Uint8Array => Uint8Array.from(text, (one) => one.charCodeAt(0));

describe('glibc', () => {
  test.each([50, 1, 100, 0])(
    'tst-closefrom: everything from %i on closes, at the limit too',
    (from) => {
      const { shell, fill } = world();
      setrlimit(shell, RLIMITS.RLIMIT_NOFILE, { cur: 100, max: 100 });
      fill(100);
      closeFrom(shell.files!, from);
      expect(openFds(shell.files!)).toEqual(Array.from({ length: from }, (_, fd) => fd));
    },
  );

  test('tst-close_range: a range, a range of one, up to the largest number', () => {
    const { shell, fill } = world();
    fill(20);
    for (const [first, last] of [
      [3, 5],
      [7, 7],
      [10, 0xffff_ffff],
    ] as const) {
      expect(closeRange(holder(shell), { first, last }, 0)).toBeNull();
    }
    expect(openFds(shell.files!)).toEqual([0, 1, 2, 6, 8, 9]);
  });
});

describe('LTP', () => {
  test('close_range01: with CLOEXEC the range closes at exec, with neither at once', () => {
    const { shell, exec, fill } = world();
    fill(10);
    closeRange(holder(shell), { first: 4, last: 6 }, CLOSE_RANGE_CLOEXEC);
    expect([isOpen(shell.files!, 5), isCloexec(shell.files!, 5)]).toEqual([true, true]);
    expect(exec('/c/tool')).toBe('running');
    expect(openFds(shell.files!)).toEqual([0, 1, 2, 3, 7, 8, 9]);
  });

  test('close_range02: EINVAL for a range turned round and for an unknown flag; UNSHARE spares the others', () => {
    const { kernel, shell, fill } = world();
    fill(6);
    expect(closeRange(holder(shell), { first: 3, last: 2 }, 0)).toMatchObject({ errno: 'EINVAL' });
    expect(closeRange(holder(shell), { first: 3, last: 4 }, 1)).toMatchObject({ errno: 'EINVAL' });
    const other = made(fork(kernel, shell));
    other.files = shell.files;
    shell.files!.users++;
    closeRange(holder(shell), { first: 0, last: 5 }, CLOSE_RANGE_UNSHARE);
    expect([openFds(shell.files!).length, openFds(other.files!).length]).toEqual([0, 6]);
  });

  test('fork: a child has directory, umask, ids, limits and scheduling of its parent', () => {
    const { kernel, shell, callerOf } = world();
    chdir(callerOf(shell), '/c');
    shell.fs!.umask = 0o27;
    setScheduler(shell, SCHED.SCHED_FIFO, 9);
    const child = made(fork(kernel, shell));
    expect([child.fs!.pwd, child.fs!.umask]).toEqual([shell.fs!.pwd, 0o27]);
    expect(child.cred).toEqual(shell.cred);
    expect(child.group.rlimits).toEqual(shell.group.rlimits);
    expect(child.sched).toEqual(shell.sched);
  });

  test('fork08, fork10: an offset is shared, and a close in the child does not close in the parent', () => {
    const { kernel, shell, callerOf } = world();
    const fd = made(open(callerOf(shell), '/c/tool', { flags: 0 })) as number;
    const child = made(fork(kernel, shell));
    read(child.files!, fd, 7);
    expect(lseek(shell.files!, fd, 0, SEEK_CUR)).toBe(7);
    closeFd(child.files!, fd);
    expect([isOpen(shell.files!, fd), isOpen(child.files!, fd)]).toEqual([true, false]);
  });

  test('fork04: what the child writes to its memory the parent does not see', () => {
    const { kernel, shell } = world();
    shell.mm!.space.memory.write(0, 1);
    const child = made(fork(kernel, shell));
    child.mm!.space.memory.write(0, 2);
    expect(shell.mm!.space.memory.read(0)).toBe(1);
  });

  test('vfork01: a child has the ids, directory and memory of its parent, which waits', () => {
    const { kernel, shell } = world();
    const child = made(vfork(kernel, shell));
    expect([child.cred, child.fs!.pwd, child.mm]).toEqual([shell.cred, shell.fs!.pwd, shell.mm]);
    expect(shell.isRunnable).toBe(false);
    exitGroupWith(kernel, child, 0);
    expect(shell.isRunnable).toBe(true);
  });

  test.each([
    ['a name too long', `/${'n'.repeat(256)}`, 'ENAMETOOLONG'],
    ['nothing', '', 'ENOENT'],
    ['what is not there', '/c/none', 'ENOENT'],
    ['a file as a directory', '/c/tool/x', 'ENOTDIR'],
    ['a directory', '/c', 'EACCES'],
    ['an empty file', '/c/empty', 'ENOEXEC'],
  ])('execve03: %s', (_, path, errno) => {
    const { shell, exec } = world();
    installProgram(shell, '/c/empty', new Uint8Array(0));
    expect(exec(path)).toMatchObject({ errno });
  });

  test('execve02, execve03: without the execute bit EACCES, a bad address EFAULT', () => {
    const { shell, exec, callerOf } = world();
    made(open(callerOf(shell), '/c/plain', { flags: O_CREAT | O_RDWR, mode: 0o644 }));
    expect(exec('/c/plain')).toMatchObject({ errno: 'EACCES' });
    expect(exec('/c/tool', { path: { fault: true } })).toMatchObject({ errno: 'EFAULT' });
  });

  test('execve04: ETXTBSY while somebody writes to the program', () => {
    const { shell, exec, callerOf } = world();
    const fd = made(open(callerOf(shell), '/c/tool', { flags: O_RDWR })) as number;
    expect(exec('/c/tool')).toMatchObject({ errno: 'ETXTBSY' });
    closeFd(shell.files!, fd);
    expect(exec('/c/tool')).toBe('running');
  });

  test('execve05: many processes run one program, and it is free when the last has ended', () => {
    const { kernel, shell, exec } = world();
    const children = Array.from({ length: 8 }, () => made(fork(kernel, shell)));
    for (const child of children) expect(exec('/c/tool', {}, child)).toBe('running');
    expect(installProgram(shell, '/c/tool')).toMatchObject({ errno: 'ETXTBSY' });
    for (const child of children) exitGroupWith(kernel, child, 0);
    expect(installProgram(shell, '/c/tool')).toBeUndefined();
  });

  test.each([
    ['EBADF', { path: 'tool', dirfd: 99 }],
    ['EINVAL', { path: '/c/tool', flags: 0x8000 }],
    ['ELOOP', { path: '/c/link', flags: AT_SYMLINK_NOFOLLOW }],
    ['ENOTDIR', { path: 'tool', dirfd: 3 }],
  ] as const)('execveat02: %s', (errno, request) => {
    const { shell, exec, callerOf, fill } = world();
    fill(4);
    symlink(callerOf(shell), '/c/tool', '/c/link');
    expect(exec('', request)).toMatchObject({ errno });
  });

  test('execveat01, execveat03: from a directory, from the file itself, from one whose name is gone', () => {
    const { kernel, shell, exec, callerOf } = world();
    const directory = made(open(callerOf(shell), '/c', { flags: 0 })) as number;
    const file = made(open(callerOf(shell), '/c/tool', { flags: 0 })) as number;
    const child = () => made(fork(kernel, shell));
    expect(exec('tool', { dirfd: directory }, child())).toBe('running');
    expect(exec('', { dirfd: file, flags: AT_EMPTY_PATH }, child())).toBe('running');
    unlink(callerOf(shell), '/c/tool');
    expect(exec('', { dirfd: file, flags: AT_EMPTY_PATH }, child())).toBe('running');
  });

  test('pidfd_send_signal: a signal arrives, EBADF for what is no pidfd, ESRCH after the wait', () => {
    const { kernel, shell, fill } = world();
    fill(3);
    const child = made(fork(kernel, shell));
    const fd = made(pidfdOpen(kernel, shell, pidSeenBy(child, shell))) as number;
    sigprocmask(child, 'SIG_SETMASK', SigSet.full());
    expect(pidfdSendSignal(kernel, shell, fd, SIGNALS.SIGUSR1)).toBeUndefined();
    expect(child.group.pending.signals.has(SIGNALS.SIGUSR1)).toBe(true);
    expect(pidfdSendSignal(kernel, shell, 0, SIGNALS.SIGUSR1)).toMatchObject({ errno: 'EBADF' });
    exitGroupWith(kernel, child, 0);
    wait4(kernel, shell, -1);
    expect(pidfdSendSignal(kernel, shell, fd, 0)).toMatchObject({ errno: 'ESRCH' });
  });
});

describe('kselftest', () => {
  test('close_range: 101 descriptors, some closed before, and only up to the last that is open', () => {
    const { shell, fill } = world();
    fill(101);
    closeRange(holder(shell), { first: 0, last: 50 }, 0);
    closeRange(holder(shell), { first: 93, last: 95 }, 0);
    closeRange(holder(shell), { first: 51, last: 92 }, 0);
    expect(openFds(shell.files!)).toEqual([96, 97, 98, 99, 100]);
    closeRange(holder(shell), { first: 96, last: 0xffff_ffff }, 0);
    expect(openFds(shell.files!)).toEqual([]);
  });

  test('unshare: a table of its own, so that a close is nobody else’s', () => {
    const { kernel, shell, fill } = world();
    fill(3);
    const other = made(fork(kernel, shell));
    other.files = shell.files;
    shell.files!.users++;
    expect(isRefusal(unshare(kernel, shell, Number(cloneFlags('CLONE_FILES'))))).toBe(false);
    closeFd(shell.files!, 2);
    expect(isOpen(other.files!, 2)).toBe(true);
  });

  test('recursion-depth: five scripts lead to the program, a sixth is ELOOP', () => {
    const { kernel, shell, exec } = world();
    for (let depth = 1; depth <= 6; depth++) {
      const interpreter = depth === 1 ? '/c/tool' : `/c/s${depth - 1}`;
      installProgram(shell, `/c/s${depth}`, bytes(`#!${interpreter}\n`));
    }
    expect(exec('/c/s5', {}, made(fork(kernel, shell)))).toBe('running');
    expect(exec('/c/s6')).toMatchObject({ errno: 'ELOOP' });
  });

  test('non-regular: a directory and a FIFO are EACCES, a link to itself ELOOP', () => {
    const { shell, exec, callerOf } = world();
    symlink(callerOf(shell), '/c/round', '/c/round');
    expect(exec('/c')).toMatchObject({ errno: 'EACCES' });
    expect(exec('/c/round')).toMatchObject({ errno: 'ELOOP' });
  });

  test('execveat: a script on a descriptor that closes at exec is ENOENT', () => {
    const { shell, exec, callerOf } = world();
    installProgram(shell, '/c/s', bytes('#!/c/tool\n'));
    const fd = made(open(callerOf(shell), '/c/s', { flags: O_CLOEXEC })) as number;
    expect(exec('', { dirfd: fd, flags: AT_EMPTY_PATH })).toMatchObject({ errno: 'ENOENT' });
  });
});

test('musl libc-test, spawn: six bytes come through a pipe that was duplicated', () => {
  const { kernel, shell, callerOf } = world();
  const [from, to] = made(pipe2(callerOf(shell), 0)) as [number, number];
  const child = made(fork(kernel, shell));
  write(child.files!, to, bytes('hello\n'));
  expect((read(shell.files!, from, 99) as Uint8Array).length).toBe(6);
});
