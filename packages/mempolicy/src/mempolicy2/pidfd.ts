// Whose policy a call is about when it names a process by a pidfd, and who may ask. What a pidfd leads to is
// told by a resolver, which a model of processes will be.
import { refuse, type Refusal } from '@forkless/errors';
import type { PolicyHolder } from '../holder.ts';

/** What a pidfd leads to. */
export interface PidfdTarget {
  readonly holder: PolicyHolder;
  /** Whether the task is gone. */
  readonly isExited: boolean;
  readonly isKernelThread: boolean;
  /** Whether it is the caller's own process. */
  readonly isOwn: boolean;
  /** Whether the caller may attach to it with ptrace. */
  readonly mayAttach: boolean;
  /** Whether the caller may read it as ptrace would. */
  readonly mayRead: boolean;
}

/** Finds the target of a pidfd; undefined for what is no pidfd. */
export type PidfdResolver = (caller: PolicyHolder, pidfd: number) => PidfdTarget | undefined;

/** What looking a target up can refuse with. */
export type PidfdErrno = 'EBADF' | 'ESRCH' | 'EPERM';

/** The target of a call that changes it: CAP_SYS_NICE and the right to attach, unless it is one's own. */
export function targetToChange(
  caller: PolicyHolder,
  pidfd: number,
  resolve: PidfdResolver,
): PolicyHolder | Refusal<PidfdErrno> {
  const target = lookUp(caller, pidfd, resolve);
  if ('errno' in target) return target;
  if (target.isKernelThread) return refuse('EPERM', 'a kernel thread keeps its policy');
  if (target.isOwn) return target.holder;
  return caller.hasCapSysNice && target.mayAttach
    ? target.holder
    : refuse('EPERM', 'another process needs CAP_SYS_NICE and the right to attach');
}

/** The target of a call that reads it: the right to read, unless it is one's own. */
export function targetToRead(
  caller: PolicyHolder,
  pidfd: number,
  resolve: PidfdResolver,
): PolicyHolder | Refusal<PidfdErrno> {
  const target = lookUp(caller, pidfd, resolve);
  if ('errno' in target) return target;
  return target.isOwn || target.mayRead
    ? target.holder
    : refuse('EPERM', 'another process needs the right to read it');
}

function lookUp(
  caller: PolicyHolder,
  pidfd: number,
  resolve: PidfdResolver,
): PidfdTarget | Refusal<PidfdErrno> {
  const target = resolve(caller, pidfd);
  if (target === undefined) return refuse('EBADF', 'not a pidfd');
  return target.isExited ? refuse('ESRCH', 'the task has exited') : target;
}
