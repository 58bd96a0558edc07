// The calls on pidfds: opening one, looking at it, signalling through it.

import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import type { Kernel } from '../kernel/kernel.ts';
import { killGroup, killPid, type KillErrno } from '../signal/kill.ts';
import { installPidfd, pidfdAt, unusedFd } from '../task/parts.ts';
import { pidHasTask, pidTask } from '../task/pid-links.ts';
import { pidNamespaceOf, type Task } from '../task/task.ts';
import { SI } from '../uapi/signals.ts';
import { RLIMITS } from '../uapi/resources.ts';
import { Pidfd, PIDFD_NONBLOCK, PIDFD_THREAD } from './pidfd.ts';

/** Whom a signal through a pidfd goes to. @see include/uapi/linux/pidfd.h */
export const PIDFD_SIGNAL = {
  PIDFD_SIGNAL_THREAD: 1,
  PIDFD_SIGNAL_THREAD_GROUP: 2,
  PIDFD_SIGNAL_PROCESS_GROUP: 4,
} as const;

/** Events of poll that a pidfd has. */
export const POLLIN = 1;
export const POLLHUP = 16;

/**
 * pidfd_open(2): the descriptor. EINVAL for flags and numbers that are none, ESRCH without such a
 * process, ENOENT for a thread without PIDFD_THREAD, EMFILE.
 * @see kernel/pid.c, pidfd_open(); kernel/fork.c, pidfd_prepare(), v6.18
 */
export function pidfdOpen(
  kernel: Kernel,
  caller: Task,
  number: number,
  flags = 0,
): number | Refusal<'EINVAL' | 'ESRCH' | 'ENOENT' | 'EMFILE'> {
  if ((flags & ~(PIDFD_NONBLOCK | PIDFD_THREAD)) !== 0) {
    return refuse('EINVAL', 'a flag pidfd_open does not know');
  }
  if (number <= 0) return refuse('EINVAL', `${number} is no process number`);
  const pid = kernel.findPid(caller, number);
  if (pid === undefined || !pidHasTask(kernel, pid, 'pid')) {
    return refuse('ESRCH', `there is no process ${number}`);
  }
  if ((flags & PIDFD_THREAD) === 0 && !pidHasTask(kernel, pid, 'tgid')) {
    return refuse('ENOENT', `${number} is a thread`);
  }
  const { cur } = caller.group.rlimits[RLIMITS.RLIMIT_NOFILE]!;
  const fd = unusedFd(caller.files!, cur);
  if (isRefusal(fd)) return fd;
  installPidfd(kernel.anon, caller.files!, fd, new Pidfd(pid, { flags }));
  return fd;
}

/**
 * What poll finds: readable once the process (or the one thread) has ended, hung up once it has been
 * waited for.
 * @see fs/pidfs.c, pidfd_poll(), v6.18
 */
export function pidfdPoll(kernel: Kernel, { pid, isThread }: Pidfd): number {
  const task = pidTask(kernel, pid, 'pid');
  if (task === undefined) return POLLIN | POLLHUP;
  if (task.exitState === 'none') return 0;
  return isThread || task.group.isSingle ? POLLIN : 0;
}

/**
 * pidfd_send_signal(2). EINVAL for flags, for two of them at once, for what is no signal and for a
 * process the caller's namespace does not see, and for a siginfo of another signal; EBADF for what is no
 * pidfd; EPERM for a siginfo that claims to come from the kernel or from kill, unless it goes to oneself.
 * @see kernel/signal.c, pidfd_send_signal(), do_pidfd_send_signal(), v6.18
 */
export function pidfdSendSignal(
  kernel: Kernel,
  caller: Task,
  fd: number,
  signal: number,
  flags = 0,
  info?: { readonly signal: number; readonly code: number },
): Refusal<KillErrno | 'EBADF'> | undefined {
  const known = Object.values(PIDFD_SIGNAL);
  if (flags !== 0 && !known.includes(flags as (typeof known)[number])) {
    return refuse('EINVAL', 'flags that pidfd_send_signal does not know, or more than one');
  }
  const pidfd = pidfdAt(caller.files!, fd);
  if (isRefusal(pidfd)) return pidfd;
  const { pid } = pidfd;
  if (!pid.namespaces.includes(pidNamespaceOf(caller))) {
    return refuse('EINVAL', 'the process is in no namespace below the caller');
  }
  if (info !== undefined) {
    if (info.signal !== signal) return refuse('EINVAL', 'the siginfo is of another signal');
    const isClaimed = info.code >= 0 || info.code === SI.SI_TKILL;
    if (isClaimed && pid !== caller.pid)
      return refuse('EPERM', 'the siginfo claims another sender');
  }
  if (flags === PIDFD_SIGNAL.PIDFD_SIGNAL_PROCESS_GROUP) {
    return killGroup(kernel, caller, pid, signal);
  }
  const isThread = flags === 0 ? pidfd.isThread : flags === PIDFD_SIGNAL.PIDFD_SIGNAL_THREAD;
  const to = isThread ? 'thread' : 'process';
  return killPid(
    kernel,
    caller,
    pid,
    signal,
    info === undefined ? { to } : { to, code: info.code },
  );
}
