// posix_spawn inside the kernel, in both stages that were sketched: first on top of vfork, then without
// any memory to clone and without copying what is closed at once. One system call; the kernel takes the
// child's steps, so a child that fails is never seen.

import { change, path } from '@forkless/sim';
import {
  CLONE_HIGH,
  CLONE_FLAGS,
  dupFiles,
  FILES_WORK,
  putFiles,
  type CloneCall,
} from '@forkless/task';
import type { SpawnPart } from '../path/steps.ts';
import type { SpawnRequest } from '../request.ts';
import { actionSteps } from '../steps/action-steps.ts';
import { attributeSteps, maskStep } from '../steps/attribute-steps.ts';
import { changedCloneSteps, cloneSteps, type StageChanges } from '../steps/clone-steps.ts';
import { execSteps } from '../steps/exec-steps.ts';
import { rememberMaskStep, sigdefaultSteps } from '../steps/signal-steps.ts';
import { kernelChildSteps } from './child-fails.ts';
import type { Mechanism } from './mechanism.ts';

const VFORK = CLONE_FLAGS.CLONE_VM | CLONE_FLAGS.CLONE_VFORK;

/** What the kernel does in the child, in the order of posix_spawn. */
export function kernelChildWork(request: SpawnRequest): SpawnPart[] {
  const who = 'kernel for child';
  return [
    ...sigdefaultSteps(who, request),
    ...attributeSteps(who, request),
    ...actionSteps(who, request),
    ...maskStep(who, request),
    ...execSteps(who, request),
  ];
}

/** First stage: the child still borrows the caller's memory until it execs. */
export const KERNEL_SPAWN_1: Mechanism = {
  name: 'kernel-spawn-1',
  title: 'posix_spawn as a system call on top of vfork',
  source: "the thread 'A fork() in the road' on the kernel's list, first stage",
  pathFor: (request) =>
    path(
      'kernel-spawn-1',
      ...rememberMaskStep(),
      ...cloneSteps('parent', 'spawn', () => ({
        flags: VFORK,
        highFlags: CLONE_HIGH.CLONE_CLEAR_SIGHAND,
      })),
      kernelChildSteps(...kernelChildWork(request)),
    ),
};

/** The descriptors that the actions close before they do anything else. */
function hole({ actions = [] }: SpawnRequest): { from: number; to: number } | undefined {
  const [first] = actions;
  return first?.kind === 'closefrom' ? { from: Math.max(first.fd, 0), to: 0x7fff_ffff } : undefined;
}

/** No memory is borrowed, and what the first action closes is not copied. */
function withoutMemory(request: SpawnRequest): StageChanges {
  const skipped = hole(request);
  return {
    memory: {
      steps: [
        change('no memory yet', (call: CloneCall) => {
          call.parts.mm = null;
        }),
      ],
      undo: [],
    },
    descriptors: {
      steps: [
        change('copy the descriptors that stay', (call: CloneCall) => {
          call.parts.files = dupFiles(call.caller.files!, skipped);
        }),
        ...FILES_WORK,
      ],
      undo: [
        change('drop the descriptors', (call: CloneCall) => {
          putFiles(call.parts.files!);
        }),
      ],
    },
  };
}

/** Second stage: the child gets its first memory from exec. */
export const KERNEL_SPAWN_2: Mechanism = {
  name: 'kernel-spawn-2',
  title: 'posix_spawn as a system call, without a memory to clone',
  source: "the thread 'A fork() in the road' on the kernel's list, second stage",
  pathFor: (request) =>
    path(
      'kernel-spawn-2',
      ...rememberMaskStep(),
      ...changedCloneSteps(
        'parent',
        'spawn',
        () => ({ highFlags: CLONE_HIGH.CLONE_CLEAR_SIGHAND }),
        withoutMemory(request),
      ),
      kernelChildSteps(...kernelChildWork(request)),
    ),
};
