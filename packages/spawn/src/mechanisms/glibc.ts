// posix_spawn as glibc does it in user space: shared memory, all signals blocked meanwhile, attributes
// before actions, the mask last, the first error through a shared variable.

import { attempt, path, work } from '@forkless/sim';
import { CLONE_HIGH, CLONE_FLAGS } from '@forkless/task';
import { think, step, type SpawnPart } from '../path/steps.ts';
import { sets, type SpawnRequest } from '../request.ts';
import { actionSteps } from '../steps/action-steps.ts';
import { attributeSteps, maskStep } from '../steps/attribute-steps.ts';
import { cloneSteps, type ArgsOf } from '../steps/clone-steps.ts';
import { execSteps } from '../steps/exec-steps.ts';
import {
  blockAllStep,
  eachSignalStep,
  restoreMaskStep,
  sigdefaultSteps,
} from '../steps/signal-steps.ts';
import { childSteps } from './child-fails.ts';
import type { Mechanism } from './mechanism.ts';

const VFORK = CLONE_FLAGS.CLONE_VM | CLONE_FLAGS.CLONE_VFORK;

/** What both versions have in common; they differ in the clone and in what the child does on signals. */
function spawnPath(
  name: string,
  request: SpawnRequest,
  args: ArgsOf,
  signals: readonly SpawnPart[],
) {
  const undo = [...restoreMaskStep(), ...unmapStackStep()];
  return path(
    name,
    ...step('parent', 'map a stack for the child', () => undefined),
    work('map it', 'map.vma'),
    work('write to it', 'fault.anon'),
    ...blockAllStep(),
    attempt(
      'the mask and the stack',
      [
        ...cloneSteps('parent', 'clone3', args),
        childSteps(
          think('child', 'leave the error in the shared variable', () => undefined),
          ...signals,
          ...attributeSteps('child', request),
          ...actionSteps('child', request),
          ...maskStep('child', request),
          ...execSteps('child', request),
        ),
      ],
      undo,
    ),
    ...undo,
  );
}

function unmapStackStep(): SpawnPart[] {
  return [
    ...step('parent', "unmap the child's stack", () => undefined),
    work('unmap it', 'unmap.vma'),
    work('free its page', 'page.free'),
  ];
}

/** @see sysdeps/unix/sysv/linux/spawni.c of glibc 2.36, __spawnix(), __spawni_child() */
export const GLIBC_2_36: Mechanism = {
  name: 'posix-spawn-2.36',
  title: 'posix_spawn of glibc 2.36: every signal is looked at in the child',
  source: 'sysdeps/unix/sysv/linux/spawni.c, glibc 2.36',
  pathFor: (request) =>
    spawnPath('posix-spawn-2.36', request, () => ({ flags: VFORK }), eachSignalStep(request)),
};

/** @see sysdeps/unix/sysv/linux/spawni.c of glibc 2.39 */
export const GLIBC_2_39: Mechanism = {
  name: 'posix-spawn-2.39',
  title: 'posix_spawn of glibc 2.39: clone3 clears the handlers and can choose a control group',
  source: 'sysdeps/unix/sysv/linux/spawni.c, glibc 2.39',
  pathFor: (request) =>
    spawnPath(
      'posix-spawn-2.39',
      request,
      () => {
        const intoCgroup = sets(request, 'POSIX_SPAWN_SETCGROUP');
        return {
          flags: VFORK,
          highFlags:
            CLONE_HIGH.CLONE_CLEAR_SIGHAND | (intoCgroup ? CLONE_HIGH.CLONE_INTO_CGROUP : 0),
          cgroup: request.attributes?.cgroup ?? 0,
        };
      },
      sigdefaultSteps('child', request),
    ),
};
