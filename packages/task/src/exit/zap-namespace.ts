// The end of a pid namespace: when its init ends everybody in it is killed, and the init stays until all
// of their numbers are free.

import type { Kernel } from '../kernel/kernel.ts';
import { sendSignal } from '../signal/send.ts';
import { pidNamespaceOf, type Task } from '../task/task.ts';
import { SIGNALS } from '../uapi/signals.ts';
import { aliveThread } from './reparent.ts';
import { releaseTask } from './release.ts';

/** Whether `task` is the init of its namespace and no thread can take its place. @see find_child_reaper() */
export function needsZap(kernel: Kernel, task: Task): boolean {
  const namespace = pidNamespaceOf(task);
  if (namespace.reaper !== task.pid) return false;
  const thread = aliveThread(task);
  if (thread === undefined) return namespace !== kernel.pids.initial;
  namespace.reaper = thread.pid;
  return false;
}

/**
 * Kills the namespace and calls `finish` once nobody but its init has a number in it: at once, or when
 * the last zombie there has been waited for from outside.
 * @see kernel/pid_namespace.c, zap_pid_ns_processes(), v6.12
 */
export function zapNamespace(kernel: Kernel, init: Task, finish: () => void): void {
  const namespace = pidNamespaceOf(init);
  namespace.open = false;
  // Children that end from now on are not waited for.
  const action = init.sighand.action(SIGNALS.SIGCHLD);
  init.sighand.setAction(SIGNALS.SIGCHLD, { ...action, handler: 'IGN' });
  for (const task of kernel.tasks) {
    if (task.pid.namespaces[namespace.level] !== namespace || task.group === init.group) continue;
    sendSignal(task, { signal: SIGNALS.SIGKILL, from: 'kernel' }, 'process');
  }
  for (const child of init.children.slice()) {
    if (child.exitState === 'zombie' && child.group.isSingle) releaseTask(kernel, child);
  }
  // A thread that took over from a leader that ended leaves the leader's number beside its own.
  const numbersOfInit = init === init.group.leader ? 1 : 2;
  if (namespace.pidAllocated <= numbersOfInit) finish();
  else kernel.emptyWaits.set(namespace, { count: numbersOfInit, finish });
}
