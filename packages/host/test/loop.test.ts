// Whether the event loop waits for a child is seen from outside: by when a program ends, and what it said.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { testReal } from './real.ts';

const built = new URL('../dist/index.js', import.meta.url).href;

/** What a program prints, with the module as `host`. */
function program(code: string, env: NodeJS.ProcessEnv = {}): string {
  const script = `import * as host from ${JSON.stringify(built)};\n${code}`;
  const given = ['--input-type=module', '--eval', script];
  const limited = ['-c', 'ulimit -n 100; exec "$0" "$@"', process.execPath, ...given];
  return execFileSync('/bin/sh', limited, { encoding: 'utf8', env: { ...process.env, ...env } });
}

/** Gone, or a zombie that whoever inherited it has not reaped. */
function hasEnded(pid: number): boolean {
  try {
    return /^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return true;
  }
}

describe('the event loop', () => {
  testReal('waits for a child of spawn and of start', () => {
    expect(
      program(`
        host.spawn('sleep', ['0.2'], { stdio: 'ignore' }).on('exit', (code) => console.log('spawn', code));
        const child = await host.start({ path: '/bin/sleep', argv: ['sleep', '0.3'] });
        child.exited.then(({ code }) => console.log('start', code));`),
    ).toBe('spawn 0\nstart 0\n');
  });

  testReal('does not wait for one that is unreferenced, unless it is referenced again', () => {
    expect(
      program(`
        const left = host.spawn('sleep', ['30'], { stdio: 'ignore' });
        left.on('exit', () => console.log('heard'));
        left.unref();
        const kept = host.spawn('sleep', ['0.2'], { stdio: 'ignore' });
        kept.on('exit', () => { console.log('kept'); process.kill(left.pid, 0); setTimeout(() => left.kill('SIGKILL')); });
        kept.unref();
        kept.ref();
        process.on('exit', () => console.log('end'));`),
    ).toMatch(/^kept\n(heard\n)?end\n$/);
  });

  testReal('hears of children for whose pidfd there was no room', () => {
    for (const table of ['own', 'copied']) {
      const heard = program(
        `
        const { openSync, closeSync } = await import('node:fs');
        const stdio = ['ignore', 'ignore', 'ignore'];
        const sleep = () => host.start({ path: '/bin/sleep', argv: ['sleep', '0.1'], stdio });
        await (await sleep()).exited;
        const files = [];
        try { for (;;) files.push(openSync('/dev/null')); } catch {}
        const children = await Promise.all([sleep(), sleep(), sleep()]);
        const left = await host.start({ path: '/bin/sleep', argv: ['sleep', '30'], stdio });
        const sent = left.kill(9);
        const { signal } = await left.exited;
        const codes = await Promise.all(children.map(async (child) => (await child.exited).code));
        console.log(files.length > 50, ...codes, sent, signal, left.kill(0));`,
        { FORKLESS_HOST_TABLE: table },
      );
      expect([table, heard]).toEqual([table, 'true 0 0 0 true 9 false\n']);
    }
  });

  testReal('ends when nothing is left, and tells a callback that throws', () => {
    expect(
      program(`
        process.once('uncaughtException', ({ message }) => console.log('uncaught', message));
        host.spawn('true', [], { stdio: 'ignore' }).on('exit', () => { throw new Error('mine'); });
        host.spawn('sleep', ['0.2'], { stdio: 'ignore' }).on('exit', () => console.log('next'));`),
    ).toBe('uncaught mine\nnext\n');
  });

  testReal('runs promises and ticks between the events of two children', () => {
    const order = program(`
        const seen = [];
        for (const name of ['a', 'b']) {
          host.spawn('true', [], { stdio: 'ignore' }).on('exit', () => {
            process.nextTick(() => seen.push('tick'));
            Promise.resolve().then(() => seen.push('promise'));
            seen.push('exit');
          });
        }
        process.on('exit', () => console.log(seen.join()));`);
    expect(order).toBe('exit,tick,promise,exit,tick,promise\n');
  });
});

describe('a child with a death signal', () => {
  testReal('ends with the process that asked for it, not with a thread', async () => {
    const pid = Number(
      program(`
        const child = await host.start({
          path: '/bin/sleep', argv: ['sleep', '30'], parentDeathSignal: 9, stdio: ['ignore', 'ignore', 'ignore'],
        });
        await new Promise((resolve) => setTimeout(resolve, 100));
        child.unref();
        console.log(child.kill(0) ? child.pid : 'it died before us');`),
    );
    expect(pid).toBeGreaterThan(1);
    await expect.poll(() => hasEnded(pid), { timeout: 5000 }).toBe(true);
  });
});
