import { describe, expect, test } from 'vitest';
import {
  AT_EMPTY_PATH,
  AT_EXECVE_CHECK,
  clone,
  createCred,
  exitGroupWith,
  F_SETFD,
  fcntl,
  fork,
  MS_NOEXEC,
  MS_NOSUID,
  mount,
  mkdir,
  O_CLOEXEC,
  O_CREAT,
  O_RDWR,
  O_WRONLY,
  open,
  openFds,
  programOf,
  SIGNALS,
  SigSet,
  sigaction,
  vfork,
  chown,
  chmod,
  lookupPath,
  type Task,
} from '../../src/index.ts';
import { errnoOf, must, putFile, smallProgram } from '../file-world.ts';
import { createExecWorld } from './exec-world.ts';

function withProgram(mode = 0o755) {
  const world = createExecWorld();
  putFile(world.here, '/t/ok', smallProgram(), mode);
  return world;
}

const argv = (task: Task): string[] =>
  (programOf(task.mm)?.argv ?? []).flatMap(({ text, times }) => Array<string>(times).fill(text));

describe('what exec resets and keeps', () => {
  test('close-on-exec descriptors close, the others stay with their offsets', () => {
    const { here, exec, shell } = withProgram();
    const kept = must(open(here, '/t/a', { flags: O_RDWR | O_CREAT }));
    const closed = must(open(here, '/t/b', { flags: O_RDWR | O_CREAT | O_CLOEXEC }));
    shell.files!.slots[kept]!.offset = 7;
    expect(exec('/t/ok')).toBe('running');
    expect(openFds(shell.files!)).toEqual([kept]);
    expect(shell.files!.slots[kept]!.offset).toBe(7);
    expect(closed).toBe(kept + 1);
  });

  test('a shared descriptor table is left to the others before anything closes', () => {
    const { kernel, here, exec, shell } = withProgram();
    must(open(here, '/t/b', { flags: O_RDWR | O_CREAT | O_CLOEXEC }));
    const child = must(clone(kernel, shell, 0x400n | 17n, {}));
    expect(child.files).toBe(shell.files);
    expect(exec('/t/ok', {}, child)).toBe('running');
    expect(openFds(child.files!)).toEqual([]);
    expect(openFds(shell.files!)).toEqual([0]);
  });

  test('handlers go back to default, ignored signals and the mask stay', () => {
    const { exec, shell } = withProgram();
    const mask = new SigSet();
    must(sigaction(shell, SIGNALS.SIGUSR1, { handler: 'handler', flags: 0, mask }));
    must(sigaction(shell, SIGNALS.SIGUSR2, { handler: 'IGN', flags: 0, mask }));
    shell.blocked.add(SIGNALS.SIGHUP);
    shell.altStack = true;
    expect(exec('/t/ok')).toBe('running');
    expect(shell.sighand.action(SIGNALS.SIGUSR1).handler).toBe('DFL');
    expect(shell.sighand.action(SIGNALS.SIGUSR2).handler).toBe('IGN');
    expect(shell.blocked.has(SIGNALS.SIGHUP)).toBe(true);
    expect(shell.altStack).toBe(false);
  });

  test('the memory policy of the task stays, its name is the last part of the path', () => {
    const { exec, shell } = withProgram();
    shell.mempolicy = { mode: 2, nodes: 1 };
    expect(exec('/t/ok')).toBe('running');
    expect(shell.mempolicy).toEqual({ mode: 2, nodes: 1 });
    expect(shell.comm).toBe('ok');
  });

  test('exec ends the wait of a vfork caller, a failing one does not', () => {
    const { kernel, exec, shell } = withProgram();
    const child = must(vfork(kernel, shell));
    expect(errnoOf(exec('/t/none', {}, child))).toBe('ENOENT');
    expect(shell.isRunnable).toBe(false);
    expect(exec('/t/ok', {}, child)).toBe('running');
    expect(shell.isRunnable).toBe(true);
    expect(child.mm).not.toBe(shell.mm);
  });

  test('a running program cannot be written until its last process is gone', () => {
    const { kernel, here, exec, shell } = withProgram();
    const first = must(fork(kernel, shell));
    expect(exec('/t/ok', {}, first)).toBe('running');
    const second = must(fork(kernel, first));
    exitGroupWith(kernel, first, 0);
    expect(errnoOf(open(here, '/t/ok', { flags: O_WRONLY }))).toBe('ETXTBSY');
    exitGroupWith(kernel, second, 0);
    expect(errnoOf(open(here, '/t/ok', { flags: O_WRONLY }))).toBe('OK');
  });
});

describe('scripts', () => {
  test('interpreter, one argument, the script and the rest make the new arguments', () => {
    const { here, exec, shell } = withProgram();
    putFile(here, '/t/s', '#! /t/ok  -a -b \n', 0o755);
    expect(exec('/t/s', { argv: ['zero', 'one'] })).toBe('running');
    expect(argv(shell)).toEqual(['/t/ok', '-a -b', '/t/s', 'one']);
  });

  test('a script on a closing descriptor is ENOENT, a program is not', () => {
    const { here, exec } = withProgram();
    putFile(here, '/t/s', '#!/t/ok\n', 0o755);
    const script = must(open(here, '/t/s', { flags: O_CLOEXEC }));
    const program = must(open(here, '/t/ok', { flags: O_CLOEXEC }));
    const request = { argv: ['x'], envp: [], flags: AT_EMPTY_PATH };
    expect(errnoOf(exec('', { ...request, dirfd: script }))).toBe('ENOENT');
    expect(exec('', { ...request, dirfd: program })).toBe('running');
  });

  test('AT_EXECVE_CHECK only looks', () => {
    const { here, exec, shell } = withProgram();
    putFile(here, '/t/g', 'garbage', 0o755);
    expect(exec('/t/g', { flags: AT_EXECVE_CHECK })).toBe('checked');
    expect(programOf(shell.mm)).toBeUndefined();
  });
});

describe('set-id programs', () => {
  function user(task: Task): void {
    const id = { uid: 9, euid: 9, suid: 9, fsuid: 9, gid: 9, egid: 9, sgid: 9, fsgid: 9 };
    task.cred = createCred({ ...id, capPermitted: 0n, capEffective: 0n });
  }

  function owned(mode: number) {
    const world = withProgram();
    const place = must(lookupPath(world.here, '/t/ok'));
    must(chown(world.here, place, { uid: 5, gid: 6 }));
    must(chmod(world.here, place, mode));
    user(world.shell);
    return world;
  }

  test('both bits give the ids of the file and make the process undumpable', () => {
    const { exec, shell } = owned(0o6755);
    expect(exec('/t/ok')).toBe('running');
    expect([shell.cred.uid, shell.cred.euid, shell.cred.suid]).toEqual([9, 5, 5]);
    expect([shell.cred.gid, shell.cred.egid, shell.cred.sgid]).toEqual([9, 6, 6]);
    expect(shell.mm!.dumpable).toBe(0);
    expect(programOf(shell.mm)!.isSecure).toBe(true);
  });

  test('set-gid without the group execute bit is ignored', () => {
    const { exec, shell } = owned(0o2745);
    expect(exec('/t/ok')).toBe('running');
    expect(shell.cred.egid).toBe(9);
  });

  test('no_new_privs keeps the ids', () => {
    const { exec, shell } = owned(0o6755);
    shell.noNewPrivs = true;
    expect(exec('/t/ok')).toBe('running');
    expect(shell.cred.euid).toBe(9);
  });

  test('an fs_struct shared outside the process keeps the ids of a user', () => {
    const { kernel, exec, shell } = owned(0o6755);
    const child = must(clone(kernel, shell, 0x200n | 17n, {}));
    expect(exec('/t/ok', {}, child)).toBe('running');
    expect(child.cred.euid).toBe(9);
  });

  test.each([
    ['nosuid', MS_NOSUID, 'running'],
    ['noexec', MS_NOEXEC, 'EACCES'],
  ] as const)('on a %s mount', (_name, flags, expected) => {
    const { here, exec, shell } = withProgram();
    must(mkdir(here, '/t/m', 0o755));
    must(mount(here, { path: '/t/m', fstype: 'tmpfs', flags }));
    putFile(here, '/t/m/p', smallProgram(), 0o4755);
    must(chown(here, must(lookupPath(here, '/t/m/p')), { uid: 5, gid: 5 }));
    must(chmod(here, must(lookupPath(here, '/t/m/p')), 0o4755));
    const result = exec('/t/m/p');
    expect(typeof result === 'string' ? result : errnoOf(result)).toBe(expected);
    expect(shell.cred.euid).toBe(0);
  });
});

test('descriptor flags belong to the number: a duplicate of a closing one stays open', () => {
  const { here, exec, shell } = withProgram();
  const fd = must(open(here, '/t/a', { flags: O_RDWR | O_CREAT }));
  must(fcntl({ files: here.files, cred: here.cred, limit: 1024 }, fd, 0, 5));
  must(fcntl({ files: here.files, cred: here.cred, limit: 1024 }, fd, F_SETFD, 1));
  expect(exec('/t/ok')).toBe('running');
  expect(openFds(shell.files!)).toEqual([5]);
});
