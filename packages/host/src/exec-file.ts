// `execFile` and `exec` with the face of node:child_process: a child whose output is collected.
import { exec as execByNode, execFile as execFileByNode } from 'node:child_process';
import { promisify } from 'node:util';
import { signalNumber, type ChildProcess } from './child-process.ts';
import { errnoName } from './native.ts';
import { normalize, splitArguments, type Normalized, type Options } from './normalize.ts';
import { spawnNormalized } from './spawn.ts';

type Callback = (error: Error | null, stdout: string | Buffer, stderr: string | Buffer) => void;

interface Collecting {
  readonly encoding: BufferEncoding | undefined;
  readonly timeoutMs: number;
  readonly maxBytes: number;
  readonly killSignal: number;
  readonly callback: Callback | undefined;
  /** The command as an error shows it. */
  readonly shown: string;
}

const maxBytesDefault = 1024 * 1024;

/**
 * `execFile` of node:child_process without the fork.
 *
 * @see https://nodejs.org/api/child_process.html#child_processexecfilefile-args-options-callback
 */
export const execFile = withPromise(function execFile(...given: unknown[]) {
  const [file, ...rest] = given;
  const callback = rest.findLast((one) => typeof one === 'function') as Callback | undefined;
  const [args, options, strange] = rest.filter((one) => typeof one !== 'function');
  const split =
    strange === undefined || strange === null ? splitArguments(args, options) : undefined;
  const child =
    split === undefined ? undefined : collect(file, split.args, split.options, callback);
  return child ?? (execFileByNode as (...all: unknown[]) => unknown)(...given);
}, execFileByNode);

/**
 * `exec` of node:child_process without the fork: a line for the shell.
 *
 * @see https://nodejs.org/api/child_process.html#child_processexeccommand-options-callback
 */
export const exec = withPromise(function exec(...given: unknown[]) {
  const [command, ...rest] = given;
  const callback = rest.find((one) => typeof one === 'function') as Callback | undefined;
  const options = (rest[0] === callback ? undefined : rest[0]) as Options | undefined | null;
  const { shell } = options ?? {};
  const isOrdinary = [undefined, null, callback].includes(rest[1] as Callback | undefined);
  const child = !isOrdinary
    ? undefined
    : collect(
        command,
        [],
        { ...options, shell: typeof shell === 'string' ? shell : true },
        callback,
      );
  return child ?? (execByNode as (...all: unknown[]) => unknown)(...given);
}, execByNode);

/** Under `promisify` both resolve to the output, as Node's do, and the promise has the child. */
function withPromise<Face extends object>(
  run: (...given: unknown[]) => unknown,
  _face: Face,
): Face {
  const promised = (...given: unknown[]) => {
    let child: unknown;
    const promise = new Promise((resolve, reject) => {
      child = run(...given, (error: Error | null, stdout: unknown, stderr: unknown) => {
        if (error === null) resolve({ stdout, stderr });
        else reject(Object.assign(error, { stdout, stderr }));
      });
    });
    return Object.assign(promise, { child });
  };
  Object.defineProperty(run, promisify.custom, { value: promised, enumerable: false });
  return run as unknown as Face;
}

/** Starts and collects, or undefined: let Node do it. */
function collect(
  file: unknown,
  args: readonly string[],
  options: Options,
  callback: Callback | undefined,
): ChildProcess | undefined {
  const ours = collectable(file, args, options);
  if (ours === undefined) return undefined;
  const { encoding, timeout, maxBuffer, killSignal } = options as Options & { maxBuffer?: number };
  return new Collector(spawnNormalized(ours), {
    encoding: encodingOf(encoding),
    timeoutMs: timeout ?? 0,
    maxBytes: maxBuffer ?? maxBytesDefault,
    killSignal: signalNumber((killSignal as NodeJS.Signals | undefined | null) ?? 'SIGTERM'),
    callback,
    shown: [file as string, ...args].join(' '),
  }).child;
}

/** What `spawn` is asked for: stdio is pipes, and the timeout is the collector's. */
function collectable(
  file: unknown,
  args: readonly string[],
  options: Options & { maxBuffer?: unknown },
): Normalized | undefined {
  const { stdio: _, timeout, maxBuffer, killSignal, detached: __, ...rest } = options;
  if (maxBuffer !== undefined && !(typeof maxBuffer === 'number' && maxBuffer >= 0))
    return undefined;
  if (timeout !== undefined && !(Number.isInteger(timeout) && timeout >= 0)) return undefined;
  if (killSignal !== undefined && killSignal !== null) {
    try {
      signalNumber(killSignal);
    } catch {
      return undefined;
    }
  }
  return normalize(file, args, rest);
}

function encodingOf(encoding: unknown): BufferEncoding | undefined {
  const wanted = encoding === undefined ? 'utf8' : encoding;
  return typeof wanted === 'string' && wanted !== 'buffer' && Buffer.isEncoding(wanted)
    ? wanted
    : undefined;
}

/** Gathers what a child writes until it has closed, failed, written too much or run too long. */
class Collector {
  readonly child: ChildProcess;
  readonly #collecting: Collecting;
  readonly #chunks = { stdout: [] as (string | Buffer)[], stderr: [] as (string | Buffer)[] };
  #error: Error | undefined;
  #killed = false;
  #done = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(child: ChildProcess, collecting: Collecting) {
    this.child = child;
    this.#collecting = collecting;
    if (collecting.timeoutMs > 0) {
      this.#timer = setTimeout(() => this.#kill(), collecting.timeoutMs);
    }
    this.#gather('stdout');
    this.#gather('stderr');
    child.on('close', (code: number | null, signal: NodeJS.Signals | null) =>
      this.#finish(code, signal),
    );
    child.on('error', (error: Error) => {
      this.#error = error;
      this.#drop();
      this.#finish(0, null);
    });
  }

  #gather(name: 'stdout' | 'stderr'): void {
    const stream = this.child[name];
    if (stream === null) return;
    const { encoding, maxBytes } = this.#collecting;
    if (encoding !== undefined) stream.setEncoding(encoding);
    let bytes = 0;
    stream.on('data', (chunk: string | Buffer) => {
      const size = typeof chunk === 'string' ? Buffer.byteLength(chunk, encoding) : chunk.length;
      bytes += size;
      if (bytes <= maxBytes) {
        this.#chunks[name].push(chunk);
        return;
      }
      this.#chunks[name].push(chunk.slice(0, maxBytes - (bytes - size)));
      this.#error = Object.assign(new RangeError(`${name} maxBuffer length exceeded`), {
        code: 'ERR_CHILD_PROCESS_STDIO_MAXBUFFER',
      });
      this.#kill();
    });
  }

  #drop(): void {
    this.child.stdout?.destroy();
    this.child.stderr?.destroy();
  }

  #kill(): void {
    this.#drop();
    this.#killed = true;
    try {
      this.child.kill(this.#collecting.killSignal);
    } catch (error) {
      this.#error ??= error as Error;
      this.#finish(0, null);
    }
  }

  #finish(code: number | null, signal: NodeJS.Signals | null): void {
    if (this.#done) return;
    this.#done = true;
    clearTimeout(this.#timer);
    const { callback, shown } = this.#collecting;
    if (callback === undefined) return;
    const stdout = this.#joined('stdout');
    const stderr = this.#joined('stderr');
    if (this.#error === undefined && code === 0 && signal === null) {
      callback(null, stdout, stderr);
      return;
    }
    this.#error ??= Object.assign(new Error(`Command failed: ${shown}\n${stderr}`), {
      code: code !== null && code < 0 ? errnoName(-code) : code,
      killed: this.child.killed || this.#killed,
      signal,
    });
    callback(Object.assign(this.#error, { cmd: shown }), stdout, stderr);
  }

  #joined(name: 'stdout' | 'stderr'): string | Buffer {
    const chunks = this.#chunks[name];
    // Whoever set an encoding on the stream later gets text, too.
    const isText =
      this.#collecting.encoding !== undefined ||
      typeof this.child[name]?.readableEncoding === 'string';
    return isText ? chunks.join('') : Buffer.concat(chunks as Buffer[]);
  }
}
