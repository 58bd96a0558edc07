// What exec does to the threads of a process, and to what it shares with others: one thread is left, it
// is the leader, and its signal actions are its own.

import { assert } from '@forkless/errors';
import { deleteTimers } from '../attributes/posix-timers.ts';
import { exitTask } from '../exit/exit.ts';
import { completeVfork } from '../exit/mm-release.ts';
import { releaseTask } from '../exit/release.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Mm } from '../mm/mm.ts';
import { SIGNALS } from '../uapi/signals.ts';
import type { Task } from './task.ts';
import { attachPid, detachPid } from './pid-links.ts';

/**
 * Ends all other threads; a caller that is not the leader takes the leader's place and number.
 * MODEL: the others end at once, where the kernel waits for each of them to notice.
 * @see fs/exec.c, de_thread(), v6.12
 */
export function deThread(kernel: Kernel, task: Task): void {
  const { group } = task;
  group.execThread = task;
  for (const thread of group.threads.filter((other) => other !== task)) {
    if (!thread.exiting) exitTask(kernel, thread, SIGNALS.SIGKILL);
  }
  if (group.leader !== task) takeLead(kernel, task);
  group.execThread = undefined;
  assert(group.isSingle, 'after exec a process has one thread');
  unshareSighand(task);
}

function takeLead(kernel: Kernel, task: Task): void {
  const { group, pid: own } = task;
  const old = group.leader;
  detachPid(kernel, old, 'pid', old.pid);
  detachPid(kernel, task, 'pid', own);
  task.pid = old.pid;
  attachPid(kernel, task, 'pid', task.pid);
  attachPid(kernel, task, 'tgid', task.pid);
  attachPid(kernel, task, 'pgid', group.pgrp);
  attachPid(kernel, task, 'sid', group.session);
  const { children } = old.parent;
  children.splice(children.indexOf(old), 1, task);
  task.parent = old.parent;
  task.exitSignal = SIGNALS.SIGCHLD;
  group.leader = task;
  for (const type of ['tgid', 'pgid', 'sid'] as const) {
    detachPid(kernel, old, type, { tgid: task.pid, pgid: group.pgrp, sid: group.session }[type]);
  }
  old.exitSignal = -1;
  releaseTask(kernel, old);
}

function unshareSighand(task: Task): void {
  const { sighand } = task;
  if (sighand.users === 1) return;
  sighand.users--;
  task.sighand = sighand.copy();
}

/**
 * The new image takes the place of the old one: memory, handlers and all that does not survive an exec.
 * What is in files/, fs/ and cred/ is exec's own.
 * @see fs/exec.c, begin_new_exec(), exec_mmap(); kernel/signal.c, flush_signal_handlers(), v6.12
 */
export function becomeImage(task: Task, mm: Mm, comm: string): void {
  const old = task.mm;
  completeVfork(task);
  task.mm = mm;
  old?.put();
  task.sighand.flushHandlers();
  deleteTimers(task);
  task.altStack = false;
  task.clearChildTid = null;
  task.comm = comm.slice(0, 15);
  task.selfExecId++;
  task.forkedNoExec = false;
  task.exitSignal = SIGNALS.SIGCHLD;
}
