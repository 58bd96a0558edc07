// `execFile` and `exec` with the face of node:child_process: a child whose output is collected.
import { exec as execByNode, execFile as execFileByNode } from 'node:child_process';
import { constants } from 'node:os';
import { promisify } from 'node:util';
import type { ChildProcess } from './child-process.ts';
import { errnoName, load } from './native.ts';
import {
  copyOptions,
  isAbsent,
  isKillSignal,
  isPlainObject,
  isPlainText,
  isTimeout,
  normalizeSplit,
  type Options,
} from './normalize.ts';
import { knownSignal } from './signal.ts';
import { spawnNormalized } from './spawn.ts';

type Callback = (error: Error | null, stdout: string | Buffer, stderr: string | Buffer) => void;

interface Collecting {
  readonly encoding: BufferEncoding | undefined;
  readonly timeoutMs: number;
  /** As in Node: unlimited if undefined is given for it. */
  readonly maxBytes: number | undefined | null;
  readonly killSignal: number;
  readonly callback: Callback | undefined;
  /** The command as an error shows it. */
  readonly shown: string;
}

type CollectOptions = Omit<Options, 'killSignal'> & {
  readonly maxBuffer?: number | undefined | null;
  readonly killSignal?: unknown;
};

/** Those of Node; what is given for them counts even if it is undefined. */
const defaults = { encoding: 'utf8', timeout: 0, maxBuffer: 1024 * 1024, killSignal: 'SIGTERM' };

/**
 * `execFile` of node:child_process without the fork.
 *
 * @see https://nodejs.org/api/child_process.html#child_processexecfilefile-args-options-callback
 */
export const execFile = withPromise(function execFile(...given: unknown[]) {
  const parsed = parseExecFile(given);
  const child = parsed === undefined ? undefined : collect(parsed);
  return child ?? (execFileByNode as (...all: unknown[]) => unknown)(...given);
}, execFileByNode);

/**
 * `exec` of node:child_process without the fork: a line for the shell.
 *
 * @see https://nodejs.org/api/child_process.html#child_processexeccommand-options-callback
 */
export const exec = withPromise(function exec(...given: unknown[]) {
  const parsed = parseExec(given);
  const child = parsed === undefined ? undefined : collect(parsed);
  return child ?? (execByNode as (...all: unknown[]) => unknown)(...given);
}, execByNode);

/** Under `promisify` both resolve to the output, as Node's do, and the promise has the child. */
function withPromise<Face extends object>(
  run: (...given: unknown[]) => unknown,
  _face: Face,
): Face {
  const promised = (...given: unknown[]) => {
    let settle!: Callback;
    const promise = new Promise((resolve, reject) => {
      settle = (error, stdout, stderr) => {
        if (error === null) resolve({ stdout, stderr });
        else reject(Object.assign(error, { stdout, stderr }));
      };
    });
    // What is thrown for wrong arguments is thrown, not a rejection.
    return Object.assign(promise, { child: run(...given, settle) });
  };
  Object.defineProperty(run, promisify.custom, { value: promised, enumerable: false });
  return run as unknown as Face;
}

interface Parsed {
  readonly file: unknown;
  readonly args: readonly unknown[];
  readonly options: unknown;
  readonly callback: unknown;
}

/** `(file[, args][, options][, callback])` as Node tells them apart, or undefined: let Node refuse it. */
function parseExecFile([file, ...given]: readonly unknown[]): Parsed | undefined {
  let [args, options, callback] = given;
  if (typeof args === 'function') {
    [args, options, callback] = [undefined, undefined, args];
  } else if (!isAbsent(args) && typeof args === 'object' && !Array.isArray(args)) {
    [args, options, callback] = [undefined, args, options];
  }
  if (typeof options === 'function') {
    [options, callback] = [undefined, options];
  } else if (!isAbsent(options) && !isPlainObject(options)) return undefined;
  if (!isAbsent(args) && !Array.isArray(args)) return undefined;
  return { file, args: (args as readonly unknown[] | undefined | null) ?? [], options, callback };
}

/** `(command[, options][, callback])`. */
function parseExec([file, options, callback]: readonly unknown[]): Parsed {
  if (typeof options === 'function') return parseExec([file, undefined, options]);
  const { shell, ...rest } = copyOptions(options as object | undefined);
  const withShell = { ...rest, shell: typeof shell === 'string' ? shell : true };
  return { file, args: [], options: withShell, callback };
}

/** Starts and collects, or undefined: let Node do it. */
function collect({ file, args, options: given, callback }: Parsed): ChildProcess | undefined {
  if (load().native === undefined || !isPlainText(file) || file === '') return undefined;
  if (!isAbsent(callback) && typeof callback !== 'function') return undefined;
  const options = copyOptions({ ...defaults, ...(given as object | undefined) }) as CollectOptions;
  const { timeout, maxBuffer, killSignal, argv0 } = options;
  if (!isTimeout(timeout) || !isMaxBuffer(maxBuffer) || !isKillSignal(killSignal)) return undefined;
  if (!isAbsent(argv0) && !isPlainText(argv0)) return undefined;
  const ours = normalizeSplit(file, args, passedOn(options));
  if (ours === undefined) return undefined;
  return new Collector(spawnNormalized(ours), {
    encoding: encodingOf(options.encoding),
    timeoutMs: timeout ?? 0,
    maxBytes: maxBuffer,
    killSignal: knownSignal(killSignal) ?? constants.signals.SIGTERM,
    callback: (callback as Callback | undefined | null) ?? undefined,
    shown: [file, ...args].join(' '),
  }).child;
}

/** What of the options `spawn` is told: stdio is pipes, and the timeout is the collector's. */
function passedOn(options: CollectOptions): Options {
  const { cwd, env, uid, gid, shell, signal, place, template, noNewPrivs } = options;
  return copyOptions({ cwd, env, uid, gid, shell, signal, place, template, noNewPrivs });
}

function isMaxBuffer(value: unknown): boolean {
  return isAbsent(value) || (typeof value === 'number' && value >= 0);
}

function encodingOf(encoding: unknown): BufferEncoding | undefined {
  return typeof encoding === 'string' && encoding !== 'buffer' && Buffer.isEncoding(encoding)
    ? encoding
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
      // Whoever set another encoding on the stream has its bytes counted.
      const size =
        typeof chunk === 'string'
          ? Buffer.byteLength(chunk, stream.readableEncoding ?? undefined)
          : chunk.length;
      bytes += size;
      if (maxBytes === undefined || bytes <= (maxBytes ?? 0)) {
        this.#chunks[name].push(chunk);
        return;
      }
      this.#chunks[name].push(chunk.slice(0, (maxBytes ?? 0) - (bytes - size)));
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
      this.#error = error as Error;
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
