// A pidfd: an open file that stands for a process and never for another one, whatever becomes of the
// number.

import type { Pid } from '@forkless/pid';

/** Flags of pidfd_open. @see include/uapi/linux/pidfd.h */
export const PIDFD_NONBLOCK = 0o4000;
export const PIDFD_THREAD = 0o200;

/** An open file on a process. @see fs/pidfs.c, v6.18 */
export class Pidfd {
  readonly pid: Pid;
  /** It means the one thread, not the process. */
  readonly isThread: boolean;
  nonblock: boolean;
  /** Descriptors that lead to it. */
  refs = 1;
  readonly #onRelease: (() => void) | undefined;

  constructor(
    pid: Pid,
    {
      flags = 0,
      onRelease,
    }: { readonly flags?: number; readonly onRelease?: (() => void) | undefined } = {},
  ) {
    this.pid = pid;
    this.isThread = (flags & PIDFD_THREAD) !== 0;
    this.nonblock = (flags & PIDFD_NONBLOCK) !== 0;
    this.#onRelease = onRelease;
  }

  /** One holder more. */
  get(): this {
    this.refs++;
    return this;
  }

  /** One holder less; with the last one the open file is gone. */
  put(): void {
    if (--this.refs === 0) this.#onRelease?.();
  }
}
