// Whole programs, run once with Node's child_process and once with ours, and what they print compared: what
// becomes of children when the program ends, of descriptors that run out, and of the permission model.
import { execFile, execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { testReal } from './real.ts';

const built = new URL('../dist/index.js', import.meta.url).href;
const folder = mkdtempSync(join(tmpdir(), 'forkless-programs-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What the program prints, with the module as `cp`. */
async function run(module: string, code: string): Promise<string> {
  const script = `import * as cp from ${JSON.stringify(module)};\nimport * as fs from 'node:fs';\n${code}`;
  const limited = ['-c', 'ulimit -n 80; exec "$0" "$@"', process.execPath];
  const given = [...limited, '--no-warnings', '--input-type=module', '-e', script];
  return new Promise((resolve) => {
    execFile('/bin/sh', given, (error, stdout, stderr) =>
      resolve(`${error?.code ?? 0}\n${stdout}${stderr}`),
    );
  });
}

const programs: Readonly<Record<string, string>> = {
  'exits right after the call': `
    cp.spawn('sh', ['-c', 'sleep 0.1; echo made'], { stdio: 'inherit' });
    process.exit();`,
  'lets go of a detached child right after the call': `
    cp.spawn('sh', ['-c', 'sleep 0.1; echo made'], { stdio: 'inherit', detached: true }).unref();`,
  'spawns in its last moment': `
    process.on('exit', () => cp.spawn('sh', ['-c', 'sleep 0.1; echo made'], { stdio: 'inherit' }));`,
  'spawns in its last moment, and before': `
    cp.spawn('true');
    process.on('exit', () => cp.spawn('sh', ['-c', 'sleep 0.1; echo made'], { stdio: 'inherit' }));
    process.exit(3);`,
  'throws right after the call': `
    cp.spawn('sh', ['-c', 'sleep 0.1; echo made'], { stdio: ['ignore', 'inherit', 'ignore'] });
    process.on('exit', (code) => console.log('exit', code));
    process.on('uncaughtException', ({ message }) => { console.log(message); process.exit(5); });
    throw new Error('mine');`,
  'lets go of a child and its pipes': `
    const child = cp.spawn('sleep', ['5']);
    child.unref();
    for (const stream of child.stdio) stream.unref();
    child.on('spawn', () => console.log('spawn'));
    process.on('exit', () => { console.log(child.exitCode); child.kill('SIGKILL'); });`,
  'has no descriptor left': `
    const first = cp.spawn('true');
    first.on('close', () => {
      const files = [];
      try { for (;;) files.push(fs.openSync('/dev/null')); } catch {}
      const child = cp.spawn('true', ['x']);
      const { pid, spawnargs, spawnfile } = child;
      for (const name of ['spawn', 'error', 'exit', 'close']) {
        child.on(name, (...given) => {
          for (const file of files.splice(0)) fs.closeSync(file);
          console.log(name, ...given.map((one) => (one instanceof Error ? { ...one } : one)));
        });
      }
      setTimeout(() => console.log(pid, spawnargs, spawnfile, child.exitCode, child.kill()), 50);
    });`,
  'is told by exec that it has no descriptor left': `
    cp.exec('true', () => {
      const files = [];
      try { for (;;) files.push(fs.openSync('/dev/null')); } catch {}
      cp.exec('true', (error, stdout, stderr) => {
        for (const file of files.splice(0)) fs.closeSync(file);
        console.log({ ...error }, [stdout, stderr]);
      });
    });`,
  'waits for a child that it has referenced again': `
    const child = cp.spawn('sleep', ['0.1'], { stdio: 'ignore' });
    child.unref();
    child.ref();
    child.unref();
    child.ref();
    child.on('exit', (code) => console.log('exit', code));`,
  'awaits events of a child at its top level': `
    const { once } = await import('node:events');
    const child = cp.spawn('sh', ['-c', 'exit 4']);
    await once(child, 'spawn');
    console.log(await once(child, 'close'));
    const missing = cp.spawn('/no/such');
    await once(missing, 'spawn').catch(({ code }) => console.log(code));`,
  'reads a child line by line': `
    const { createInterface } = await import('node:readline');
    const child = cp.spawn('printf', ['a\\\\nb\\\\nc']);
    for await (const line of createInterface({ input: child.stdout })) console.log(line);`,
  'talks to another Node over IPC': `
    const code = "process.on('message', (m) => { process.send({ got: m }); process.disconnect(); })";
    const child = cp.spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    console.log(child.connected, typeof child.send, child instanceof cp.ChildProcess);
    child.on('message', (message) => console.log(message));
    child.on('disconnect', () => console.log('disconnect', child.connected));
    child.send('hello');`,
};

describe('a program cannot tell child_process from its replacement when it', () => {
  for (const [name, code] of Object.entries(programs)) {
    testReal(name, async () => {
      const [ours, nodes] = await Promise.all(
        [built, 'node:child_process'].map((one) => run(one, code)),
      );
      expect(ours).toBe(nodes);
    });
  }
});

describe('a worker that is terminated', () => {
  testReal('has made the children it asked for', async () => {
    const file = join(folder, 'made');
    const code = `
      const { Worker } = require('node:worker_threads');
      const code = \`const { spawn } = require(${JSON.stringify(new URL(built.replace('.js', '.cjs')).pathname)});
        for (let i = 0; i < 8; i++) spawn('sh', ['-c', 'echo x >> ${file}'], { stdio: 'ignore' });
        require('node:worker_threads').parentPort.postMessage('asked');
        for (;;);\`;
      const worker = new Worker(code, { eval: true });
      worker.once('message', () => worker.terminate());`;
    execFileSync(process.execPath, ['-e', code]);
    await expect
      .poll(() => (existsSync(file) ? readFileSync(file, 'utf8') : ''), { timeout: 5000 })
      .toBe('x\n'.repeat(8));
  });
});

test('the permission model guards children of ours as it does those of Node', () => {
  const flag = process.allowedNodeEnvironmentFlags.has('--permission')
    ? '--permission'
    : '--experimental-permission';
  const code = `import * as cp from ${JSON.stringify(built)};
    console.log(cp.capabilities().mechanism);
    try { cp.spawn('true'); } catch (error) { console.log(error.code); }`;
  const given = [flag, '--allow-fs-read=*', '--allow-addons', '--input-type=module', '-e', code];
  const { stdout, stderr } = spawnSync(process.execPath, given, { encoding: 'utf8' });
  expect(stdout, stderr).toBe('child_process\nERR_ACCESS_DENIED\n');
});
