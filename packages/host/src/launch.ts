// A child of the addon, from the call that asks for it to its exit. The call returns at once; what became
// of it is told on a later turn of the event loop, first the start and then the exit, each in the async
// context of the call.
import { AsyncResource } from 'node:async_hooks';
import { load, type Handle, type Listening, type Native, type Told } from './native.ts';
import { idIndex, type Program } from './program.ts';

/** How a child ended. */
export interface ExitStatus {
  /** The exit status, or null when a signal ended it. */
  readonly code: number | null;
  /** The signal's number, or null. */
  readonly signal: number | null;
  readonly userUs: number;
  readonly systemUs: number;
  /** Its largest resident size in KiB; the kernel counts that of the process it was made from, too. */
  readonly rssKibMax: number;
  /** The errno with which its status was lost: somebody else waited for it. */
  readonly lost: number | undefined;
}

/** Who is told of a child. Exactly one of the first two, and after `started` once `exited`. */
export interface Listener {
  readonly started: (pid: number) => void;
  readonly failed: (errno: number, stepIndex: number, pathIndex: number) => void;
  readonly exited: (status: ExitStatus) => void;
}

const launches = new Map<number, Launch>();
let lastId = 0;
let holding = 0;
let listening: Listening | undefined;

/** A child that is starting or running. */
export class Launch extends AsyncResource {
  readonly #native: Native;
  readonly #handle: Handle;
  readonly #listener: Listener;
  #pid: number | undefined;
  #started = false;
  #ended = false;
  #held = true;

  /** Hands the child to a helper. Throws what the addon throws: an Error whose code is an errno number. */
  constructor(native: Native, program: Program, listener: Listener, identity?: BigInt64Array) {
    super('PROCESSWRAP');
    listening ??= listen(native);
    const id = (lastId = (lastId + 1) & idMask);
    program.numbers[idIndex] = id;
    this.#native = native;
    this.#listener = listener;
    this.#handle = native.submit(listening, program.numbers, program.text, identity);
    launches.set(id, this);
    hold(native, 1);
    if (isExiting()) waitForStarts();
  }

  /** Whether it is running or starting. */
  get alive(): boolean {
    return !this.#ended;
  }

  /** The pid, or undefined if it could not be made. Waits, at most until it has executed. */
  get pid(): number | undefined {
    this.#pid ??= this.#native.pid(this.#handle);
    return this.#pid > 0 ? this.#pid : undefined;
  }

  /** Sends a signal; 0, or the errno. */
  kill(signal: number): number {
    return this.#native.kill(this.#handle, signal);
  }

  /** A new pidfd, close-on-exec, that the caller closes; or a negated errno, -ESRCH once it is reaped. */
  openPidfd(): number {
    return this.#native.pidfd(this.#handle);
  }

  /** Lets the event loop end before the child, or not; but never before the child has started. */
  hold(held: boolean): void {
    if (this.#ended || this.#held === held) return;
    this.#held = held;
    if (this.#started) hold(this.#native, held ? 1 : -1);
  }

  start(pid: number, errno: number, stepIndex: number, pathIndex: number): void {
    const { started, failed } = this.#listener;
    this.#pid = errno === 0 ? pid : -errno;
    this.#started = true;
    this.#ended = errno !== 0;
    if (this.#ended || !this.#held) hold(this.#native, -1);
    if (errno === 0) this.runInAsyncScope(started, undefined, pid);
    else this.runInAsyncScope(failed, undefined, errno, stepIndex, pathIndex);
  }

  exit(status: ExitStatus): void {
    this.#ended = true;
    if (this.#held) hold(this.#native, -1);
    this.runInAsyncScope(this.#listener.exited, undefined, status);
  }
}

const idMask = 0x7fffffff;

/** A process that ends has made the children that were asked for, as one whose spawn waits. */
function listen(native: Native): Listening {
  process.on('exit', waitForStarts);
  return native.listen(told);
}

/** Node has no other word for it. */
function isExiting(): boolean {
  return (process as { readonly ['_exiting']?: boolean })['_exiting'] === true;
}

function waitForStarts(): void {
  for (const launch of launches.values()) void launch.pid;
}

function hold(native: Native, change: 1 | -1): void {
  holding += change;
  if (listening !== undefined && holding === (change === 1 ? 1 : 0)) {
    native.hold(listening, change === 1);
  }
}

const told: Told = (
  ended,
  id,
  pid,
  errno,
  first,
  second,
  userUs = 0,
  systemUs = 0,
  rssKibMax = 0,
) => {
  const launch = launches.get(id);
  if (launch === undefined) return;
  if (ended === 0) {
    if (errno !== 0) launches.delete(id);
    launch.start(pid, errno, first, second);
    return;
  }
  launches.delete(id);
  const lost = errno === 0 ? undefined : errno;
  launch.exit({
    code: second === 0 ? first : null,
    signal: second === 0 ? null : second,
    userUs,
    systemUs,
    rssKibMax,
    lost,
  });
};

/**
 * How many children may be starting at once, 1 to 64; 2 at first. More than one matters where an exec may
 * take long, as on a network file system. Ignored without the addon.
 */
export function setStartLimit(count: number): void {
  const { native } = load();
  if (native !== undefined && native.limit(count) !== 0) {
    throw new RangeError(`The limit of starting children is from 1 to 64, not ${count}.`);
  }
}
