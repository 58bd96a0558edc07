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
  const base = { options: options | WAIT.WEXITED, again: false };
  if (number === -1) return { ...base, type: undefined, pid: undefined };
  if (number === 0) return { ...base, type: 'pgid', pid: caller.group.pgrp };
  if (number < 0) return { ...base, type: 'pgid', pid: kernel.findPid(caller, -number) };
  return { ...base, type: 'tgid', pid: kernel.findPid(caller, number) };
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
  const base = { options, again: false };
  switch (idType) {
    case ID_TYPES.P_ALL:
      return { ...base, type: undefined, pid: undefined };
    case ID_TYPES.P_PID:
      if (id <= 0) return refuse('EINVAL', `${id} is no process number`);
      return { ...base, type: 'tgid', pid: kernel.findPid(caller, id) };
    case ID_TYPES.P_PGID:
      if (id < 0) return refuse('EINVAL', `${id} is no group number`);
      return {
        ...base,
        type: 'pgid',
        pid: id === 0 ? caller.group.pgrp : kernel.findPid(caller, id),
      };
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
  return {
    type: 'tgid',
    pid: pidfd.pid,
    options: again ? options | WAIT.WNOHANG : options,
    again,
  };
}
