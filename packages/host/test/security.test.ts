// The claims of the README's threat notes, one by one.
import { chmodSync, copyFileSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { createTemplate, exec, open, spawn, start, type SpawnRequest } from '../src/index.ts';
import { testReal } from './real.ts';

const user = { uid: 54_323, gid: 54_324 };

/** What a child writes, or the refusal in two words. */
async function output(request: Partial<SpawnRequest> & { argv: string[] }): Promise<string> {
  const child = await start({
    path: request.argv[0]!,
    search: '/usr/bin:/bin:/usr/sbin',
    stdio: ['ignore', 'pipe', 'inherit'],
    ...request,
  });
  if (!child.ok) return `${child.errno} ${child.step}`;
  let text = '';
  for await (const chunk of child.stdio[1]!) text += String(chunk);
  await child.exited;
  return text;
}

/** Its own environment, byte by byte. */
const environ = { argv: ['cat', '/proc/self/environ'] };

function status(text: string, name: string): string {
  return text.match(new RegExp(`^${name}:[ \\t]*(.*)$`, 'm'))?.[1] ?? '';
}

describe('the environment', () => {
  testReal('is the one that was asked for, to the byte', async () => {
    process.env['FORKLESS_SECRET'] = 'not for everybody';
    try {
      expect(await output({ ...environ, env: {} })).toBe('');
      expect(await output({ ...environ, envp: [] })).toBe('');
      expect(await output({ ...environ, envp: ['A=1', 'A=2', 'B'] })).toBe('A=1\0A=2\0B\0');
      expect(await output({ ...environ, env: { A: '', B: undefined } })).toBe('A=\0');
      const template = await createTemplate('cat', { env: { T: 't' } });
      const child = await template.spawn(environ.argv, { stdio: ['ignore', 'pipe', 'inherit'] });
      if (!child.ok) throw new Error(child.reason);
      let text = '';
      for await (const chunk of child.stdio[1]!) text += String(chunk);
      expect(text).toBe('T=t\0');
      const collected = spawn('/bin/cat', ['/proc/self/environ'], { env: { X: 'y' } });
      text = '';
      for await (const chunk of collected.stdout) text += String(chunk);
      expect(text).toBe('X=y\0');
    } finally {
      delete process.env['FORKLESS_SECRET'];
    }
  });

  testReal('of this process reaches a child only if none is asked for, as it is now', async () => {
    const before = await output(environ);
    process.env['FORKLESS_SECRET'] = 'x';
    expect(await output(environ)).toBe(`${before}FORKLESS_SECRET=x\0`);
    delete process.env['FORKLESS_SECRET'];
    expect(await output(environ)).toBe(before);
  });
});

describe('a drop to a user', () => {
  testReal(
    'leaves none of our ids, groups and capabilities, and keeps what needed our power',
    async () => {
      const text = await output({
        argv: ['cat', '/proc/self/status'],
        ...user,
        nice: -5,
        umask: 0o77,
      });
      expect(status(text, 'Uid')).toBe(Array(4).fill(user.uid).join('\t'));
      expect(status(text, 'Gid')).toBe(Array(4).fill(user.gid).join('\t'));
      expect(status(text, 'Groups').trim()).toBe('');
      for (const set of ['CapPrm', 'CapEff', 'CapInh', 'CapAmb']) {
        expect([set, Number(`0x${status(text, set)}`)]).toEqual([set, 0]);
      }
      expect(status(text, 'Umask')).toBe('0077');
      expect(await output({ argv: ['nice'], ...user, nice: -5 })).toBe('-5\n');
    },
    { needsRoot: true },
  );

  testReal(
    'comes before the actions, and after the directory',
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'forkless-security-'));
      try {
        chmodSync(folder, 0o700);
        // Entered with our power, as a service does; read with the user's.
        expect(await output({ argv: ['readlink', '/proc/self/cwd'], cwd: folder, ...user })).toBe(
          `${folder}\n`,
        );
        const actions = [open(5, join(folder, 'x'), 0o102, 0o600)];
        expect(await output({ argv: ['true'], actions, ...user })).toBe('EACCES open');
        expect(await output({ argv: ['true'], actions })).toBe('');
        expect(statSync(join(folder, 'x')).uid).toBe(0);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    { needsRoot: true },
  );

  testReal(
    'leaves this process as it was: its ids, and whether it may be looked into',
    async () => {
      const owner = () => statSync('/proc/self/mem').uid;
      const before = {
        ids: readFileSync('/proc/self/status', 'utf8').match(/^[UG]id.*$/gm),
        owner: owner(),
      };
      await Promise.all(
        Array.from({ length: 20 }, async (_, index) =>
          output({ argv: ['id', '-u'], uid: user.uid + index, gid: user.gid }),
        ),
      );
      expect({
        ids: readFileSync('/proc/self/status', 'utf8').match(/^[UG]id.*$/gm),
        owner: owner(),
      }).toEqual(before);
    },
    { needsRoot: true },
  );

  testReal(
    'that fails makes no child with our power',
    async () => {
      // A user without privileges may not become another.
      const code = `
        const { spawn } = require(${JSON.stringify(new URL('../dist/index.cjs', import.meta.url).pathname)});
        process.setgroups([]); process.setgid(${user.gid}); process.setuid(${user.uid});
        const child = spawn('id', ['-u'], { uid: 0, stdio: 'inherit' });
        child.on('error', ({ code, step }) => console.log(code, step));`;
      const argv = [process.execPath, '-e', code];
      expect(await output({ argv, search: null })).toBe('EPERM setuid\n');
    },
    { needsRoot: true },
  );
});

describe('noNewPrivs', () => {
  testReal(
    'bars a setuid program from what it would be',
    async (skip) => {
      const folder = mkdtempSync(join(tmpdir(), 'forkless-security-'));
      try {
        chmodSync(folder, 0o755);
        const program = join(folder, 'id');
        copyFileSync('/usr/bin/id', program);
        chmodSync(program, 0o4755);
        const argv = [program, '-u'];
        if ((await output({ argv, ...user })) !== '0\n')
          skip('setuid is ignored on this file system');
        expect(await output({ argv, ...user, noNewPrivs: true })).toBe(`${user.uid}\n`);
        const child = spawn(program, ['-u'], { ...user, noNewPrivs: true });
        let text = '';
        for await (const chunk of child.stdout!) text += String(chunk);
        expect(text).toBe(`${user.uid}\n`);
      } finally {
        rmSync(folder, { recursive: true });
      }
    },
    { needsRoot: true },
  );
});

describe('a NUL byte', () => {
  testReal('is refused before anything is made', async () => {
    for (const request of [
      { path: '/bin/true\0x', argv: ['true'] },
      { path: '/bin/true', argv: ['true', 'a\0'] },
      { path: '/bin/true', argv: ['true'], env: { A: 'a\0b' } },
      { path: '/bin/true', argv: ['true'], env: { 'A\0': 'b' } },
      { path: '/bin/true', argv: ['true'], cwd: '/\0' },
      { path: '/bin/true', argv: ['true'], actions: [open(3, '/dev\0', 0)] },
      { path: 'true', argv: ['true'], search: '/bin\0:/usr/bin' },
      { path: '/bin/true', argv: ['true', Uint8Array.of(97, 0)] },
    ]) {
      await expect(start(request), JSON.stringify(request)).rejects.toThrow('NUL');
    }
    const code = 'ERR_INVALID_ARG_VALUE';
    expect(() => spawn('a\0')).toThrow(expect.objectContaining({ code }) as Error);
    expect(() => spawn('a', ['\0'])).toThrow(expect.objectContaining({ code }) as Error);
    expect(() => exec('a\0')).toThrow(expect.objectContaining({ code }) as Error);
  });
});
