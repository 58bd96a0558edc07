// The ways programs write by hand: fork, vfork or clone3, then the actions in the child, then exec.

import { attempt, path, work } from '@forkless/sim';
import { CLONE_HIGH, CLONE_FLAGS, closeFd } from '@forkless/task';
import { step, type SpawnPart } from '../path/steps.ts';
import type { SpawnRequest } from '../request.ts';
import { actionSteps } from '../steps/action-steps.ts';
import { attributeSteps, maskStep } from '../steps/attribute-steps.ts';
import { cloneSteps } from '../steps/clone-steps.ts';
import { closePipeStep, openPipeStep, tellStep } from '../steps/error-pipe.ts';
import { execSteps } from '../steps/exec-steps.ts';
import { rememberMaskStep, sigdefaultSteps } from '../steps/signal-steps.ts';
import { childSteps } from './child-fails.ts';
import type { Mechanism } from './mechanism.ts';

const VFORK = CLONE_FLAGS.CLONE_VM | CLONE_FLAGS.CLONE_VFORK;

/** What the child does in user space until it is the program. */
function childWork(request: SpawnRequest): SpawnPart[] {
  return [
    ...sigdefaultSteps('child', request),
    ...attributeSteps('child', request),
    ...actionSteps('child', request),
    ...maskStep('child', request),
    ...execSteps('child', request),
  ];
}

/**
 * Pages that the child, and the parent beside it, write before the exec and so get copies of: stack and
 * the data of libc. CAL: 6 to 24 in recorded forks, Linux 6.18, glibc 2.36.
 */
export const WRITTEN_PAGES = 12;

/** fork and exec: the child has a memory of its own and tells its error through a pipe. */
export const FORK_EXEC: Mechanism = {
  name: 'fork-exec',
  title: 'fork, then exec in the child; errors come back through a pipe',
  source: 'kernel/fork.c, fs/exec.c, v6.18',
  pathFor: (request) =>
    path(
      'fork-exec',
      ...rememberMaskStep(),
      ...openPipeStep(request),
      attempt(
        'the pipe',
        [
          ...cloneSteps('parent', 'fork', () => ({})),
          work('copy pages written before the exec', 'fault.cow-copy', WRITTEN_PAGES),
          childSteps(tellStep(), ...childWork(request)),
        ],
        closePipeStep(),
      ),
      ...closePipeStep(),
    ),
};

/** vfork and exec: the child borrows the parent's memory, and with it a variable for its error. */
export const VFORK_EXEC: Mechanism = {
  name: 'vfork-exec',
  title: 'vfork, then exec in the child, while the parent waits',
  source: 'kernel/fork.c, fs/exec.c, v6.18',
  pathFor: (request) =>
    path(
      'vfork-exec',
      ...rememberMaskStep(),
      ...cloneSteps('parent', 'vfork', () => ({ flags: VFORK })),
      childSteps([], ...childWork(request)),
    ),
};

/** clone3 as a careful program uses it today: shared memory, no handlers, a pidfd. */
export const CLONE3_EXEC: Mechanism = {
  name: 'clone3-exec',
  title: 'clone3 with VM, VFORK, CLEAR_SIGHAND and PIDFD, then exec in the child',
  source: 'kernel/fork.c, fs/exec.c, v6.18',
  pathFor: (request) =>
    path(
      'clone3-exec',
      ...rememberMaskStep(),
      ...cloneSteps('parent', 'clone3', ({ pidfd }) => ({
        flags: VFORK | CLONE_FLAGS.CLONE_PIDFD,
        highFlags: CLONE_HIGH.CLONE_CLEAR_SIGHAND,
        pidfd,
      })),
      attempt(
        'the pidfd',
        [childSteps([], ...childWork(request))],
        step('parent', 'close the pidfd', ({ parent, pidfd }) =>
          closeFd(parent.files!, pidfd.value),
        ),
      ),
    ),
};
