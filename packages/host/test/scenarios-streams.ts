// What becomes of stdio in every form, and of output that is collected.
import { closeSync, openSync, readFileSync, createWriteStream } from 'node:fs';
import { createServer, connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { finished as streamFinished } from 'node:stream/promises';
import { promisify } from 'node:util';
import { called, fields, finished, inFolder, thrown, type Scenario } from './seen.ts';

const wide = '中文测试'; // 4 letters, 12 bytes

/** Every scenario by the fact it looks at. */
export const streamScenarios: Readonly<Record<string, Scenario>> = {
  'stdio in one word': async ({ spawn }) => {
    const seen: unknown[] = [];
    for (const stdio of ['pipe', 'overlapped', 'ignore'] as const) {
      const child = spawn('sh', ['-c', 'cat; echo x; echo y >&2'], { stdio });
      const there = child.stdio.map((one) => one !== null);
      child.stdin?.end('in');
      seen.push({ there, end: await finished(child) });
    }
    return seen;
  },
  'stdio that is short, long, or full of holes': async ({ spawn }) => {
    const list = 'for n in 0 1 2 3 4 5 6; do [ -e /proc/self/fd/$n ] && printf "$n "; done';
    const seen: unknown[] = [];
    for (const stdio of [
      [],
      ['ignore'],
      [null, undefined, 'ignore'],
      ['ignore', 'pipe', 'ignore', null, 'pipe'],
      ['ignore', 'pipe', 'ignore', undefined, 'ignore', 'pipe'],
      ['ignore', 'overlapped', -1],
      ['ignore', 'pipe', 2],
      '',
    ]) {
      const child = spawn('sh', ['-c', list], { stdio } as object);
      const there = child.stdio.map((one) => one !== null);
      child.stdin?.end();
      child.stdio.forEach((one, fd) => fd > 2 && (one as Socket | null)?.resume());
      seen.push({ there, end: await finished(child) });
    }
    return seen;
  },
  'a descriptor that is closed right after the call': ({ spawn }) =>
    inFolder(async (folder) => {
      const [out, other] = [join(folder, 'out'), join(folder, 'other')];
      const fd = openSync(out, 'w');
      const child = spawn('echo', ['hello'], { stdio: ['ignore', fd, 'pipe', fd] });
      closeSync(fd);
      // Most likely by the same number.
      const reused = openSync(other, 'w');
      const end = await finished(child);
      closeSync(reused);
      return { end, out: readFileSync(out, 'utf8'), other: readFileSync(other, 'utf8') };
    }),
  'a file stream as output': ({ spawn }) =>
    inFolder(async (folder) => {
      const path = join(folder, 'out');
      const stream = createWriteStream(path);
      await new Promise((resolve) => stream.once('open', resolve));
      const end = await finished(spawn('echo', ['hello'], { stdio: ['ignore', stream, 'pipe'] }));
      stream.end();
      await streamFinished(stream);
      return { end, out: readFileSync(path, 'utf8') };
    }),
  'a file stream that is not open yet': ({ spawn }) =>
    inFolder(async (folder) => {
      const stream = createWriteStream(join(folder, 'out'));
      const refused = thrown(() => spawn('echo', ['x'], { stdio: ['ignore', stream] }));
      await new Promise((resolve) => stream.close(resolve));
      return { code: (refused as { code: unknown }).code };
    }),
  'the output of one child as input of another': async ({ spawn }) => {
    const first = spawn('sh', [
      '-c',
      'sleep 0.05; i=0; while [ $i -lt 3000 ]; do echo $i; i=$((i+1)); done',
    ]);
    const second = spawn('grep', ['7'], { stdio: [first.stdout, 'pipe', 'pipe'] });
    const third = spawn('wc', ['-l'], { stdio: [second.stdout!, 'pipe', 'pipe'] });
    const exits = Promise.all(
      [first, second].map((child) => new Promise((resolve) => child.on('exit', resolve))),
    );
    const end = await finished(third);
    return { end, exits: await exits };
  },
  'the output of one child piped into another': async ({ spawn }) => {
    const first = spawn('seq', ['1', '500']);
    const second = spawn('grep', ['9']);
    const third = spawn('wc', ['-l']);
    first.stdout.pipe(second.stdin);
    second.stdout.pipe(third.stdin);
    return finished(third);
  },
  'a socket as input and output': async ({ spawn }) => {
    const server = createServer({ pauseOnConnect: true });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const client = connect((server.address() as { port: number }).port, '127.0.0.1');
    const socket = await new Promise<Socket>((resolve) => server.once('connection', resolve));
    const child = spawn('sh', ['-c', 'read line; echo "got $line"'], {
      stdio: [socket, socket, 'pipe'],
    });
    client.write('hello\n');
    const exit = new Promise((resolve) => child.on('exit', (...given) => resolve(given)));
    const [line] = await Promise.all([
      new Promise((resolve) => client.once('data', (data) => resolve(String(data)))),
      exit,
    ]);
    client.destroy();
    socket.destroy();
    server.close();
    return { line, exit: await exit };
  },
  'both outputs in one file': ({ spawn }) =>
    inFolder(async (folder) => {
      const fd = openSync(join(folder, 'out'), 'a');
      const stdio = ['ignore', fd, fd] as const;
      const end = await finished(
        spawn('sh', ['-c', 'echo a; echo b >&2; echo c'], { stdio: [...stdio] }),
      );
      closeSync(fd);
      return { end, out: readFileSync(join(folder, 'out'), 'utf8') };
    }),
  'the kinds of its streams': async ({ spawn }) => {
    const child = spawn('cat');
    const kinds = [child.stdin, child.stdout, child.stderr].map((stream) => ({
      name: stream.constructor.name,
      readable: (stream as unknown as Socket).readable,
      writable: (stream as unknown as Socket).writable,
      destroyed: stream.destroyed,
      pending: (stream as unknown as Socket).pending,
    }));
    child.stdin.end('x');
    return { kinds, end: await finished(child) };
  },
  'ends and closes of its streams': async ({ spawn }) => {
    const child = spawn('sh', ['-c', 'cat; echo e >&2']);
    const seen: string[] = [];
    for (const [name, stream] of Object.entries({
      in: child.stdin,
      out: child.stdout,
      err: child.stderr,
    })) {
      for (const event of ['finish', 'end', 'close', 'error']) {
        stream.on(event, () => seen.push(`${name} ${event}`));
      }
      if (name !== 'in') stream.on('data', () => {});
    }
    child.stdin.end('x');
    await new Promise((resolve) => child.on('close', () => setImmediate(resolve)));
    return seen.toSorted();
  },
  'text as it is set on a stream': async ({ spawn }) => {
    const child = spawn('printf', [wide]);
    child.stdout.setEncoding('utf8');
    const chunks: unknown[] = [];
    child.stdout.on('data', (chunk) => chunks.push(chunk));
    await new Promise((resolve) => child.on('close', resolve));
    return chunks;
  },
  'a big write that is ended at once': async ({ spawn }) => {
    const child = spawn('wc', ['-c']);
    let calls = 0;
    child.stdin.write(Buffer.alloc(300_000, 'x'), () => calls++);
    child.stdin.end('the end', () => calls++);
    return { end: await finished(child), calls };
  },
  'a reader that goes away': async ({ spawn }) => {
    const child = spawn('yes');
    child.stdout.once('data', () => child.stdout.destroy());
    // By SIGPIPE or by an error of its own, depending on what it had written.
    return new Promise((resolve) => child.on('exit', (code) => resolve(code !== 0)));
  },
  'a writer to a child that reads nothing': async ({ spawn }) => {
    const child = spawn('true');
    await new Promise((resolve) => child.on('exit', resolve));
    const error = await new Promise((resolve) => {
      child.stdin.on('error', (e) => resolve(fields(e)));
      child.stdin.write('x', (e) => resolve(e === null || e === undefined ? 'written' : fields(e)));
    });
    return error;
  },
  'output that is collected up to a limit in bytes': async ({ execFile, exec }) => {
    const seen: unknown[] = [];
    for (const [maxBuffer, encoding] of [
      [0, 'utf8'],
      [1, 'utf8'],
      [10, 'utf8'],
      [11, 'utf8'],
      [12, 'utf8'],
      [10, 'buffer'],
      [10, 'latin1'],
      [10, 'hex'],
      [10, 'base64'],
      [10, 'utf16le'],
      [10, 'no such encoding'],
      [undefined, 'utf8'],
      [null, 'utf8'],
      [10, null],
      [10, undefined],
    ] as const) {
      const options = { maxBuffer, encoding } as object;
      seen.push(await called((callback) => execFile('printf', [wide], options, callback)));
      seen.push(await called((callback) => exec(`printf ${wide} >&2`, options, callback)));
    }
    return seen;
  },
  'both outputs over the limit': ({ execFile }) =>
    called((callback) =>
      execFile(
        'sh',
        ['-c', 'printf 123456789; sleep 0.05; printf 987654321 >&2; sleep 0.1'],
        { maxBuffer: 5 },
        callback,
      ),
    ),
  'output without end over the limit': ({ execFile }) =>
    called((callback) =>
      execFile('yes', { maxBuffer: 100, killSignal: 'SIGKILL' } as object, callback),
    ),
  'an encoding set on the output later': ({ exec }) =>
    called((callback) => {
      const child = exec(`printf ${wide}`, { encoding: null } as object, callback);
      child.stdout!.setEncoding('hex');
    }),
  'every encoding': async ({ execFile }) => {
    const seen: unknown[] = [];
    for (const encoding of [
      'utf8',
      'utf-8',
      'ascii',
      'latin1',
      'binary',
      'hex',
      'base64',
      'base64url',
      'ucs2',
      'UTF8',
      'buffer',
      'Buffer',
      '',
      'xx',
    ]) {
      seen.push(
        await called((callback) => execFile('printf', [wide], { encoding } as object, callback)),
      );
    }
    return seen;
  },
  'errors of commands': async ({ exec, execFile }) => ({
    missing: await called((callback) => exec('forkless-no-such-command 2>/dev/null', callback)),
    cwd: await called((callback) => exec('true', { cwd: '/no/such' }, callback)),
    args: await called((callback) => execFile('sh', ['-c', 'echo e >&2; exit 9'], callback)),
    denied: await called((callback) => execFile('/etc/passwd', callback)),
    signal: await called((callback) => exec('kill -9 $$', callback)),
    timeout: await called((callback) =>
      exec('sleep 10', { timeout: 20, killSignal: 'SIGKILL' }, callback),
    ),
    big: await called((callback) => execFile('sh', ['-c', 'exit 255'], callback)),
  }),
  'exec that fails without a callback': async ({ exec }) => finished(exec('exit 3')),
  'a status that is emitted by hand': ({ execFile }) =>
    called((callback) => {
      const child = execFile('true', callback);
      child.kill();
      child.emit('close', -1, null);
    }),
  'promises of commands': async ({ exec, execFile }) => {
    const controller = new AbortController();
    const aborted = promisify(execFile)('sleep', ['10'], { signal: controller.signal });
    const children = [typeof aborted.child.pid, aborted instanceof Promise];
    controller.abort();
    const caught = async (promise: Promise<unknown>) =>
      promise.then(
        (value) => ({ value }),
        (error: unknown) => ({ ...fields(error), ...(error as object), spawnargs: undefined }),
      );
    return {
      children,
      aborted: await caught(aborted),
      before: await caught(promisify(exec)('true', { signal: AbortSignal.abort() })),
      missing: await caught(promisify(execFile)('/no/such')),
      status: await caught(promisify(exec)('printf o; printf e >&2; exit 7')),
      limit: await caught(promisify(execFile)('printf', ['hello'], { maxBuffer: 2 })),
      timeout: await caught(promisify(exec)('sleep 10', { timeout: 20 })),
      buffers: await caught(promisify(execFile)('printf', ['x'], { encoding: 'buffer' })),
      wrong: [
        () => promisify(exec)('true', { signal: {} } as object),
        () => promisify(execFile)('', []),
        () => promisify(execFile)('true', [], { timeout: -1 }),
      ].map((call) =>
        thrown(() => {
          (call() as Promise<unknown>).catch(() => {});
        }),
      ),
    };
  },
};
