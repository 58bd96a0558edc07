// The two ways to make a process through a handle: the minimal builder that was posted, which still
// borrows the caller's memory inside, and the pristine child, which has nothing that was not granted.

import {
  attempt,
  change,
  path,
  slabAlloc,
  slabFree,
  when,
  work,
  type PathPart,
} from '@forkless/sim';
import {
  CLONE_HIGH,
  CLONE_FLAGS,
  CLONE_SLABS,
  copyCred,
  copyFsStruct,
  createFiles,
  fileAt,
  forkArgs,
  getFile,
  installFd,
  openFds,
  putFiles,
  ThreadGroup,
  type CloneCall,
} from '@forkless/task';
import { isRefusal } from '@forkless/errors';
import { step, type SpawnPart } from '../path/steps.ts';
import { levelOf } from '../place/object-ledger.ts';
import type { SpawnRequest } from '../request.ts';
import type { SpawnCall } from '../spawn-call.ts';
import { changedCloneSteps, cloneSteps, type StageChanges } from '../steps/clone-steps.ts';
import { rememberMaskStep } from '../steps/signal-steps.ts';
import { kernelChildSteps } from './child-fails.ts';
import { kernelChildWork } from './kernel-spawn.ts';
import type { Mechanism } from './mechanism.ts';

const VFORK = CLONE_FLAGS.CLONE_VM | CLONE_FLAGS.CLONE_VFORK;

/** One call for each action, and one each for the handle and the run. */
function configSteps({ actions = [] }: SpawnRequest): SpawnPart[] {
  return actions.flatMap((action) => step('parent', `configure ${action.kind}`, () => undefined));
}

/** @see "pidfd: add a minimal process spawn builder", 2026-07-16 */
export const PIDFD_BUILDER: Mechanism = {
  name: 'pidfd-builder',
  title: 'an empty pidfd that is configured and then run, on top of vfork',
  source: 'pidfd: add a minimal process spawn builder, 2026-07-16',
  pathFor: (request) =>
    path(
      'pidfd-builder',
      ...rememberMaskStep(),
      ...step('parent', 'open an empty pidfd', () => undefined),
      ...configSteps(request),
      ...cloneSteps('parent', 'run', () => ({
        flags: VFORK,
        highFlags: CLONE_HIGH.CLONE_CLEAR_SIGHAND,
      })),
      kernelChildSteps(...kernelChildWork(request)),
    ),
};

/** The child's node, as far as the kernel heeds it for objects of that kind. */
const nodeOf =
  (kind: string) =>
  ({ options, target, running }: SpawnCall): number =>
    levelOf(kind, 'clone') <= (options.awareness ?? 'L0') ? target : running;

/** An object that lies on the node the child was placed on, whoever asks for it. */
function placed({ cache, bytes }: { cache: string; bytes: number }): PathPart<SpawnCall> {
  return slabAlloc(cache, { bytes, node: nodeOf(cache) });
}

/** The parts of a process that has nothing yet but the signals it is told to ignore. */
function emptyParts({ clone, parent }: SpawnCall): void {
  const { parts } = clone;
  parts.files = createFiles();
  parts.sighand = parent.sighand.copy();
  parts.sighand.flushHandlers();
  parts.group = new ThreadGroup(parent.group.rlimits);
  parts.mm = null;
}

/** A descriptor is granted by its number here and there; the mark for exec goes with it. */
function grantAll({ clone, parent }: SpawnCall, below: number): void {
  const from = parent.files!;
  for (const fd of openFds(from)) {
    const file = fileAt(from, fd);
    if (fd >= below || isRefusal(file)) continue;
    installFd(clone.parts.files!, fd, getFile(file), from.fdFlags[fd] ?? 0);
  }
}

/** posix_spawn passes on everything, unless its first action closes the rest. */
function grantedBelow({ actions = [] }: SpawnRequest): number {
  const [first] = actions;
  return first?.kind === 'closefrom' ? Math.max(first.fd, 0) : Number.POSITIVE_INFINITY;
}

/** What the stages of copy_process would have copied is there already. */
const NOTHING_TO_COPY: StageChanges = {
  'the task': 'left out',
  descriptors: 'left out',
  'signal actions': 'left out',
  'thread group': 'left out',
  memory: 'left out',
  credentials: {
    steps: [
      change('the credentials it was given', (call: CloneCall) => {
        const { parts, kernel, caller } = call;
        parts.cred = copyCred(caller.cred);
        parts.ucounts = kernel.ucounts.of(parts.cred.userNs, parts.cred.uid);
        parts.ucounts.addTasks(1);
      }),
    ],
    undo: [change('drop the credentials', (call: CloneCall) => call.dropCreds())],
  },
  'place in the file system': {
    steps: [
      change('the directory it was given', (call: CloneCall) => {
        call.parts.fs = copyFsStruct(call.caller.fs!);
      }),
    ],
    undo: [],
  },
};

const { task, stack, cred, lsm, files, fs, sighand, signal } = CLONE_SLABS;
const PARTS = [task, stack, cred, lsm, files, fs, sighand, signal];

/**
 * posix_spawn once more, on a child with nothing: each object is made once, on the node the child was
 * placed on, and nothing is copied that exec would throw away.
 */
export const PRISTINE: Mechanism = {
  name: 'pristine',
  title: 'a child built from nothing, by grants, placed before anything is allocated',
  source: "the thread 'A fork() in the road' on the kernel's list; no code",
  awareness: 'L4',
  pathFor: (request) =>
    path(
      'pristine',
      ...rememberMaskStep(),
      ...step('parent', 'open a builder', (call) => call.beginClone('run', forkArgs())),
      ...step('parent', 'place it', () => undefined),
      ...PARTS.map(placed),
      work('set up the task', 'clone.base'),
      ...step('parent', 'start with nothing', emptyParts, 0),
      attempt(
        'the parts',
        [
          ...step('parent', 'grant descriptors', (call) => grantAll(call, grantedBelow(request))),
          work('copy open files', 'fd.copy', ({ clone }) => clone.parts.files!.openCount),
          ...configSteps(request),
          ...changedCloneSteps('parent', 'run', () => ({}), NOTHING_TO_COPY),
          kernelChildSteps(...kernelChildWork(request)),
        ],
        [
          when(
            'no child took them',
            (call) => !call.hasChild,
            change('drop the descriptors', (call) => putFiles(call.clone.parts.files!)),
          ),
          ...PARTS.map(({ cache, bytes }) => slabFree<SpawnCall>(cache, { bytes })),
        ],
      ),
    ),
};
