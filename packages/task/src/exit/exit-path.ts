// The end of a task as a list of steps, under the locks the kernel takes: what is timed and explored. At
// once it is `exitTask`, which does the same in the same order.

import { change, locked, path, when, type Path } from '@forkless/sim';
import type { Kernel } from '../kernel/kernel.ts';
import type { Task } from '../task/task.ts';
import {
  becomeZombie,
  beginExit,
  handOver,
  leaveGroups,
  letGoOfFiles,
  letGoOfMemory,
  tellParent,
} from './exit.ts';
import { releaseTask } from './release.ts';

/** One exit under way. */
export interface ExitCall {
  readonly kernel: Kernel;
  readonly task: Task;
  /** A wait status. */
  readonly status: number;
  /** The parent was told and need not wait. */
  isReaped?: boolean;
  /** Children nobody has to wait for. */
  orphans?: readonly Task[];
  /** Wakes a parent that sleeps in a wait. */
  readonly wake?: (parent: Task) => void;
}

/** The lock of the families: parents, children, groups, sessions, who has ended. */
export const TASKLIST_LOCK = 'tasklist_lock';

/**
 * The end of a task that is no namespace's init. From the hand-over of its children to its release, or to
 * the word to its parent, everything is under one lock, so that nobody reaps what its parent was not told of.
 *
 * @see kernel/exit.c, do_exit(), exit_notify(), v6.12
 */
export function exitPath(): Path<ExitCall> {
  return path<ExitCall>(
    'exit',
    change('begin to exit', ({ task, status }) => beginExit(task, status)),
    change('let go of the memory', ({ task }) => letGoOfMemory(task)),
    change('let go of the descriptors', ({ task }) => letGoOfFiles(task)),
    change('leave the groups', ({ kernel, task }) => leaveGroups(kernel, task)),
    locked(TASKLIST_LOCK, [
      change('hand over the children', (call) => {
        call.orphans = handOver(call.kernel, call.task);
      }),
      change('become a zombie', ({ task }) => becomeZombie(task)),
      change('tell the parent', (call) => {
        call.isReaped = tellParent(call.task);
        call.wake?.(call.task.parent);
      }),
      when(
        'nobody waits for it',
        (call) => call.isReaped === true,
        change('release the task', ({ kernel, task }) => releaseTask(kernel, task)),
      ),
      change('release the orphans', ({ kernel, orphans = [] }) => {
        for (const orphan of orphans) releaseTask(kernel, orphan);
      }),
    ]),
  );
}
