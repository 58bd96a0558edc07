// A child's life to its end: after the mechanism's steps the program runs, exits, and is waited for. The
// same steps whoever made it, so that mechanisms are compared by all that they cause.

import { change, path, work, type Path } from '@forkless/sim';
import {
  closeFd,
  DROP_WORK,
  exitGroupWith,
  pidSeenBy,
  wait4,
  WAIT,
  workSteps,
} from '@forkless/task';
import { step } from './path/steps.ts';
import type { SpawnCall } from './spawn-call.ts';

/** What a program does until it exits, as figures of a cost profile and how often each is spent. */
export type ProgramRun = Readonly<Record<string, number>>;

const levels = ({ child }: SpawnCall): number => child.pid.level + 1;

/**
 * The steps after those of a mechanism: the child's first time slice, its program's own work, exit and
 * wait. A pidfd that the mechanism gave is closed.
 *
 * @see kernel/exit.c, do_exit(), release_task(), v6.18
 */
export function endPath(run: ProgramRun = {}): Path<SpawnCall> {
  return path(
    'the end',
    work('switch to the child', 'task.switch'),
    work('fetch the first instruction', 'fault.file'),
    ...Object.entries(run).map(([figure, times]) => work<SpawnCall>('run', figure, times)),
    work('child: enter the kernel', 'syscall'),
    change('child: exit', exits),
    work('exit', 'exit.base'),
    work('close what is open', 'fd.close', ({ closedCount }) => closedCount),
    ...workSteps(DROP_WORK, ({ ended }: SpawnCall) => ended),
    work('switch to the parent', 'task.switch'),
    work('give the numbers back', 'pid.remove', levels),
    ...step('parent', 'wait', reap),
    work('wait', 'task.wait'),
    ...step('parent', 'close the pidfd', closePidfd, 0),
  );
}

function exits(call: SpawnCall): void {
  const { kernel, child } = call;
  call.closedCount = child.files?.users === 1 ? child.files.openCount : 0;
  call.ended.during(kernel.memory.counts, () => exitGroupWith(kernel, child, 0));
}

function reap({ kernel, parent, child }: SpawnCall): void {
  wait4(kernel, parent, pidSeenBy(child, parent), WAIT.WALL);
}

function closePidfd({ parent, pidfd }: SpawnCall): void {
  if (pidfd.value >= 0) closeFd(parent.files!, pidfd.value);
}
