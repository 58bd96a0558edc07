// kill and its relatives: whom a number means, and who may send what to whom.

import { refuse, type Refusal } from '@forkless/errors';
import type { Pid } from '@forkless/pid';
import { CAP_KILL } from '../cred/capability.ts';
import { nsCapable } from '../cred/cred.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { tasksOf } from '../task/pid-links.ts';
import { pidSeenBy, type Task } from '../task/task.ts';
import { isSignal, SI, SIGNALS } from '../uapi/signals.ts';
import { sendSignal } from './send.ts';

/** The errnos of sending a signal. */
export type KillErrno = 'EINVAL' | 'EPERM' | 'ESRCH';

const INT_MIN = -0x8000_0000;

/**
 * Whether `caller` may send `signal` (0 for a mere check) to `target`.
 * @see kernel/signal.c, check_kill_permission(), kill_ok_by_cred(), v6.12
 */
export function refuseSignal(
  caller: Task,
  target: Task,
  signal: number,
): Refusal<'EINVAL' | 'EPERM'> | undefined {
  if (signal !== 0 && !isSignal(signal)) return refuse('EINVAL', `${signal} is no signal`);
  if (caller.group === target.group) return undefined;
  const { cred: mine } = caller;
  const { cred: theirs } = target;
  const owns = [theirs.uid, theirs.suid].some((uid) => uid === mine.uid || uid === mine.euid);
  if (owns || nsCapable(mine, theirs.userNs, CAP_KILL)) return undefined;
  if (signal === SIGNALS.SIGCONT && caller.group.session === target.group.session) return undefined;
  return refuse('EPERM', 'the target belongs to another user');
}

function sendChecked(
  caller: Task,
  target: Task,
  signal: number,
  to: 'thread' | 'process' = 'process',
  code: number = SI.SI_USER,
): Refusal<'EINVAL' | 'EPERM'> | undefined {
  const refusal = refuseSignal(caller, target, signal);
  if (refusal === undefined && signal !== 0) {
    sendSignal(target, { signal, from: caller, code }, to);
  }
  return refusal;
}

/** kill(2): a process, its group (0), a group (negative), everybody (−1). @see kill_something_info() */
export function kill(
  kernel: Kernel,
  caller: Task,
  number: number,
  signal: number,
): Refusal<KillErrno> | undefined {
  if (number > 0) {
    const pid = kernel.findPid(caller, number);
    return pid === undefined
      ? refuse('ESRCH', `there is no process ${number}`)
      : killPid(kernel, caller, pid, signal);
  }
  if (number === INT_MIN) return refuse('ESRCH', 'a group number that has no negative');
  if (number === -1) return killAll(kernel, caller, signal);
  const pgrp = number === 0 ? caller.group.pgrp : kernel.findPid(caller, -number);
  return pgrp === undefined
    ? refuse('ESRCH', `there is no process group ${-number}`)
    : killGroup(kernel, caller, pgrp, signal);
}

/** A signal to whom a pid stands for. @see kernel/signal.c, kill_pid_info_type(), prepare_kill_siginfo(), v6.12 */
export function killPid(
  kernel: Kernel,
  caller: Task,
  pid: Pid,
  signal: number,
  {
    to = 'process',
    code = to === 'thread' ? SI.SI_TKILL : SI.SI_USER,
  }: { readonly to?: 'thread' | 'process'; readonly code?: number } = {},
): Refusal<KillErrno> | undefined {
  const [target] = tasksOf(kernel, pid, 'pid');
  if (target === undefined) return refuse('ESRCH', 'the process is gone');
  return sendChecked(caller, target, signal, to, code);
}

/** A signal to every member of a group; fine when one got it. @see __kill_pgrp_info() */
export function killGroup(
  kernel: Kernel,
  caller: Task,
  pgrp: Pid,
  signal: number,
): Refusal<KillErrno> | undefined {
  let answer: Refusal<KillErrno> | undefined = refuse('ESRCH', 'the process group has no member');
  for (const member of tasksOf(kernel, pgrp, 'pgid')) {
    const refusal = sendChecked(caller, member, signal);
    if (answer !== undefined) answer = refusal;
  }
  return answer;
}

/** Everybody the caller sees but itself and the init; those it may not are left out silently. */
function killAll(kernel: Kernel, caller: Task, signal: number): Refusal<KillErrno> | undefined {
  let answer: Refusal<KillErrno> | undefined;
  let count = 0;
  for (const target of kernel.tasks) {
    if (target.group.leader !== target || target.group === caller.group) continue;
    if (pidSeenBy(target, caller) <= 1) continue;
    count++;
    const refusal = sendChecked(caller, target, signal);
    if (refusal?.errno !== 'EPERM') answer = refusal;
  }
  return count === 0 ? refuse('ESRCH', 'there is nobody else') : answer;
}

/** tgkill(2): one thread of one process. @see kernel/signal.c, do_tkill() */
export function tgkill(
  kernel: Kernel,
  caller: Task,
  process: number,
  thread: number,
  signal: number,
): Refusal<KillErrno> | undefined {
  if (process <= 0 || thread <= 0) return refuse('EINVAL', 'numbers of tasks are above 0');
  return tkillAs(kernel, caller, process, thread, signal);
}

/** tkill(2): one thread. */
export function tkill(
  kernel: Kernel,
  caller: Task,
  thread: number,
  signal: number,
): Refusal<KillErrno> | undefined {
  if (thread <= 0) return refuse('EINVAL', 'numbers of tasks are above 0');
  return tkillAs(kernel, caller, undefined, thread, signal);
}

function tkillAs(
  kernel: Kernel,
  caller: Task,
  process: number | undefined,
  thread: number,
  signal: number,
): Refusal<KillErrno> | undefined {
  const target = kernel.find(caller, thread);
  if (target === undefined || (process !== undefined && pidSeenBy(target, caller) !== process)) {
    return refuse('ESRCH', `there is no such thread ${thread}`);
  }
  return sendChecked(caller, target, signal, 'thread', SI.SI_TKILL);
}
