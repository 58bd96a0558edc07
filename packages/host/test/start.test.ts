import { closeSync, openSync, readdirSync, readlinkSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import {
  capabilities,
  chdir,
  close,
  closeFrom,
  dup2,
  fchdir,
  open,
  start,
  type SpawnRequest,
} from '../src/index.ts';
import { testReal } from './real.ts';

const shell = (line: string, request: Partial<SpawnRequest> = {}): SpawnRequest => ({
  path: '/bin/sh',
  argv: ['sh', '-c', line],
  stdio: ['ignore', 'pipe', 'pipe'],
  ...request,
});

/** What a child printed and how it ended, or the refusal without its words. */
async function run(request: SpawnRequest): Promise<unknown> {
  const child = await start(request);
  if (!child.ok) {
    const { errno, step, path } = child;
    return path === undefined ? { errno, step } : { errno, step, path };
  }
  const texts = child.stdio.map(async (stream) => {
    let text = '';
    if (stream?.readable === true) for await (const chunk of stream) text += String(chunk);
    return text;
  });
  const [, out = '', err = ''] = await Promise.all(texts);
  const { code, signal } = await child.exited;
  return { out, ...(err === '' ? {} : { err }), ...(signal === null ? { code } : { signal }) };
}

const listFds =
  'for n in /proc/self/fd/*; do [ -e $n ] && echo ${n##*/}; done | sort -n | tr "\\n" " "';

describe('a request', () => {
  testReal('gives output and an exit status', async () => {
    expect(await run(shell('echo hello; exit 7'))).toEqual({ out: 'hello\n', code: 7 });
    expect(await run(shell('kill -TERM $$'))).toEqual({ out: '', signal: 15 });
  });

  testReal('is refused with the errno and the step that failed', async () => {
    const place = { path: '/no/such', argv: ['x'] };
    expect(await run(place)).toEqual({ errno: 'ENOENT', step: 'execve', path: '/no/such' });
    expect(await run({ path: '/etc/passwd', argv: ['x'] })).toMatchObject({ errno: 'EACCES' });
    expect(await run({ path: '/etc/passwd/x', argv: ['x'] })).toMatchObject({ errno: 'ENOTDIR' });
    expect(await run(shell('', { cwd: '/no' }))).toEqual({ errno: 'ENOENT', step: 'chdir' });
    expect(await run(shell('', { session: true, group: 0 }))).toEqual({
      errno: 'EPERM',
      step: 'setpgid',
    });
    expect(await run(shell('', { group: 4_000_000 }))).toEqual({ errno: 'EPERM', step: 'setpgid' });
    expect(await run(shell('', { actions: [dup2(900, 3)] }))).toEqual({
      errno: 'EBADF',
      step: 'dup2',
    });
    expect(await run(shell('', { actions: [open(3, '/no', 0)] }))).toEqual({
      errno: 'ENOENT',
      step: 'open',
    });
    expect(await run(shell('', { place: { cpus: [4000] } }))).toEqual({
      errno: 'EINVAL',
      step: 'sched_setaffinity',
    });
    const memory = { mode: 'bind', nodes: [900] } as const;
    expect(await run(shell('', { place: { memory } }))).toEqual({
      errno: 'EINVAL',
      step: 'set_mempolicy',
    });
    expect(await run(shell('', { scheduler: { policy: 'other', priority: 5 } }))).toEqual({
      errno: 'EINVAL',
      step: 'sched_setscheduler',
    });
    expect(await run(shell('', { tty: 1, session: true }))).toEqual({
      errno: 'ENOTTY',
      step: 'ctty',
    });
    expect(await run(shell('', { argv: ['sh', 'x'.repeat(131_072)] }))).toMatchObject({
      errno: 'E2BIG',
      step: 'execve',
    });
  });

  testReal('is searched in the child, as posix_spawnp does', async () => {
    const search = (...directories: string[]) =>
      run({ ...shell('echo found'), path: 'sh', search: directories.join(':') });
    expect(await search('/no/such', '/etc/passwd', '/bin')).toEqual({ out: 'found\n', code: 0 });
    expect(await search('/no/such')).toMatchObject({ errno: 'ENOENT', path: '/no/such/sh' });
    // EACCES is remembered while the search goes on.
    const denied = { path: 'passwd', search: '/etc:/no/such' };
    expect(await run({ ...denied, argv: ['x'] })).toMatchObject({ errno: 'EACCES' });
    expect(await run({ path: '', search: '/bin', argv: [] })).toMatchObject({
      errno: 'ENOENT',
    });
    // Without a PATH the C library looks in /bin and /usr/bin.
    expect(await run({ ...shell('echo found'), path: 'sh', search: null })).toMatchObject({
      code: 0,
    });
    // The search begins in the directory of the child.
    expect(await run({ ...shell('echo here'), path: './sh', cwd: '/bin' })).toEqual({
      out: 'here\n',
      code: 0,
    });
  });

  testReal('with a NUL byte within is refused', async () => {
    await expect(start(shell('a\0b'))).rejects.toThrow('NUL');
    await expect(start(shell('', { cwd: '/\0' }))).rejects.toThrow('NUL');
    await expect(start(shell('', { envp: ['A=\0'] }))).rejects.toThrow('NUL');
    await expect(start(shell('', { argv: [Buffer.from([97, 0, 98])] }))).rejects.toThrow('NUL');
    await expect(start(shell('', { argv: 'fault' }))).rejects.toThrow('a bad pointer');
    await expect(start(shell('', { env: {}, envp: [] }))).rejects.toThrow('given twice');
    await expect(start(shell('', { signals: { mask: [65] } }))).rejects.toThrow('65 is no signal');
    await expect(start(shell('', { place: { node: 1023 } }))).rejects.toThrow('no node 1023');
  });

  testReal('may hold bytes that are not text', async () => {
    const argv = ['printf', Buffer.from([0x25, 0x73]), Buffer.from([0xff, 0x41])];
    const child = await start({ path: '/usr/bin/printf', argv, stdio: ['ignore', 'pipe'] });
    if (!child.ok) throw new Error(child.reason);
    const chunks: Buffer[] = [];
    for await (const chunk of child.stdio[1]!) chunks.push(chunk as Buffer);
    expect(Buffer.concat(chunks)).toEqual(Buffer.from([0xff, 0x41]));
  });

  testReal('sets what a child is, in the child', async () => {
    const out = async (line: string, request: Partial<SpawnRequest>) =>
      ((await run(shell(line, request))) as { out: string }).out.trim();
    expect(await out('pwd', { cwd: '/usr/lib' })).toBe('/usr/lib');
    expect(await out('umask', { umask: 0o27 })).toBe('0027');
    expect(await out('nice', { nice: 7 })).toBe('7');
    expect(await out('ulimit -n; ulimit -Hn', { limits: { nofile: { soft: 50, hard: 60 } } })).toBe(
      '50\n60',
    );
    expect(await out('echo $A $PATH', { env: { A: '1', B: undefined, PATH: '/x' } })).toBe('1 /x');
    expect(await out('cut -d " " -f 5-6 /proc/self/stat; echo $$', { session: true })).toMatch(
      /^(\d+) \1\n\1$/,
    );
    // No shell: dash would empty its mask.
    const lines = 'Sig(Blk|Ign)|NoNewPrivs|Cpus_allowed_list';
    const status = await out('', {
      path: '/bin/grep',
      argv: ['grep', '-E', lines, '/proc/self/status'],
      signals: { mask: [10, 40], ignore: [12] },
      noNewPrivs: true,
      place: { cpus: [0] },
    });
    expect(status.replaceAll('\t', ' ')).toBe(
      'SigBlk: 0000008000000200\nSigIgn: 0000000000000800\nNoNewPrivs: 1\nCpus_allowed_list: 0',
    );
    const policy = 'cut -d " " -f 2 /proc/self/numa_maps | sort -u';
    const memory = { mode: 'bind', nodes: [0] } as const;
    expect(await out(policy, { place: { memory } })).toBe('bind:0');
    expect(await out(policy, { place: { node: 0 } })).toBe('prefer:0');
  });

  testReal(
    'drops to a user without the groups of another one, and needs root for it',
    async () => {
      const ids = 'id -u; id -g; id -G; grep -E "^(Uid|Gid)" /proc/self/status';
      expect(await run(shell(ids, { uid: 1234, gid: 1235 }))).toEqual({
        out: '1234\n1235\n1235\nUid:\t1234\t1234\t1234\t1234\nGid:\t1235\t1235\t1235\t1235\n',
        code: 0,
      });
      expect(await run(shell('id -G', { uid: 1234, gid: 1235, groups: [7, 8] }))).toEqual({
        out: '1235 7 8\n',
        code: 0,
      });
      // A step after the drop has the power of the user only; one before has ours.
      expect(
        await run(shell('true', { uid: 1234, gid: 1234, actions: [open(3, '/etc/shadow', 0)] })),
      ).toEqual({ errno: 'EACCES', step: 'open' });
      const limits = { nofile: { soft: 100, hard: 200 } };
      expect(await run(shell('ulimit -Hn', { uid: 1234, gid: 1234, limits }))).toEqual({
        out: '200\n',
        code: 0,
      });
      // The memory they shared for a while is not left undumpable.
      expect(readlinkSync('/proc/self/exe')).toBe(process.execPath);
      // One process of that user runs already, and none may.
      const user = { uid: 1236, gid: 1236 };
      const first = await start(shell('exec sleep 10', user));
      const limits0 = { nproc: { soft: 0, hard: 0 } };
      expect(await run(shell('true', { ...user, limits: limits0 }))).toMatchObject({
        errno: 'EAGAIN',
        step: 'execve',
      });
      if (first.ok) first.kill(9);
    },
    { needsRoot: true },
  );
});

describe('descriptors', () => {
  testReal('reach a child only if it was granted them', async () => {
    const extra = openSync('/etc/passwd', 'r');
    expect(await run(shell(listFds))).toEqual({ out: '0 1 2 ', code: 0 });
    expect(await run(shell(listFds, { actions: [dup2(extra, 5), dup2(5, 9), close(5)] }))).toEqual({
      out: '0 1 2 9 ',
      code: 0,
    });
    closeSync(extra);
  });

  testReal('follow ordered actions, as posix_spawn does', async () => {
    const extra = openSync('/etc/hostname', 'r');
    const folder = openSync('/usr', 'r');
    const from = (...actions: SpawnRequest['actions'] & object) => run(shell(listFds, { actions }));
    // Equal numbers: kept.
    expect(await from(dup2(extra, extra))).toEqual({ out: `0 1 2 ${extra} `, code: 0 });
    // A closed source is EBADF, and so is one below closefrom.
    expect(await from(close(extra), dup2(extra, 4))).toMatchObject({ errno: 'EBADF' });
    expect(await from(closeFrom(3), dup2(extra, 4))).toMatchObject({ errno: 'EBADF' });
    expect(await from(dup2(extra, 4), closeFrom(4))).toEqual({ out: '0 1 2 ', code: 0 });
    // Closing what is not open is no error.
    expect(await from(close(77))).toEqual({ out: '0 1 2 ', code: 0 });
    // A swap of two of the parent's.
    expect(
      await run(
        shell('readlink /proc/self/fd/3 /proc/self/fd/4', {
          actions: [dup2(extra, 3), dup2(folder, 4), dup2(3, 5), dup2(4, 3), dup2(5, 4), close(5)],
        }),
      ),
    ).toEqual({ out: '/usr\n/etc/hostname\n', code: 0 });
    // Directories in order, relative ones included.
    expect(await run(shell('pwd', { actions: [fchdir(folder), chdir('lib')] }))).toEqual({
      out: '/usr/lib\n',
      code: 0,
    });
    // As fd 0 and 1 in one another's place.
    expect(
      await run(shell('echo to-two', { stdio: ['ignore', 2, 'pipe'], actions: [dup2(2, 1)] })),
    ).toMatchObject({ code: 0 });
    closeSync(extra);
    closeSync(folder);
  });

  testReal('of ours are as many after a thousand children as before', async () => {
    const count = () => readdirSync('/proc/self/fd').length;
    await run(shell('true'));
    const before = count();
    for (let round = 0; round < 50; round++) {
      await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          run(
            index % 4 === 0
              ? { path: '/no/such', argv: ['x'], stdio: ['pipe', 'pipe', 'pipe'] }
              : shell('true'),
          ),
        ),
      );
    }
    // Streams close a turn of the event loop later.
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(count()).toBeLessThanOrEqual(before);
  });
});

describe('a child', () => {
  testReal('is signalled until it is reaped, and never after', async () => {
    const child = await start(shell('exec sleep 10'));
    if (!child.ok) throw new Error(child.reason);
    expect(child.kill(0)).toBe(true);
    const pidfd = child.openPidfd()!;
    expect(readlinkSync(`/proc/self/fd/${pidfd}`)).toContain('pidfd');
    closeSync(pidfd);
    expect(child.kill(9)).toBe(true);
    expect((await child.exited).signal).toBe(9);
    expect(child.kill(0)).toBe(false);
    expect(child.openPidfd()).toBeUndefined();
  });

  testReal('of a worker thread is told there, and outlives it unheard', async () => {
    // A worker loads what is built, as it would from a program.
    const code = `
      const { parentPort } = require('node:worker_threads');
      const { start } = require(${JSON.stringify(new URL('../dist/index.cjs', import.meta.url).pathname)});
      start({ path: '/bin/sh', argv: ['sh', '-c', 'exit 4'] })
        .then((child) => child.exited)
        .then(async ({ code }) => {
          const left = await start({ path: '/bin/sleep', argv: ['sleep', '0.3'] });
          parentPort.postMessage({ code, pid: left.pid });
          left.unref();
        });`;
    const worker = new Worker(code, { eval: true });
    // Listened for now: the last message may come in the same breath as the exit.
    const gone = new Promise((resolve) => worker.once('exit', resolve));
    const { code: status, pid } = await new Promise<{ code: number; pid: number }>(
      (resolve, reject) => worker.once('message', resolve).once('error', reject),
    );
    expect(status).toBe(4);
    await gone;
    expect(process.kill(pid, 0)).toBe(true);
    // Reaped by the helper although nobody is told: the pid goes away.
    await expect.poll(() => isGone(pid), { timeout: 5000 }).toBe(true);
  });
});

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}

test('capabilities say how children are made here, and why', () => {
  const { mechanism, reason } = capabilities();
  expect(mechanism === 'clone3' || typeof reason === 'string').toBe(true);
});
