// A child as node:child_process shows it: events in its order, streams, codes. The differences that remain
// are in the README.
import { ChildProcess as NodeChildProcess } from 'node:child_process';
import { EventEmitter } from 'node:events';
import { constants } from 'node:os';
import type { Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import { publishFailed, publishMade, publishStarted } from './diagnostics.ts';
import { Launch, type ExitStatus } from './launch.ts';
import type { Native } from './native.ts';
import type { Normalized } from './normalize.ts';
import {
  closeChildEnds,
  closeOurEnds,
  isLent,
  lend,
  openPipes,
  streamOn,
  systemError,
  type Pipes,
} from './pipes.ts';
import { stepName, type Program } from './program.ts';
import { signalName, signalNumber } from './signal.ts';

/** How a program is made from a request whose pipes are open. */
export type Compiler = (entries: Pipes['entries']) => {
  program: Program;
  identity?: BigInt64Array;
};

/** A child process with the events and members of `ChildProcess` of Node, and a pidfd. */
export class ChildProcess extends EventEmitter {
  stdin: Writable | null = null;
  stdout: Readable | null = null;
  stderr: Readable | null = null;
  stdio: (Socket | null)[] = [];
  exitCode: number | null = null;
  signalCode: NodeJS.Signals | null = null;
  killed = false;
  readonly connected = false;
  readonly spawnfile: string;
  readonly spawnargs: string[];

  readonly #native: Native;
  #launch: Launch | undefined;
  #program: Program | undefined;
  #startTold = false;
  #closesWanted = 1;
  #closes = 0;

  /** Starts at once; what goes wrong is told by the event `error`. */
  constructor(
    native: Native,
    { request, lent, file, args, options }: Normalized,
    compiler: Compiler,
  ) {
    super();
    this.#native = native;
    this.spawnfile = file;
    this.spawnargs = [...args];
    publishMade(this, () => ({ ...options, file, args }));
    const pipes = openPipes(native, request.stdio);
    if (typeof pipes === 'number') {
      process.nextTick(() => this.#finishUnmade(pipes));
      return;
    }
    this.#start(pipes, compiler);
    for (const stream of lent) lend(stream);
    this.#attachStreams(pipes, request.stdio.length);
  }

  #start(pipes: Pipes, compiler: Compiler): void {
    try {
      const { program, identity } = compiler(pipes.entries);
      this.#program = program;
      const listener = {
        started: () => this.#tellStart(),
        failed: (errno: number, index: number) => this.#finishUnmade(errno, index),
        exited: (status: ExitStatus) => this.#finish(status),
      };
      this.#launch = new Launch(this.#native, program, listener, identity);
      closeChildEnds(this.#native, pipes);
    } catch (error) {
      closeChildEnds(this.#native, pipes);
      const errno = Number((error as NodeJS.ErrnoException).code);
      if (errno > 0) {
        process.nextTick(() => this.#finishUnmade(errno));
        return;
      }
      closeOurEnds(this.#native, pipes);
      throw error;
    }
  }

  #attachStreams({ ourEnds }: Pipes, count: number): void {
    for (let fd = 0; fd < count; fd++) {
      const end = ourEnds.get(fd);
      this.stdio.push(end === undefined ? null : this.#attach(end, fd));
    }
    this.stdin = this.stdio[0] ?? null;
    this.stdout = this.stdio[1] ?? null;
    this.stderr = this.stdio[2] ?? null;
  }

  #attach(end: number, fd: number): Socket {
    const stream = streamOn(end, fd);
    if (fd === 0) return stream;
    this.#closesWanted++;
    stream.once('close', () => this.#closed());
    // Data may overtake the news of the start; the event `spawn` still comes first.
    const push = stream.push.bind(stream);
    stream.push = (...data: Parameters<typeof push>) => {
      if (data[0] !== null) this.announce();
      stream.push = push;
      return push(...data);
    };
    return stream;
  }

  /** Tells of the start now, if there was one: what is about to be told must come after it. */
  announce(): void {
    if (this.pid !== undefined) this.#tellStart();
  }

  #tellStart(): void {
    if (this.#startTold) return;
    this.#startTold = true;
    publishStarted(this);
    this.emit('spawn');
  }

  /** The pid. Waits for the child to execute if that has not been told yet; undefined if it failed. */
  get pid(): number | undefined {
    return this.#launch?.pid;
  }

  /**
   * A pidfd of the child, close-on-exec, which the caller closes; undefined once it is reaped. It can be
   * polled, and signalled through without a race.
   */
  openPidfd(): number | undefined {
    const pidfd = this.#launch?.openPidfd() ?? -1;
    return pidfd < 0 ? undefined : pidfd;
  }

  /** Sends a signal. True if it was sent; false if the child has ended. */
  kill(signal: NodeJS.Signals | number = 'SIGTERM'): boolean {
    const number = signal === 0 ? 0 : signalNumber(signal);
    if (this.#launch === undefined || !this.#launch.alive) return false;
    const errno = this.#launch.kill(number);
    if (errno === 0) {
      this.killed = true;
      return true;
    }
    if (errno === constants.errno.EINVAL) throw systemError(errno, 'kill');
    if (errno !== constants.errno.ESRCH) this.emit('error', systemError(errno, 'kill'));
    return false;
  }

  /** The event loop waits for the child's exit, as it does at first. */
  ref(): void {
    this.#launch?.hold(true);
  }

  /** The event loop may end before the child. */
  unref(): void {
    this.#launch?.hold(false);
  }

  /** `using child = spawn(…)`: it is killed at the end of the block. */
  [Symbol.dispose](): void {
    if (!this.killed) this.kill();
  }

  #finish({ code, signal }: ExitStatus): void {
    this.exitCode = code;
    this.signalCode = signal === null ? null : signalName(signal);
    this.stdin?.destroy();
    this.emit('exit', this.exitCode, this.signalCode);
    this.#flushSoon();
  }

  /** No child came of it. As in Node: `error`, no `exit`, and `close` with the negated errno. */
  #finishUnmade(errno: number, stepIndex = -1): void {
    this.exitCode = -errno;
    this.stdin?.destroy();
    const program = this.#program;
    const step = program === undefined ? 'clone3' : stepName(program, stepIndex);
    const error = Object.assign(systemError(errno, `spawn ${this.spawnfile}`), {
      path: this.spawnfile,
      spawnargs: this.spawnargs.slice(1),
    });
    // Not among what is enumerated, so that the error is equal to Node's.
    Object.defineProperty(error, 'step', { value: step });
    publishFailed(this, error);
    this.emit('error', error);
    this.#flushSoon();
  }

  #flushSoon(): void {
    // Listeners may be added until the next tick; what nobody reads must not keep `close` away.
    if (this.#closesWanted > 1) {
      process.nextTick(() => {
        for (const stream of this.stdio) {
          if (stream?.readable === true && !isLent(stream)) stream.resume();
        }
      });
    }
    this.#closed();
  }

  #closed(): void {
    this.#closes++;
    if (this.#closes === this.#closesWanted) this.emit('close', this.exitCode, this.signalCode);
  }
}

// A program may ask whether a child is one of Node's; all that Node's prototype has, ours has over it.
Object.setPrototypeOf(ChildProcess.prototype, NodeChildProcess.prototype as object);
