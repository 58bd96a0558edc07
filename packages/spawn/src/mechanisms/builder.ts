// A process that is put together before it runs: a handle that is empty at first, is told what the child
// shall have, and is then run once. Nothing is charged and nothing visible before that.

import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import {
  createAnonPath,
  createOpenFile,
  FD_CLOEXEC,
  FD_CLOFORK,
  installFd,
  O_RDWR,
  unusedFd,
  type FileOperations,
  type Kernel,
  type Task,
} from '@forkless/task';
import type { Mechanism } from './mechanism.ts';
import { PristineBuilder, type PristineOptions } from '../pristine/pristine-builder.ts';
import type { FileAction, SpawnRequest } from '../request.ts';
import { spawn, type Spawned, type SpawnRefusal } from '../spawn.ts';
import { callerOf } from '../spawn-call.ts';

/** How far a handle has come. A failed run leaves it dead; closing it before a run aborts. */
export type BuilderState = 'empty' | 'populated' | 'started' | 'dead' | 'aborted';

/** What stands behind the descriptor of a process in the making. */
interface Handle {
  /** The last descriptor is closed. */
  abandon(): void;
}

const HANDLE_OPS: FileOperations = {
  kind: 'process builder',
  isSeekable: false,
  release: ({ data }) => {
    (data as Handle).abandon();
  },
};

/**
 * A process builder: what `pidfd_open(0, PIDFD_EMPTY)` gives. It has no pid, no task, and counts for
 * nobody until it runs.
 * @see "pidfd: add a minimal process spawn builder", 2026-07-16
 */
export class ProcessBuilder {
  readonly #kernel: Kernel;
  readonly #mechanism: Mechanism;
  readonly #actions: FileAction[] = [];
  #state: BuilderState = 'empty';
  #child: Task | undefined;

  constructor(kernel: Kernel, mechanism: Mechanism) {
    this.#kernel = kernel;
    this.#mechanism = mechanism;
  }

  get state(): BuilderState {
    return this.#state;
  }

  /** The child, once it runs. */
  get child(): Task | undefined {
    return this.#child;
  }

  /** Adds an action; EBUSY once it runs, ESRCH when it never will. */
  config(action: FileAction): Refusal<'EBUSY' | 'ESRCH'> | undefined {
    const refusal = this.#refuseUse();
    if (refusal !== undefined) return refusal;
    this.#actions.push(action);
    this.#state = 'populated';
    return undefined;
  }

  /** Makes the child and runs the program. Any failure leaves the handle dead, and no child. */
  run(
    caller: Task,
    request: Omit<SpawnRequest, 'actions'>,
  ): Spawned | SpawnRefusal | Refusal<'EBUSY' | 'ESRCH'> {
    const refusal = this.#refuseUse();
    if (refusal !== undefined) return refusal;
    const asked = { ...request, actions: [...this.#actions] };
    const result = spawn(this.#kernel, caller, this.#mechanism, asked);
    this.#state = isRefusal(result) ? 'dead' : 'started';
    if (!isRefusal(result)) this.#child = result.child;
    return result;
  }

  /** A call meant for a process, before there is one. */
  refuseAsProcess(): Refusal<'ESRCH'> | undefined {
    return this.#child === undefined ? refuse('ESRCH', 'the process is not started') : undefined;
  }

  /** The last descriptor is closed: what was not started never will be. */
  abandon(): void {
    if (this.#state !== 'started') this.#state = 'aborted';
  }

  #refuseUse(): Refusal<'EBUSY' | 'ESRCH'> | undefined {
    if (this.#state === 'started') return refuse('EBUSY', 'the process runs already');
    if (this.#state === 'empty' || this.#state === 'populated') return undefined;
    return refuse('ESRCH', `the handle is ${this.#state}`);
  }
}

/** Opens a builder under the lowest free descriptor, close-on-exec; EMFILE. */
export function openBuilder(
  kernel: Kernel,
  caller: Task,
  mechanism: Mechanism,
): { readonly fd: number; readonly builder: ProcessBuilder } | Refusal<'EMFILE'> {
  const builder = new ProcessBuilder(kernel, mechanism);
  const fd = installHandle(kernel, caller, builder, FD_CLOEXEC);
  return isRefusal(fd) ? fd : { fd, builder };
}

/**
 * Opens a pristine builder under the lowest free descriptor; EMFILE. Close-on-exec, and where the kernel
 * knows it close-on-fork, unless `fdFlags` says otherwise: a handle that a fork of another thread carries
 * away cannot be aborted by closing it.
 */
export function openPristine(
  kernel: Kernel,
  caller: Task,
  options: PristineOptions & { readonly fdFlags?: number } = {},
): { readonly fd: number; readonly builder: PristineBuilder } | Refusal<'EMFILE'> {
  const builder = new PristineBuilder(kernel, caller, options);
  const fd = installHandle(kernel, caller, builder, options.fdFlags ?? FD_CLOEXEC | FD_CLOFORK);
  return isRefusal(fd) ? fd : { fd, builder };
}

function installHandle(
  { anon }: Kernel,
  caller: Task,
  handle: Handle,
  fdFlags: number,
): number | Refusal<'EMFILE'> {
  const { files, limit } = callerOf(caller);
  const fd = unusedFd(files, limit);
  if (isRefusal(fd)) return fd;
  const path = createAnonPath(anon, { mode: 0o600 }, () => 'anon_inode:[pidfd]');
  installFd(
    files,
    fd,
    createOpenFile({ ops: HANDLE_OPS, path, flags: O_RDWR, data: handle }),
    fdFlags,
  );
  return fd;
}
