// Whose children become when their parent ends: another thread of it, the nearest subreaper above, or
// the init of the namespace.

import { assert } from '@forkless/errors';
import type { Kernel } from '../kernel/kernel.ts';
import { sendSignal } from '../signal/send.ts';
import { pidNamespaceOf, type Task } from '../task/task.ts';
import { SI, SIGNALS } from '../uapi/signals.ts';
import { notifyParent } from './notify-parent.ts';
import { killOrphanedGroup } from './orphaned-group.ts';

/** A thread of the process that has not begun to exit. @see kernel/exit.c, find_alive_thread() */
export function aliveThread({ group }: Task): Task | undefined {
  return group.threads.find((thread) => !thread.exiting && thread.exitState === 'none');
}

/** @see kernel/exit.c, find_new_reaper(), v6.12 */
function newParentFor(kernel: Kernel, exiting: Task): Task {
  const sibling = aliveThread(exiting);
  if (sibling !== undefined) return sibling;
  if (exiting.group.hasChildSubreaper) {
    const subreaper = subreaperAbove(kernel, exiting);
    if (subreaper !== undefined) return subreaper;
  }
  const init = kernel.reaperOf(pidNamespaceOf(exiting));
  assert(init !== undefined, 'a namespace with a living task has an init');
  return init;
}

/** The nearest subreaper of the same namespace. */
function subreaperAbove(kernel: Kernel, exiting: Task): Task | undefined {
  const { level } = exiting.pid;
  for (let at = exiting.parent; at.pid.level === level; at = at.parent) {
    if (at === kernel.idle) break;
    if (!at.group.isChildSubreaper) continue;
    const thread = aliveThread(at);
    if (thread !== undefined) return thread;
  }
  return undefined;
}

/**
 * Hands over the children of `exiting`, with the signals they asked for. Returns those that nobody has to
 * wait for any more.
 * @see kernel/exit.c, forget_original_parent(), v6.12
 */
export function reparentChildren(kernel: Kernel, exiting: Task): Task[] {
  if (exiting.children.length === 0) return [];
  const parent = newParentFor(kernel, exiting);
  const children = exiting.children.splice(0);
  for (const child of children) {
    for (const thread of child.group.threads) {
      thread.parent = parent;
      if (thread.pdeathSignal !== 0) {
        const sent = { signal: thread.pdeathSignal, from: exiting, code: SI.SI_USER };
        sendSignal(thread, sent, 'process');
      }
    }
  }
  const reaped =
    parent.group === exiting.group
      ? []
      : children.filter((child) => reparentLeader(kernel, child, exiting));
  parent.children.push(...children);
  return reaped;
}

/** True when the child has ended and need not be waited for. @see kernel/exit.c, reparent_leader() */
function reparentLeader(kernel: Kernel, child: Task, exiting: Task): boolean {
  if (child.exitState === 'dead') return false;
  child.exitSignal = SIGNALS.SIGCHLD;
  const hasEnded = child.exitState === 'zombie' && child.group.isSingle;
  const reaped = hasEnded && notifyParent(child);
  killOrphanedGroup(kernel, child, exiting);
  return reaped;
}
