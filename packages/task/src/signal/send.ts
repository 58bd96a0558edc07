// Sending a signal: whether it is worth anything to the receiver, where it is put, and whom it wakes. A
// signal that kills begins the end of the whole process at once.

import { completeVfork } from '../exit/mm-release.ts';
import { pidSeenBy, tidSeenBy, type Task } from '../task/task.ts';
import {
  isCoreSignal,
  isIgnoredByDefault,
  isKernelOnly,
  isStopSignal,
  SI,
  SIGNALS,
} from '../uapi/signals.ts';
import type { SigInfo } from './pending.ts';
import { SigSet } from './sigset.ts';

/** Who sends: the kernel itself, or a task with what it says about it. */
export type Sender = 'kernel' | Task;

/** A signal to be sent. */
export interface Sent {
  readonly signal: number;
  readonly from: Sender;
  /** One of `SI` or `CLD`; SI_USER of a task and SI_KERNEL of the kernel when left out. */
  readonly code?: number;
  /** Of a SIGCHLD: what happened, to whom. */
  readonly child?: { readonly pid: number; readonly uid: number; readonly status: number };
}

const STOPS = SigSet.of([SIGNALS.SIGSTOP, SIGNALS.SIGTSTP, SIGNALS.SIGTTIN, SIGNALS.SIGTTOU]);
const CONT = SigSet.of([SIGNALS.SIGCONT]);

/**
 * Sends a signal to a thread or to the process it belongs to. Nothing is refused here; permission is the
 * caller's business.
 * @see kernel/signal.c, send_signal_locked(), __send_signal_locked(), v6.12
 */
export function sendSignal(target: Task, sent: Sent, to: 'thread' | 'process'): void {
  if (target.exitState === 'dead') return;
  const { signal } = sent;
  if (!prepareSignal(target, signal, isForced(target, sent))) return;
  const pending = to === 'process' ? target.group.pending : target.pending;
  if (pending.isLost(signal)) return;
  pending.push(infoFor(target, sent));
  completeSignal(target, signal, to);
}

/** Signals of the kernel and from namespaces around reach even an init. */
function isForced(target: Task, { from, code }: Sent): boolean {
  if (from === 'kernel') return true;
  return code === SI.SI_KERNEL || tidSeenBy(from, target) === 0;
}

function infoFor(target: Task, { signal, from, code, child }: Sent): SigInfo {
  if (child !== undefined) return { signal, code: code ?? 0, ...child };
  if (from === 'kernel') return { signal, code: code ?? SI.SI_KERNEL, pid: 0, uid: 0, status: 0 };
  return {
    signal,
    code: code ?? SI.SI_USER,
    pid: pidSeenBy(from, target),
    uid: from.cred.uid,
    status: 0,
  };
}

/**
 * Stop signals and SIGCONT cancel each other; SIGCONT goes on with a stopped process whatever it does
 * with the signal. False when the signal is worth nothing to the receiver.
 * @see kernel/signal.c, prepare_signal(), v6.12
 */
function prepareSignal(target: Task, signal: number, force: boolean): boolean {
  const { group } = target;
  if (isStopSignal(signal)) flushFromGroup(target, CONT);
  else if (signal === SIGNALS.SIGCONT) continueGroup(target);
  if (group.exiting) return signal === SIGNALS.SIGKILL;
  return !isIgnored(target, signal, force);
}

function continueGroup(target: Task): void {
  const { group } = target;
  flushFromGroup(target, STOPS);
  const wasStopped = group.stopped;
  const wasStopping = group.stopCount > 0;
  for (const thread of group.threads) {
    thread.stopPending = false;
    thread.stopped = false;
  }
  if (!wasStopped && !wasStopping) return;
  group.notice = wasStopped ? 'continued' : 'stopped';
  group.stopped = false;
  group.stopCount = 0;
  group.continued = true;
  group.exitCode = 0;
}

function flushFromGroup({ group }: Task, which: SigSet): void {
  group.pending.flush(which);
  for (const thread of group.threads) thread.pending.flush(which);
}

/** Whether the receiver would do nothing with it. @see kernel/signal.c, sig_ignored(), v6.12 */
export function isIgnored(target: Task, signal: number, force: boolean): boolean {
  if (target.blocked.has(signal)) return false;
  const { handler } = target.sighand.action(signal);
  const isShielded = target.group.unkillable && handler === 'DFL';
  if (isShielded && !(force && isKernelOnly(signal))) return true;
  return handler === 'IGN' || (handler === 'DFL' && isIgnoredByDefault(signal));
}

/** @see kernel/signal.c, complete_signal(), v6.12 */
function completeSignal(target: Task, signal: number, to: 'thread' | 'process'): void {
  const taker = findTaker(target, signal, to);
  if (taker === undefined || !isFatal(taker, signal) || target.group.exiting) return;
  if (isCoreSignal(signal)) return;
  beginGroupExit(taker, signal);
}

function findTaker(target: Task, signal: number, to: 'thread' | 'process'): Task | undefined {
  if (wants(target, signal)) return target;
  if (to === 'thread') return undefined;
  return target.group.threads.find((thread) => wants(thread, signal));
}

function wants(task: Task, signal: number): boolean {
  if (task.blocked.has(signal) || task.exiting || task.exitState !== 'none') return false;
  return signal === SIGNALS.SIGKILL || !task.stopped;
}

function isFatal(task: Task, signal: number): boolean {
  if (isIgnoredByDefault(signal) || isStopSignal(signal)) return false;
  return task.sighand.action(signal).handler === 'DFL';
}

/** The whole process ends with `exitCode`: every other thread is killed. @see zap_other_threads() */
export function beginGroupExit({ group }: Task, exitCode: number): void {
  group.exiting = true;
  group.exitCode = exitCode;
  group.stopCount = 0;
  group.stopped = false;
  group.notice = undefined;
  for (const thread of group.threads) {
    thread.stopPending = false;
    thread.stopped = false;
    if (thread.exiting) continue;
    thread.pending.mark(SIGNALS.SIGKILL);
    if (thread.vforkChild !== undefined) completeVfork(thread.vforkChild);
  }
}
