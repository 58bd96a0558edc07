// What arguments and options of every kind come to: types, absence, copies, errors.
import { getEventListeners } from 'node:events';
import { constants } from 'node:os';
import { channel } from 'node:diagnostics_channel';
import { AsyncLocalStorage } from 'node:async_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { ChildProcess } from 'node:child_process';
import { called, fields, finished, textOf, thrown, type Scenario } from './seen.ts';

const printf = ['-c', 'printf "[%s]" "$@"', 'sh'];

/** Every scenario by the fact it looks at. */
export const optionScenarios: Readonly<Record<string, Scenario>> = {
  'arguments that are no text': ({ spawn }) =>
    finished(spawn('sh', [...printf, 1, true, null, undefined, 12n, { a: 1 }, ''] as string[])),
  'arguments that are no text, with a shell': ({ spawn }) =>
    finished(spawn('printf', ['%s', 1, '2'] as string[], { shell: true })),
  'an argument list that is changed afterwards': async ({ spawn }) => {
    const args = [...printf, 'a'];
    const child = spawn('sh', args);
    args.push('b');
    return { end: await finished(child), args };
  },
  'options that are null, a list or a function': async ({ spawn, execFile, exec }) => ({
    errors: [
      () => spawn('true', [], null as never),
      () => spawn('true', [], [] as never),
      () => spawn('true', [], (() => {}) as never),
      () => spawn('true', (() => {}) as never),
      () => execFile('true', [], [] as never),
      () => execFile('true', 'x' as never),
      () => execFile('true', [], 5 as never),
      () => exec('true', {}, 'x' as never),
      () => exec('' as never),
      () => exec(5 as never),
      () => exec('a\0b'),
    ].map(thrown),
    null: await called((callback) => execFile('echo', ['x'], null, callback)),
    both: await called((callback) => execFile('echo', null, { encoding: 'hex' }, callback)),
    only: await called((callback) => execFile('echo', { encoding: 'hex' } as object, callback)),
    exec: await called((callback) => exec('echo x', null as never, callback)),
    text: await called((callback) => exec('echo x', 'text' as never, callback)),
  }),
  'options that are not their object’s own': ({ spawn }) =>
    finished(spawn('pwd', [], Object.create({ cwd: '/usr', shell: true }) as object)),
  'options on Object.prototype': async ({ spawn, execFile }) => {
    const polluted = Object.prototype as { cwd?: string; shell?: boolean; env?: object };
    Object.assign(polluted, {
      cwd: '/usr',
      shell: true,
      env: { A: 'x' },
      maxBuffer: 1,
      argv0: 'z',
    });
    try {
      return [
        spawn('sh', ['-c', 'pwd; echo $A']),
        spawn('sh', ['-c', 'pwd; echo $A'], {}),
        execFile('sh', ['-c', 'pwd; echo $A']),
      ].map(({ spawnargs, spawnfile }) => ({ spawnargs, spawnfile }));
    } finally {
      for (const name of ['cwd', 'shell', 'env', 'maxBuffer', 'argv0']) {
        delete (polluted as Record<string, unknown>)[name];
      }
    }
  },
  'options that are undefined or null': async ({ spawn, execFile }) => {
    const absent = {
      cwd: null,
      env: null,
      argv0: null,
      stdio: null,
      detached: null,
      uid: null,
      gid: null,
      shell: null,
      windowsHide: null,
      timeout: null,
      killSignal: null,
    };
    const nothing = Object.fromEntries(Object.keys(absent).map((name) => [name, undefined]));
    return {
      null: await finished(spawn('echo', ['x'], absent as object)),
      undefined: await finished(spawn('echo', ['x'], nothing)),
      signalNull: thrown(() => spawn('true', [], { signal: null } as object)),
      serialization: thrown(() => spawn('true', [], { serialization: null } as object)),
      execNull: await called((callback) =>
        execFile('echo', ['x'], { ...absent, encoding: null } as object, callback),
      ),
      execUndefined: await called((callback) =>
        execFile('echo', ['x'], { ...nothing, encoding: undefined } as object, callback),
      ),
    };
  },
  'options of a wrong kind': async ({ spawn, execFile }) => ({
    spawn: [
      { windowsHide: 1 },
      { windowsVerbatimArguments: 'x' },
      { timeout: 1.5 },
      { timeout: '1' },
      { timeout: NaN },
      { killSignal: 0 },
      { killSignal: 40 },
      { killSignal: true },
      { killSignal: '' },
      { uid: '0' },
      { gid: 2 ** 31 },
      { shell: 1 },
      { shell: 'a\0b' },
      { argv0: 'a\0b' },
      { cwd: new URL('http://example.org/') },
      { cwd: new URL('file://host/x') },
      { env: { 'A\0': 'x' } },
      { env: { A: Symbol('x') } },
      { stdio: ['pipe', 'pipe', 'x'] },
      { stdio: [Symbol('x')] },
      { stdio: [{ fd: -1 }] },
      { serialization: 'x' },
      { signal: {} },
    ].map((options) => thrown(() => spawn('true', [], options as object))),
    execFile: [
      { maxBuffer: '1' },
      { maxBuffer: NaN },
      { timeout: null, killSignal: 0 },
      { killSignal: {} },
      { argv0: 5 },
      { argv0: 'a\0b' },
      { signal: 'x' },
    ].map((options) => thrown(() => execFile('true', [], options as object))),
    coerced: await called((callback) =>
      execFile('echo', ['x'], { windowsHide: 1, detached: 7, stdio: 5 } as object, callback),
    ),
  }),
  'an empty directory, one as bytes, one that is a file': async ({ spawn }) => ({
    empty: (await finished(spawn('pwd', { cwd: '' }))).exitCode,
    bytes: await finished(spawn('pwd', { cwd: Buffer.from('/usr') } as object)),
  }),
  'an environment of odd values': ({ spawn }) =>
    finished(
      spawn('/usr/bin/env', {
        env: { N: 1, B: false, O: {}, Z: null, U: undefined, '': 'x', 7: 'y', E: '' } as object,
      } as object),
    ),
  'an environment that is false': async ({ spawn }) =>
    (await finished(spawn('sh', ['-c', 'test -n "$PATH"'], { env: '' } as object))).exitCode,
  'an environment that is changed afterwards': async ({ spawn }) => {
    const env: NodeJS.ProcessEnv = { A: 'before', PATH: process.env['PATH'] };
    const child = spawn('sh', ['-c', 'echo $A'], { env });
    env['A'] = 'after';
    return finished(child);
  },
  'execFile ignores argv0 and stdio': ({ execFile }) =>
    called((callback) =>
      execFile('sh', ['-c', 'echo $0'], { argv0: 'x', stdio: 'ignore' } as object, callback),
    ),
  'a shell by name, by path, and one that is not there': async ({ spawn }) => ({
    name: await finished(spawn('echo $0', { shell: 'sh' })),
    empty: await finished(spawn('true', { shell: '' } as object)),
    missing: await finished(spawn('echo', { shell: '/no/such' })),
  }),
  'every signal that ends a child': async ({ spawn }) => {
    const seen: unknown[] = [];
    for (let signal = 1; signal <= 31; signal++) {
      if ([17, 18, 19, 20, 21, 22, 23, 28].includes(signal)) continue;
      const child = spawn('sleep', ['10'], { stdio: 'ignore' });
      child.kill(signal as unknown as NodeJS.Signals);
      const { events } = await finished(child);
      seen.push([signal, events]);
    }
    return seen;
  },
  'kill with nothing that is a signal': async ({ spawn }) => {
    const child = spawn('sleep', ['10']);
    const errors = [null, '', '9', 40, -1, 1.5, {}, true, 'SIG'].map((signal) =>
      thrown(() => child.kill(signal as NodeJS.Signals)),
    );
    const before = child.killed;
    const sent = child.kill('sigkill' as NodeJS.Signals);
    const end = await finished(child);
    return { errors, before, sent, end, after: thrown(() => child.kill('SIGX' as 'SIGHUP')) };
  },
  'kill of number 0 counts as killed': async ({ spawn }) => {
    const child = spawn('cat');
    const sent = child.kill(0);
    const { killed } = child;
    child.stdin.end();
    return { sent, killed, end: await finished(child), dead: child.kill(0) };
  },
  'a timeout that does not come': ({ spawn }) =>
    finished(spawn('echo', ['x'], { timeout: 10_000, killSignal: 'SIGKILL' })),
  'a timeout by number': ({ spawn }) =>
    finished(spawn('sleep', ['10'], { timeout: 20, killSignal: constants.signals.SIGUSR1 })),
  'an abort with a reason and a signal of choice': ({ spawn }) => {
    const controller = new AbortController();
    const child = spawn('sleep', ['10'], { signal: controller.signal, killSignal: 'SIGHUP' });
    const cause = new Promise((resolve) =>
      child.once('error', (error) => resolve((error as Error & { cause: unknown }).cause)),
    );
    controller.abort('because');
    return Promise.all([finished(child), cause]);
  },
  'an abort of a child that cannot be made': ({ spawn }) =>
    finished(spawn('/no/such', { signal: new AbortController().signal })),
  'an abort listener that stays behind': async ({ spawn }) => {
    const { signal } = new AbortController();
    const child = spawn('true', { signal });
    const during = getEventListeners(signal, 'abort').length;
    await finished(child);
    return { during, after: getEventListeners(signal, 'abort').length };
  },
  'a class of child_process': async ({ spawn, ChildProcess: Given }) => {
    const child = spawn('true');
    const kinds = [child instanceof Given, child instanceof ChildProcess, child.constructor.name];
    const { connected, channel: ipc, send, disconnect } = child;
    const end = await finished(child);
    const made = thrown(() => new Given());
    return { kinds, connected, ipc, send, disconnect, end, made };
  },
  'names of its own members': async ({ spawn }) => {
    const child = spawn('true');
    const shown = ['stdin', 'stdout', 'stderr', 'stdio', 'exitCode', 'signalCode', 'killed'].map(
      (name) => Object.keys(child).includes(name),
    );
    await finished(child);
    return { shown, pid: 'pid' in child, dispose: Symbol.dispose in child };
  },
  'disposal kills': async ({ spawn }) => {
    const child = spawn('sleep', ['10']);
    child[Symbol.dispose]();
    child[Symbol.dispose]();
    return finished(child);
  },
  'the diagnostics channel': async ({ spawn, execFile }) => {
    const heard: unknown[] = [];
    const listen = (message: unknown) => {
      const { process } = message as { process: ChildProcess };
      heard.push([process instanceof ChildProcess, process.pid, process.exitCode]);
    };
    const made = channel('child_process');
    made.subscribe(listen);
    const first = spawn('true');
    const second = execFile('true');
    made.unsubscribe(listen);
    const third = spawn('true');
    await Promise.all([first, second, third].map(finished));
    return heard;
  },
  'the async context of the call': async ({ spawn, exec }) => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    const ends = ['a', 'b'].map((name) =>
      storage.run(name, () => {
        const child = spawn('echo', [name]);
        for (const event of ['spawn', 'exit', 'close']) {
          child.on(event, () => seen.push([event, storage.getStore() === name]));
        }
        child.stdout.on('data', () => seen.push(['data', storage.getStore() === name]));
        const missing = spawn('/no/such');
        missing.on('error', () => seen.push(['error', storage.getStore() === name]));
        return Promise.all([
          new Promise((resolve) => child.on('close', resolve)),
          new Promise((resolve) => missing.on('close', resolve)),
          new Promise((resolve) =>
            exec(`echo ${name}`, () => {
              seen.push(['exec', storage.getStore() === name]);
              resolve(undefined);
            }),
          ),
        ]);
      }),
    );
    await Promise.all(ends);
    return seen.map(String).toSorted();
  },
  'events in their order': async ({ spawn }) => {
    const seen: string[] = [];
    const child = spawn('echo', ['x']);
    seen.push('returned');
    child.on('spawn', () => seen.push('spawn'));
    child.stdout.on('data', () => seen.push('data'));
    child.stdout.on('end', () => seen.push('end'));
    child.on('exit', () => seen.push('exit'));
    await new Promise((resolve) => child.on('close', resolve));
    seen.push('close');
    // Whether the end of the output or the exit is told first is nobody's promise.
    return { first: seen.slice(0, 2), last: seen.at(-1), all: seen.toSorted() };
  },
  'a listener that comes late': async ({ spawn }) => {
    const child = spawn('sh', ['-c', 'echo late; exit 3']);
    await new Promise((resolve) => child.on('exit', resolve));
    return { out: await textOf(child.stdout), exitCode: child.exitCode };
  },
  'nobody who reads': async ({ spawn }) => {
    const child = spawn('sh', ['-c', 'echo unread; echo unread >&2; exit 3']);
    return new Promise((resolve) => child.on('close', (...given) => resolve(given)));
  },
  'an error that nobody hears is uncaught': async ({ spawn }) => {
    const child = spawn('/no/such');
    const before = process.listeners('uncaughtException');
    process.removeAllListeners('uncaughtException');
    const error = await new Promise((resolve) => process.once('uncaughtException', resolve));
    for (const listener of before) process.on('uncaughtException', listener);
    await sleep(5);
    return { error: fields(error), exitCode: child.exitCode };
  },
};
