// What a wait asks for: which children, which of their changes, and whether it sleeps for them.

import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import type { Pid } from '@forkless/pid';
import type { Kernel } from '../kernel/kernel.ts';
import { pidfdAt } from '../task/parts.ts';
import type { PidType } from '../task/pid-links.ts';
import type { Task } from '../task/task.ts';
import { ID_TYPES, WAIT } from '../uapi/wait-options.ts';

/** A wait. @see kernel/exit.c, struct wait_opts */
export interface WaitRequest {
  /** What the pid is to the children meant; undefined for all of them. */
  readonly type: PidType | undefined;
  /** The pid; undefined when no process has that number. */
  readonly pid: Pid | undefined;
  /** Bits of `WAIT`, WEXITED among them for wait4. */
  readonly options: number;
  /** Whether a wait that would sleep is refused with EAGAIN (a non-blocking pidfd). */
  readonly again: boolean;
}

const CHILD_KINDS = WAIT.WNOTHREAD | WAIT.WCLONE | WAIT.WALL;
const WAIT4_OPTIONS = WAIT.WNOHANG | WAIT.WUNTRACED | WAIT.WCONTINUED | CHILD_KINDS;
const CHANGES = WAIT.WEXITED | WAIT.WSTOPPED | WAIT.WCONTINUED;
const WAITID_OPTIONS = WAIT.WNOHANG | WAIT.WNOWAIT | CHANGES | CHILD_KINDS;
const INT_MIN = -0x8000_0000;

/** The request of wait4(2). @see kernel/exit.c, kernel_wait4(), v6.12 */
export function wait4Request(
  kernel: Kernel,
  caller: Task,
  number: number,
  options: number,
): WaitRequest | Refusal<'EINVAL' | 'ESRCH'> {
  if ((options & ~WAIT4_OPTIONS) !== 0) return refuse('EINVAL', 'an option wait4 does not know');
  if (number === INT_MIN) return refuse('ESRCH', 'a group number that has no negative');
  const wanted = options | WAIT.WEXITED;
  if (number === -1) return requestFor(undefined, undefined, wanted);
  if (number === 0) return requestFor('pgid', caller.group.pgrp, wanted);
  if (number < 0) return requestFor('pgid', kernel.findPid(caller, -number), wanted);
  return requestFor('tgid', kernel.findPid(caller, number), wanted);
}

function requestFor(
  type: PidType | undefined,
  pid: Pid | undefined,
  options: number,
  again = false,
): WaitRequest {
  return { type, pid, options, again };
}

/** The request of waitid(2). @see kernel/exit.c, kernel_waitid_prepare(), v6.12 */
export function waitidRequest(
  kernel: Kernel,
  caller: Task,
  idType: number,
  id: number,
  options: number,
): WaitRequest | Refusal<'EINVAL' | 'EBADF'> {
  if ((options & ~WAITID_OPTIONS) !== 0) return refuse('EINVAL', 'an option waitid does not know');
  if ((options & CHANGES) === 0) return refuse('EINVAL', 'no change to wait for');
  switch (idType) {
    case ID_TYPES.P_ALL:
      return requestFor(undefined, undefined, options);
    case ID_TYPES.P_PID:
      if (id <= 0) return refuse('EINVAL', `${id} is no process number`);
      return requestFor('tgid', kernel.findPid(caller, id), options);
    case ID_TYPES.P_PGID:
      if (id < 0) return refuse('EINVAL', `${id} is no group number`);
      return requestFor('pgid', id === 0 ? caller.group.pgrp : kernel.findPid(caller, id), options);
    case ID_TYPES.P_PIDFD:
      return pidfdRequest(caller, id, options);
    default:
      return refuse('EINVAL', `${idType} is no kind of id`);
  }
}

function pidfdRequest(
  caller: Task,
  fd: number,
  options: number,
): WaitRequest | Refusal<'EINVAL' | 'EBADF'> {
  if (fd < 0) return refuse('EINVAL', `${fd} is no descriptor`);
  const pidfd = pidfdAt(caller.files!, fd);
  if (isRefusal(pidfd)) return pidfd;
  const again = pidfd.nonblock && (options & WAIT.WNOHANG) === 0;
  return requestFor('tgid', pidfd.pid, again ? options | WAIT.WNOHANG : options, again);
}
