// What a program can see of child_process, as small programs that give plain data. Each is run with Node's
// own module and with ours, and the two answers are compared: Node is the measure.
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { called, fields, finished, inFolder, textOf, thrown, type Scenario } from './seen.ts';

/** Every scenario by the fact it looks at. */
export const scenarios: Readonly<Record<string, Scenario>> = {
  'an exit status': ({ spawn }) => finished(spawn('/bin/sh', ['-c', 'exit 3'])),
  'death by a signal': ({ spawn }) => finished(spawn('/bin/sh', ['-c', 'kill -9 $$'])),
  'output on both streams': ({ spawn }) =>
    finished(spawn('sh', ['-c', 'echo out; echo err >&2; exit 1'])),
  'a program looked up in PATH': ({ spawn }) => finished(spawn('true')),
  'a program that is not there': ({ spawn }) => finished(spawn('forkless-no-such', ['a', 'b'])),
  'a path that is not there': ({ spawn }) => finished(spawn('/no/such', ['a'])),
  'a file that may not be executed': ({ spawn }) => finished(spawn('/etc/passwd')),
  'a directory that is not there': ({ spawn }) => finished(spawn('true', { cwd: '/no/such' })),
  'a missing program with stdio ignored': ({ spawn }) =>
    finished(spawn('/no/such', [], { stdio: 'ignore' })),
  'the pid of a missing program': async ({ spawn }) => {
    const child = spawn('/no/such');
    child.on('error', () => {});
    // Not `child.kill()`: before the error is told, Node's own then signals its whole process group.
    return { pid: child.pid };
  },
  'a pid at once': async ({ spawn }) => {
    const child = spawn('sleep', ['10']);
    const alive = process.kill(child.pid!, 0);
    child.kill('SIGKILL');
    return { alive, ...(await finished(child)) };
  },
  'kill at once': async ({ spawn }) => {
    const child = spawn('sleep', ['10']);
    const sent = child.kill();
    const end = await finished(child);
    return { sent, again: child.kill(), killed: child.killed, end };
  },
  'kill by number, by a word in lower case, by nonsense': async ({ spawn }) => {
    const child = spawn('sleep', ['10']);
    const probe = child.kill(0);
    const nonsense = thrown(() => child.kill('SIGNOPE' as NodeJS.Signals));
    child.kill(9);
    return { probe, nonsense, end: await finished(child) };
  },
  'input through a pipe': async ({ spawn }) => {
    const child = spawn('cat');
    child.stdin.end('to the child and back');
    return finished(child);
  },
  'a megabyte through cat': async ({ spawn }) => {
    const child = spawn('cat');
    child.stdin.end('x'.repeat(1 << 20));
    return (await textOf(child.stdout)).length;
  },
  'writing to a child that has gone': async ({ spawn }) => {
    const child = spawn('true');
    const error = new Promise((resolve) => child.stdin.on('error', (e) => resolve(fields(e))));
    child.stdin.on('close', () => {});
    await new Promise((resolve) => child.on('exit', resolve));
    return {
      writable: child.stdin.writable,
      destroyed: child.stdin.destroyed,
      error: error instanceof Promise,
    };
  },
  'a directory given as path': ({ spawn }) => finished(spawn('pwd', [], { cwd: '/usr/bin' })),
  'a directory given as URL': ({ spawn }) =>
    finished(spawn('pwd', { cwd: pathToFileURL('/usr/lib') })),
  'an environment': ({ spawn }) =>
    finished(spawn('/usr/bin/env', [], { env: { B: '2', A: 'ä =', U: undefined, E: '' } })),
  'an environment with inherited members': ({ spawn }) =>
    finished(
      spawn('/usr/bin/env', {
        env: Object.create({ UP: '1' }, { OWN: { value: '2', enumerable: true } }),
      }),
    ),
  'the PATH of the environment': async ({ spawn }) => ({
    none: await finished(spawn('sh', ['-c', 'echo $PATH'], { env: {} })),
    wrong: await finished(spawn('sh', [], { env: { PATH: '/no/such' } })),
    right: await finished(spawn('sh', ['-c', 'echo $PATH'], { env: { PATH: '/no:/bin' } })),
  }),
  'what was set in process.env': async ({ spawn }) => {
    process.env['FORKLESS_SCENARIO'] = 'set';
    const end = await finished(spawn('sh', ['-c', 'echo $FORKLESS_SCENARIO']));
    delete process.env['FORKLESS_SCENARIO'];
    return end;
  },
  argv0: ({ spawn }) => finished(spawn('sh', ['-c', 'cat /proc/$$/cmdline'], { argv0: 'other' })),
  'the shell': async ({ spawn }) => ({
    line: await finished(spawn('echo $0 "a  b"', { shell: true })),
    args: await finished(spawn('echo', ['$0', '&&', 'echo', 'x'], { shell: '/bin/sh' })),
  }),
  'a new session': async ({ spawn }) => {
    const child = spawn('sh', ['-c', 'cut -d " " -f 5,6 /proc/self/stat'], { detached: true });
    const pid = child.pid!;
    return (await textOf(child.stdout)).trim() === `${pid} ${pid}`;
  },
  'a fourth pipe': async ({ spawn }) => {
    const child = spawn('sh', ['-c', 'echo four >&3; cat <&3'], {
      stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
    });
    const three = child.stdio[3] as unknown as NodeJS.ReadWriteStream;
    three.write('back');
    three.end();
    const [out, end] = await Promise.all([textOf(three as unknown as Readable), finished(child)]);
    return { out, stdio: child.stdio.map((one) => one !== null), end };
  },
  'stdio words': async ({ spawn }) => {
    const child = spawn('sh', ['-c', 'readlink /proc/self/fd/0'], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const { stdin, stderr, stdio } = child;
    return { stdin, stderr, stdio: stdio.map((one) => one !== null), end: await finished(child) };
  },
  'a file as output, by number': ({ spawn }) =>
    inFolder(async (folder) => {
      const fd = openSync(join(folder, 'out'), 'w');
      const end = await finished(spawn('echo', ['hello'], { stdio: ['ignore', fd, fd] }));
      closeSync(fd);
      return { end, text: readFileSync(join(folder, 'out'), 'utf8') };
    }),
  'a script without an interpreter line': ({ spawn }) =>
    inFolder(async (folder) => {
      const script = join(folder, 'script');
      writeFileSync(script, 'echo "$1 $2"\n', { mode: 0o755 });
      const { stdout, exitCode } = await finished(spawn(script, ['a', 'b c']));
      return { stdout, exitCode };
    }),
  'a script with a missing interpreter': ({ spawn }) =>
    inFolder(async (folder) => {
      const script = join(folder, 'script');
      writeFileSync(script, '#!/no/such\n', { mode: 0o755 });
      const { events } = await finished(spawn(script));
      return JSON.stringify(events).replaceAll(folder, '');
    }),
  'signals are as in a fresh process': ({ spawn }) =>
    finished(spawn('grep', ['-E', 'Sig(Blk|Ign)', '/proc/self/status'])),
  'umask, nice and limits are inherited': ({ spawn }) =>
    finished(spawn('sh', ['-c', 'umask; nice; ulimit -n; ulimit -Hn'])),
  'a timeout': async ({ spawn }) => {
    const child = spawn('sleep', ['10'], { timeout: 30, killSignal: 'SIGINT' });
    return finished(child);
  },
  'an abort': async ({ spawn }) => {
    const controller = new AbortController();
    const child = spawn('sleep', ['10'], { signal: controller.signal });
    setTimeout(() => controller.abort(), 20);
    return finished(child);
  },
  'an abort before': async ({ spawn }) =>
    finished(spawn('sleep', ['10'], { signal: AbortSignal.abort() })),
  'an abort after the end': async ({ spawn }) => {
    const controller = new AbortController();
    const end = await finished(spawn('true', { signal: controller.signal }));
    controller.abort();
    return end;
  },
  'wrong arguments': async ({ spawn, execFile, exec }) =>
    [
      () => spawn(undefined as never),
      () => spawn(''),
      () => spawn('a\0b'),
      () => spawn('true', ['a\0b']),
      () => spawn('true', 'x' as never),
      () => spawn('true', [], 3 as never),
      () => spawn('true', [], { cwd: 5 as never }),
      () => spawn('true', [], { cwd: 'a\0b' }),
      () => spawn('true', [], { env: { A: 'a\0b' } }),
      () => spawn('true', [], { uid: 1.5 }),
      () => spawn('true', [], { detached: 1 as never }),
      () => spawn('true', [], { shell: {} as never }),
      () => spawn('true', [], { argv0: 4 as never }),
      () => spawn('true', [], { stdio: 'nonsense' as never }),
      () => spawn('true', [], { stdio: ['pipe', {} as never] }),
      () => spawn('true', [], { signal: 3 as never }),
      () => spawn('true', [], { killSignal: 'SIGNOPE' as never }),
      () => execFile('true', [], { maxBuffer: -1 }),
      () => execFile('true', [], { timeout: -1 }),
      () => execFile('true', [], { killSignal: 'SIGNOPE' as never }),
      () => execFile('true', [], {}, 'x' as never),
      () => exec('true', { timeout: 'x' as never }),
    ].map(thrown),
  'execFile collects': ({ execFile }) =>
    called((callback) => execFile('sh', ['-c', 'echo out; echo err >&2'], callback)),
  'execFile with a failing command': ({ execFile }) =>
    called((callback) => execFile('sh', ['-c', 'echo out; echo err >&2; exit 5'], callback)),
  'execFile with a missing command': ({ execFile }) =>
    called((callback) => execFile('/no/such', ['a'], callback)),
  'execFile without arguments': ({ execFile }) => called((callback) => execFile('true', callback)),
  'execFile with buffers': ({ execFile }) =>
    called((callback) => execFile('echo', ['x'], { encoding: 'buffer' }, callback)),
  'execFile in latin1': ({ execFile }) =>
    called((callback) => execFile('printf', ['\\344'], { encoding: 'latin1' }, callback)),
  'execFile with too much output': ({ execFile }) =>
    called((callback) => execFile('echo', ['hello world'], { maxBuffer: 5 }, callback)),
  'execFile with exactly enough output': ({ execFile }) =>
    called((callback) => execFile('printf', ['hello'], { maxBuffer: 5 }, callback)),
  'execFile with unlimited output': ({ execFile }) =>
    called((callback) => execFile('printf', ['hello'], { maxBuffer: Infinity }, callback)),
  'execFile that runs too long': ({ execFile }) =>
    called((callback) => execFile('sleep', ['10'], { timeout: 30 }, callback)),
  'execFile that is killed': ({ execFile }) =>
    called((callback) => {
      const child = execFile('sleep', ['10'], callback);
      setTimeout(() => child.kill('SIGHUP'), 20);
    }),
  'execFile that is aborted': ({ execFile }) =>
    called((callback) => {
      const controller = new AbortController();
      execFile('sleep', ['10'], { signal: controller.signal }, callback);
      setTimeout(() => controller.abort(), 20);
    }),
  'exec of a line': ({ exec }) => called((callback) => exec('echo "$0" | cat; exit 2', callback)),
  'exec with options': ({ exec }) =>
    called((callback) => exec('pwd; echo $A', { cwd: '/usr', env: { A: 'b' } }, callback)),
  'exec with a shell of choice': ({ exec }) =>
    called((callback) => exec('echo $0', { shell: '/bin/sh' }, callback)),
  'promises of exec and execFile': async ({ exec, execFile }) => {
    const good = await promisify(execFile)('echo', ['x']);
    const bad = await promisify(exec)('echo y; exit 4').catch((error: unknown) => ({
      ...fields(error),
      ...(error as object),
    }));
    const promise = promisify(exec)('true');
    return { good, bad, child: typeof promise.child.pid, end: await promise };
  },
  'a child from a promise can be killed': async ({ execFile }) => {
    const promise = promisify(execFile)('sleep', ['10']);
    promise.child.kill();
    return promise.catch((error: unknown) => fields(error));
  },
  'many at once': async ({ spawn }) => {
    const all = Array.from({ length: 40 }, (_, index) =>
      finished(spawn('sh', ['-c', `echo ${index}; exit ${index}`])),
    );
    return (await Promise.all(all)).map(({ stdout, exitCode }) => [stdout, exitCode]);
  },
};
