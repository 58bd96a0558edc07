// `spawn` with the face of node:child_process.
import {
  spawn as spawnByNode,
  type ChildProcess as NodeChildProcess,
  type SpawnOptions,
} from 'node:child_process';
import { addAbortListener } from 'node:events';
import { constants } from 'node:os';
import { ChildProcess } from './child-process.ts';
import { load } from './native.ts';
import { normalize, type HostOptions, type Normalized, type Options } from './normalize.ts';
import { compile } from './program.ts';
import { signalNumber } from './signal.ts';

/** The overloads of Node, and ours with more options. */
export type Spawn = typeof spawnByNode &
  ((
    command: string,
    args: readonly string[],
    options: SpawnOptions & HostOptions,
  ) => NodeChildProcess & { openPidfd?(): number | undefined });

/**
 * `spawn` of node:child_process without the fork: same arguments, events and streams. The call does not
 * wait for the child to be made; reading `child.pid` right away does.
 *
 * @see https://nodejs.org/api/child_process.html#child_processspawncommand-args-options
 */
export const spawn = function spawn(command: unknown, args?: unknown, options?: unknown) {
  const ours = normalize(command, args, options);
  if (ours === undefined)
    return (spawnByNode as (...all: unknown[]) => unknown)(command, args, options);
  return spawnNormalized(ours);
} as Spawn;

/** Spawns what is ours to spawn, with the timeout and the AbortSignal among its options. */
export function spawnNormalized(ours: Normalized): ChildProcess {
  const { options } = ours;
  const loaded = load();
  if (loaded.native === undefined) throw new Error('spawnNormalized needs what normalize found');
  const copied = !loaded.ownTable;
  const killSignal = killSignalOf(options);
  const child = new ChildProcess(loaded.native, ours, (entries) =>
    options.template === undefined
      ? { program: compile(ours.request, entries, copied) }
      : options.template.compile(ours.request, entries, copied),
  );
  if (typeof options.timeout === 'number' && options.timeout > 0) {
    killAfter(child, options.timeout, killSignal);
  }
  if (options.signal !== undefined) killOnAbort(child, options.signal, killSignal);
  return child;
}

function killSignalOf({ killSignal }: Options): number {
  return killSignal === undefined || killSignal === null
    ? constants.signals.SIGTERM
    : signalNumber(killSignal);
}

function killAfter(child: ChildProcess, timeoutMs: number, killSignal: number): void {
  const timer = setTimeout(() => {
    try {
      child.kill(killSignal);
    } catch (error) {
      child.emit('error', error);
    }
  }, timeoutMs);
  child.once('exit', () => clearTimeout(timer));
  child.once('close', () => clearTimeout(timer));
}

function killOnAbort(
  child: ChildProcess,
  signal: NonNullable<Options['signal']>,
  killSignal: number,
): void {
  // An abort in the breath of the call comes before the event `spawn`, a later one after it.
  let isSameTick = true;
  process.nextTick(() => (isSameTick = false));
  const onAbort = () => {
    if (!isSameTick) child.announce();
    try {
      if (child.kill(killSignal)) child.emit('error', abortError(signal.reason));
    } catch (error) {
      child.emit('error', error);
    }
  };
  if (signal.aborted) {
    process.nextTick(onAbort);
    return;
  }
  const listening = addAbortListener(signal, onAbort);
  child.once('exit', () => listening[Symbol.dispose]());
}

/** What Node makes of an aborted operation. */
export function abortError(cause: unknown): Error {
  const error = new Error('The operation was aborted', { cause });
  return Object.assign(error, { code: 'ABORT_ERR', name: 'AbortError' });
}
