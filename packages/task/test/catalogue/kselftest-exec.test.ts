// What the kernel's selftests of exec assert, in our words: execveat from every kind of descriptor, empty
// argument lists, scripts in a circle, and files that are none.
import { describe, expect, test } from 'vitest';
import {
  AF_UNIX,
  AT_EMPTY_PATH,
  AT_FDCWD,
  AT_SYMLINK_NOFOLLOW,
  chmod,
  closeFd,
  installProgram,
  lookupPath,
  lseek,
  mkdir,
  mknod,
  NAME_MAX,
  O_CLOEXEC,
  O_PATH,
  PATH_MAX,
  programOf,
  rename,
  rmdir,
  S_IFCHR,
  S_IFIFO,
  S_IFSOCK,
  SEEK_SET,
  smallestProgram,
  SOCK_STREAM,
  socketpair,
  symlink,
  unlink,
  type ArgVector,
  type ExecResult,
} from '../../src/index.ts';
import { bytes, callerOf, childOf, createWorld, made, opened } from './world.ts';

const NOFOLLOW = AT_SYMLINK_NOFOLLOW;
const S_IFBLK = 0o060000;
const NOBODY_OPEN = 99;

/** The tree and the descriptors of the selftest, and what an execveat in a child of it comes to. */
function execveatWorld() {
  const { kernel, shell, exec } = createWorld();
  const here = callerOf(shell);
  const program = smallestProgram();
  const script = bytes('#!/c/tool\n');
  mkdir(here, '/c/subdir', 0o755);
  mkdir(here, '/c/subdir.ephemeral', 0o755);
  const files: [string, Uint8Array][] = [
    ['tool.denatured', program],
    ['tool.ephemeral', program],
    ['tool.path.ephemeral', program],
    ['script.ephemeral', script],
    ['subdir.ephemeral/script', script],
    ['plain', bytes('all: x\n')],
  ];
  for (const [name, content] of files) installProgram(shell, `/c/${name}`, content);
  for (const name of ['plain', 'tool.denatured']) {
    chmod(here, made(lookupPath(here, `/c/${name}`)), 0o644);
  }
  symlink(here, '/c/tool', '/c/tool.symlink');
  mknod(here, '/c/pipe', S_IFIFO | 0o755);
  const at = (path: string, flags = 0): number => opened(shell, path, flags);
  const fds = {
    subdir: at('/c/subdir'),
    ephemeralDir: at('/c/subdir.ephemeral'),
    dot: at('/c'),
    root: at('/'),
    dotPath: at('/c', O_PATH),
    dotCloexec: at('/c', O_CLOEXEC),
    fd: at('/c/tool'),
    path: at('/c/tool', O_PATH),
    symlink: at('/c/tool.symlink'),
    denatured: at('/c/tool.denatured'),
    denaturedPath: at('/c/tool.denatured', O_PATH),
    script: at('/c/script'),
    ephemeral: at('/c/tool.ephemeral'),
    ephemeralPath: at('/c/tool.path.ephemeral', O_PATH),
    scriptEphemeral: at('/c/script.ephemeral'),
    cloexec: at('/c/tool', O_CLOEXEC),
    scriptCloexec: at('/c/script', O_CLOEXEC),
    cwd: AT_FDCWD,
    nobody: NOBODY_OPEN,
  };
  lseek(shell.files!, fds.fd, 10, SEEK_SET);
  const run = (dirfd: number, path: string, flags = 0): ExecResult =>
    exec(path, { dirfd, flags }, childOf(kernel, shell));
  return { kernel, shell, here, fds, run };
}

type Fd = keyof ReturnType<typeof execveatWorld>['fds'];
type Row = readonly [what: string, fd: Fd, path: string, flags: number, answer: string];

const EMPTY = AT_EMPTY_PATH;
const ROWS: readonly Row[] = [
  ['a program up from a subdirectory', 'subdir', '../tool', 0, 'running'],
  ['a program in a directory', 'dot', 'tool', 0, 'running'],
  ['a program in an O_PATH directory', 'dotPath', 'tool', 0, 'running'],
  ['an absolute path from AT_FDCWD', 'cwd', '/c/tool', 0, 'running'],
  ['an absolute path from a descriptor nobody opened', 'nobody', '/c/tool', 0, 'running'],
  ['a descriptor whose offset is not 0', 'fd', '', EMPTY, 'running'],
  ['a close-on-exec descriptor of a program', 'cloexec', '', EMPTY, 'running'],
  ['an O_PATH descriptor of a program', 'path', '', EMPTY, 'running'],
  ['an empty path without AT_EMPTY_PATH', 'fd', '', 0, 'ENOENT'],
  ['a link in a directory', 'dot', 'tool.symlink', 0, 'running'],
  ['a link in an O_PATH directory', 'dotPath', 'tool.symlink', 0, 'running'],
  ['an absolute path of a link', 'cwd', '/c/tool.symlink', 0, 'running'],
  ['a descriptor opened through a link', 'symlink', '', EMPTY, 'running'],
  ['the same, NOFOLLOW: it was followed before', 'symlink', '', EMPTY | NOFOLLOW, 'running'],
  ['NOFOLLOW, a link in a directory', 'dot', 'tool.symlink', NOFOLLOW, 'ELOOP'],
  ['NOFOLLOW, a link in an O_PATH directory', 'dotPath', 'tool.symlink', NOFOLLOW, 'ELOOP'],
  ['NOFOLLOW, an absolute path of a link', 'cwd', '/c/tool.symlink', NOFOLLOW, 'ELOOP'],
  ['a FIFO', 'dot', 'pipe', 0, 'EACCES'],
  ['a script up from a subdirectory', 'subdir', '../script', 0, 'running'],
  ['a script in a directory', 'dot', 'script', 0, 'running'],
  ['a script in an O_PATH directory', 'dotPath', 'script', 0, 'running'],
  ['an absolute path of a script', 'cwd', '/c/script', 0, 'running'],
  ['a descriptor of a script', 'script', '', EMPTY, 'running'],
  ['a descriptor of a script, NOFOLLOW', 'script', '', EMPTY | NOFOLLOW, 'running'],
  ['a close-on-exec descriptor of a script', 'scriptCloexec', '', EMPTY, 'ENOENT'],
  ['a script in a close-on-exec directory', 'dotCloexec', 'script', 0, 'ENOENT'],
  ['flags nobody knows', 'dot', 'tool', 0xffff, 'EINVAL'],
  ['no such file in a directory', 'dot', 'no-such-file', 0, 'ENOENT'],
  ['no such file in an O_PATH directory', 'dotPath', 'no-such-file', 0, 'ENOENT'],
  ['no such file in the working directory', 'cwd', 'no-such-file', 0, 'ENOENT'],
  ['a directory', 'dot', '', EMPTY, 'EACCES'],
  ['a file without the execute bit', 'dot', 'plain', 0, 'EACCES'],
  ['a descriptor of such a file', 'denatured', '', EMPTY, 'EACCES'],
  ['an O_PATH descriptor of such a file', 'denaturedPath', '', EMPTY, 'EACCES'],
  ['a descriptor nobody opened', 'nobody', '', EMPTY, 'EBADF'],
  ['a name from a descriptor nobody opened', 'nobody', 'tool', 0, 'EBADF'],
  ['a name from a descriptor that is no directory', 'fd', 'tool', 0, 'ENOTDIR'],
];

describe('kselftest exec, execveat', () => {
  test.each(ROWS)('execveat: %s', (_, fd, path, flags, answer) => {
    const { fds, run } = execveatWorld();
    const result = run(fds[fd], path, flags);
    expect(typeof result === 'string' ? result : result.errno).toBe(answer);
  });

  test('execveat: a path that cannot be read is EFAULT, AT_EMPTY_PATH or not', () => {
    const { kernel, shell, exec } = createWorld();
    const dirfd = opened(shell, '/c/tool');
    const path = { fault: true } as const;
    const request = { path, dirfd, flags: EMPTY };
    expect(exec('', request, childOf(kernel, shell))).toMatchObject({ errno: 'EFAULT' });
  });

  test('execveat: ephemeral program, renamed, then its name removed', () => {
    const { here, fds, run } = execveatWorld();
    rename(here, '/c/tool.ephemeral', '/c/tool.moved');
    expect(run(fds.ephemeral, '', EMPTY)).toBe('running');
    unlink(here, '/c/tool.moved');
    expect(run(fds.ephemeral, '', EMPTY)).toBe('running');
  });

  test('execveat: ephemeral program of an O_PATH descriptor, its name removed', () => {
    const { here, fds, run } = execveatWorld();
    unlink(here, '/c/tool.path.ephemeral');
    expect(run(fds.ephemeralPath, '', EMPTY)).toBe('running');
  });

  test('execveat: ephemeral script, renamed, then its name removed', () => {
    const { here, fds, run } = execveatWorld();
    rename(here, '/c/script.ephemeral', '/c/script.moved');
    expect(run(fds.scriptEphemeral, '', EMPTY)).toBe('running');
    unlink(here, '/c/script.moved');
    expect(run(fds.scriptEphemeral, '', EMPTY)).toBe('running');
  });

  test('execveat: a directory renamed and removed leads upwards, and to nothing in it', () => {
    const { here, fds, run } = execveatWorld();
    rename(here, '/c/subdir.ephemeral', '/c/subdir.moved');
    expect(run(fds.ephemeralDir, '../script')).toBe('running');
    expect(run(fds.ephemeralDir, 'script')).toBe('running');
    unlink(here, '/c/subdir.moved/script');
    rmdir(here, '/c/subdir.moved');
    expect(run(fds.ephemeralDir, '../script')).toBe('running');
    expect(run(fds.ephemeralDir, 'script')).toMatchObject({ errno: 'ENOENT' });
  });

  test('execveat: a path near PATH_MAX, of a program and of a script, whose name then is longer', () => {
    const { kernel, shell, exec } = createWorld();
    const step = `${'x'.repeat(199)}/`;
    let directory = '/c/';
    while (PATH_MAX - 3 - directory.length > NAME_MAX) {
      directory += step;
      mkdir(callerOf(shell), directory, 0o755);
    }
    const room = PATH_MAX - 3 - directory.length;
    const root = opened(shell, '/');
    const rows: [Uint8Array, string][] = [
      [smallestProgram(), 'y'.repeat(room)],
      [bytes('#!/c/tool\n'), 'z'.repeat(room)],
    ];
    for (const [content, name] of rows) {
      const path = `${directory}${name}`;
      installProgram(shell, path, content);
      const fd = opened(shell, path);
      const child = () => childOf(kernel, shell);
      expect(exec('', { dirfd: fd, flags: EMPTY }, child())).toBe('running');
      const runner = child();
      expect(exec(path.slice(1), { dirfd: root }, runner)).toBe('running');
      // The interpreter of a script is told a name that no call would take.
      const told = programOf(runner.mm)!.argv.at(-1)!.text;
      if (content[0] === 0x23) expect(told.length).toBeGreaterThan(PATH_MAX);
      closeFd(shell.files!, fd);
    }
  });

  test('execveat: the script is told /dev/fd and the name it was found by', () => {
    const { kernel, shell, exec } = createWorld();
    const dirfd = opened(shell, '/c');
    const child = childOf(kernel, shell);
    expect(exec('script', { dirfd, argv: ['x', 'y'] }, child)).toBe('running');
    const texts = programOf(child.mm)!.argv.map(({ text }) => text);
    expect(texts).toEqual(['/c/tool', `/dev/fd/${dirfd}/script`, 'y']);
  });
});

describe('kselftest exec, null-argv', () => {
  const one: ArgVector = [''];
  const rows: [string, ArgVector, ArgVector][] = [
    ['one empty argument, NULL environment', one, null],
    ['NULL arguments, NULL environment', null, null],
    ['NULL arguments, an environment', null, ['A=1']],
    ['no arguments, NULL environment', [], null],
    ['no arguments, an environment', [], ['A=1']],
  ];

  test.each(rows)('null-argv: with %s the program finds one empty argument', (_, argv, envp) => {
    const { shell, exec } = createWorld();
    expect(exec('/c/tool', { argv, envp })).toBe('running');
    const program = programOf(shell.mm)!;
    expect(program.argv).toEqual([{ text: '', times: 1 }]);
    expect(program.envp.length).toBe(envp === null ? 0 : 1);
  });
});

describe('kselftest exec, recursion-depth', () => {
  test('recursion-depth: a script that is its own interpreter is ELOOP', () => {
    const { shell, exec } = createWorld();
    installProgram(shell, '/c/1', bytes('#!/c/1\n'));
    expect(exec('/c/1', { argv: null, envp: null })).toMatchObject({ errno: 'ELOOP' });
  });
});

describe('kselftest exec, non-regular', () => {
  const nodes: [string, number][] = [
    ['S_IFBLK', S_IFBLK],
    ['S_IFCHR', S_IFCHR],
    ['S_IFIFO', S_IFIFO],
    ['S_IFSOCK', S_IFSOCK],
  ];

  test.each(nodes)('non-regular: %s is EACCES', (_, type) => {
    const { shell, exec } = createWorld();
    made(mknod(callerOf(shell), '/c/node', type | 0o755));
    expect(exec('/c/node')).toMatchObject({ errno: 'EACCES' });
  });

  test('non-regular: S_IFDIR is EACCES', () => {
    const { exec } = createWorld();
    expect(exec('/c')).toMatchObject({ errno: 'EACCES' });
  });

  test('non-regular: S_IFLNK is ELOOP where it may not be followed, or leads to itself', () => {
    const { shell, exec } = createWorld();
    symlink(callerOf(shell), '/c/tool', '/c/link');
    symlink(callerOf(shell), 'round', '/c/round');
    expect(exec('/c/link', { flags: NOFOLLOW })).toMatchObject({ errno: 'ELOOP' });
    expect(exec('/c/round')).toMatchObject({ errno: 'ELOOP' });
  });

  test('non-regular: S_IFSOCK by descriptor is EACCES', () => {
    const { shell, exec } = createWorld();
    const [socket] = made(
      socketpair(callerOf(shell), { family: AF_UNIX, type: SOCK_STREAM, protocol: 0 }),
    );
    expect(exec('', { dirfd: socket, flags: EMPTY })).toMatchObject({ errno: 'EACCES' });
  });
});
