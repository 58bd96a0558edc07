// `start`: one request, one child, and the kernel's answer as a value.
import type { Socket } from 'node:net';
import { ConfigError, refuse, type Refusal } from '@forkless/errors';
import { startByNode } from './fallback.ts';
import { Launch, type ExitStatus } from './launch.ts';
import { errnoName, load, type Native } from './native.ts';
import { closeChildEnds, closeOurEnds, openPipes, streamOn, type Pipes } from './pipes.ts';
import {
  checkIdentityFlag,
  compile,
  flagsIndex,
  stepName,
  type EncodedEnv,
  type Program,
} from './program.ts';
import type { SpawnRequest, StdioEntry, Text } from './request.ts';
import type { StepName } from './step.ts';

/** A child that runs. */
export interface Child {
  readonly ok: true;
  readonly pid: number;
  /** Our ends of its pipes by the child's number, null where there is none. */
  readonly stdio: readonly (Socket | null)[];
  /** Resolves once it is reaped. */
  readonly exited: Promise<ExitStatus>;
  /** Sends a signal by number; false once it is reaped. */
  kill(signal: number): boolean;
  /** A pidfd for the caller to close, or undefined once it is reaped or where there are none. */
  openPidfd(): number | undefined;
  /** Whether the event loop waits for its exit; it does at first. */
  ref(): void;
  unref(): void;
}

/** Why there is no child: the errno, the step that failed, and the path it failed on in a search. */
export interface StartRefusal extends Refusal {
  readonly step: StepName;
  readonly path?: Text;
}

/** What a template adds to a request. */
export interface Prepared {
  readonly env?: EncodedEnv;
  readonly identity?: BigInt64Array;
}

const inherited: readonly StdioEntry[] = ['inherit', 'inherit', 'inherit'];

/**
 * Makes a child. Resolves when it has executed, or to a refusal that names the failing step. Nothing
 * reaches the child but what the request names. The call itself costs tens of microseconds, whatever the
 * heap and however many files are open.
 *
 * @see clone(2), execve(2)
 */
export function start(request: SpawnRequest): Promise<Child | StartRefusal> {
  return startPrepared(request, {});
}

/** `start` with what a template has made before. */
export function startPrepared(
  request: SpawnRequest,
  prepared: Prepared,
): Promise<Child | StartRefusal> {
  const loaded = load();
  if (loaded.native === undefined) return startByNode(request);
  const { native, ownTable } = loaded;
  const stdio = request.stdio ?? inherited;
  const pipes = openPipes(native, stdio);
  if (typeof pipes === 'number') return Promise.resolve(refusal(pipes, 'clone3', 'no pipe for it'));
  let program: Program;
  try {
    program = compile(request, pipes.entries, !ownTable, prepared.env);
    if (prepared.identity !== undefined) program.numbers[flagsIndex]! |= checkIdentityFlag;
  } catch (error) {
    closeChildEnds(native, pipes);
    closeOurEnds(native, pipes);
    return Promise.reject(error as Error);
  }
  return new Promise((resolve, reject) => {
    launchChild({ native, program, pipes, count: stdio.length, prepared }, resolve, reject);
  });
}

interface Launched {
  readonly native: Native;
  readonly program: Program;
  readonly pipes: Pipes;
  readonly count: number;
  readonly prepared: Prepared;
}

function launchChild(
  { native, program, pipes, count, prepared }: Launched,
  resolve: (result: Child | StartRefusal) => void,
  reject: (error: Error) => void,
): void {
  let exit!: (status: ExitStatus) => void;
  const exited = new Promise<ExitStatus>((settle) => (exit = settle));
  try {
    const launch: Launch = new Launch(
      native,
      program,
      {
        started(pid) {
          resolve(childOf(launch, pid, pipes, count, exited));
        },
        failed(errno, stepIndex, pathIndex) {
          closeOurEnds(native, pipes);
          const step = stepName(program, stepIndex);
          resolve(refusal(errno, step, `${step} failed`, program.paths[pathIndex]));
        },
        exited: exit,
      },
      prepared.identity,
    );
    closeChildEnds(native, pipes);
  } catch (error) {
    closeChildEnds(native, pipes);
    closeOurEnds(native, pipes);
    const errno = Number((error as NodeJS.ErrnoException).code);
    if (errno === invalid) reject(nulWithin());
    else resolve(refusal(errno, 'clone3', (error as Error).message));
  }
}

const invalid = 22;

/** The addon found more strings than were handed over. */
export function nulWithin(): ConfigError {
  return new ConfigError(
    'A path, an argument or a line of the environment has a NUL byte within, which no program can be given.',
  );
}

function refusal(errno: number, step: StepName, reason: string, path?: Text): StartRefusal {
  const withStep = { ...refuse(errnoName(errno), reason), step };
  return step === 'execve' && path !== undefined ? { ...withStep, path } : withStep;
}

function childOf(
  launch: Launch,
  pid: number,
  { ourEnds }: Pipes,
  count: number,
  exited: Promise<ExitStatus>,
): Child {
  const stdio = Array.from({ length: count }, (_, fd) => {
    const end = ourEnds.get(fd);
    return end === undefined ? null : streamOn(end, fd);
  });
  return {
    ok: true,
    pid,
    stdio,
    exited,
    kill: (signal) => launch.kill(signal) === 0,
    openPidfd() {
      const pidfd = launch.openPidfd();
      return pidfd < 0 ? undefined : pidfd;
    },
    ref: () => launch.hold(true),
    unref: () => launch.hold(false),
  };
}
