// posix_spawn as musl does it: a child on the caller's memory with a stack of its own, whose error comes back
// through a pipe. The pipe is an ordinary descriptor, so that the child moves it wherever an action needs
// its number.

import { isRefusal, refuse } from '@forkless/errors';
import { attempt, path, when, work } from '@forkless/sim';
import {
  closeFd,
  CLONE_FLAGS,
  dup,
  F_SETFD,
  FD_CLOEXEC,
  fcntl,
  NSIG,
  O_CLOEXEC,
  PATH_MAX,
  pipe2,
  setgid,
  setuid,
  sigaction,
  SigSet,
  type OpenCaller,
} from '@forkless/task';
import { step, SYSCALL_FIGURE, think, type SpawnPart } from '../path/steps.ts';
import { sets, type FileAction, type SpawnRequest } from '../request.ts';
import { callerOf, type SpawnCall, type StepAnswer } from '../spawn-call.ts';
import { attributeSteps, maskStep } from '../steps/attribute-steps.ts';
import { cloneSteps } from '../steps/clone-steps.ts';
import { actionsIn, becomes, lackSteps, only, type Lacks } from '../steps/dialect.ts';
import {
  dialectAction,
  openAndMove,
  plainDup,
  withoutFlags,
  type ActionDialect,
} from '../steps/dialect-actions.ts';
import { dialectExec, type SearchDialect } from '../steps/dialect-search.ts';
import { blockAllStep, restoreMaskStep } from '../steps/signal-steps.ts';
import type { Mechanism } from './mechanism.ts';

const VFORK = CLONE_FLAGS.CLONE_VM | CLONE_FLAGS.CLONE_VFORK;
/** Signals the library keeps: timers, cancellation, calls on all threads. Programs cannot name them. */
const INTERNAL: readonly number[] = [32, 33, 34];
const NAME_MAX = 255;

/** @see src/process/posix_spawnattr_sched.c, posix_spawnattr_setflags.c of musl 1.2 */
const LACKS: Lacks = {
  system: 'musl',
  attributes: {
    POSIX_SPAWN_SETSCHEDPARAM: 'ENOSYS',
    POSIX_SPAWN_SETSCHEDULER: 'ENOSYS',
    POSIX_SPAWN_SETCGROUP: 'EINVAL',
  },
  actions: ['closefrom', 'tcsetpgrp'],
};

const ACTIONS: ActionDialect = {
  open: openAndMove,
  dup2: (caller, action, { childPipe }) => {
    // The number is the library's own; to the program nothing is open there.
    if (action.fd === childPipe) return refuse('EBADF', 'only the error pipe is open there');
    return action.fd === action.to ? withoutFlags(caller, action.fd) : plainDup(caller, action);
  },
  closeRefuses: false,
  calls: { open: 3, dup2: 1 },
};

/** @see src/process/execvp.c of musl 1.2, __execvpe() */
const SEARCH: SearchDialect = {
  paths: (name, list) => {
    if (name.length > NAME_MAX) return refuse('ENAMETOOLONG', 'a name of more than 255 bytes');
    const all = list ?? '/usr/local/bin:/bin:/usr/bin';
    const room = Math.min(all.length, PATH_MAX - 1) + 1;
    return all
      .split(':')
      .filter((element) => element.length < room)
      .map((element) => (element === '' ? name : `${element}/${name}`));
  },
  after: (_call, refusal) => {
    if (refusal.errno === 'EACCES') return 'denied';
    return refusal.errno === 'ENOENT' || refusal.errno === 'ENOTDIR' ? 'next' : refusal;
  },
  fails: (last) => last,
};

/** @see src/process/posix_spawn.c of musl 1.2.4, posix_spawn(), child() */
export const MUSL: Mechanism = {
  name: 'musl-posix-spawn',
  title:
    'posix_spawn of musl: the error comes back through a pipe that the child moves out of the way',
  source: 'src/process/posix_spawn.c, musl 1.2.4',
  unchecked: 'musl 1.2.4 was read, not run',
  pathFor: (request) =>
    path(
      'musl-posix-spawn',
      ...lackSteps(request, LACKS),
      ...blockAllStep(),
      attempt('the mask', throughPipe(request), restoreMaskStep()),
      ...restoreMaskStep(),
    ),
};

function throughPipe(request: SpawnRequest): SpawnPart[] {
  const lock = think('parent', 'lock out abort and forks of the library', () => undefined);
  const unlock = think('parent', 'unlock them', () => undefined);
  const closes = (end: 0 | 1) =>
    step('parent', `close the ${end === 0 ? 'reading' : 'writing'} end`, ({ parent, errorPipe }) =>
      closeFd(parent.files!, errorPipe![end]),
    );
  const reads = [...closes(1), ...unlock, ...step('parent', 'read the pipe', () => undefined)];
  return [
    ...lock,
    attempt('the lock', [...step('parent', 'open a pipe for the error', openPipe)], unlock),
    work('make the pipe', 'file.pipe'),
    attempt(
      'the pipe',
      [
        attempt(
          'the writing end',
          cloneSteps('parent', 'clone', () => ({ flags: VFORK })),
          [...closes(1), ...unlock],
        ),
        attempt('the child', childWork(request), [
          ...step('child', 'write the error into the pipe', () => undefined),
          ...step('child', 'exit 127', (call) => call.childExits()),
          ...reads,
          ...step('parent', 'wait for the child that failed', (call) => call.reapChild()),
        ]),
        ...reads,
      ],
      closes(0),
    ),
    ...closes(0),
    work('let go of the pipe', 'file.release', 2),
  ];
}

/** Both ends lie wherever there is room, not above what the actions name. */
function openPipe(call: SpawnCall): StepAnswer {
  const { files, limit } = callerOf(call.parent);
  const ends = pipe2({ files, limit, anon: call.kernel.anon }, O_CLOEXEC);
  if (isRefusal(ends)) return ends;
  call.errorPipe = ends;
  return undefined;
}

function childWork(request: SpawnRequest): SpawnPart[] {
  return [
    ...step('child', 'close the reading end', takePipe),
    ...signalSteps(request),
    ...attributeSteps('child', only(request, 'POSIX_SPAWN_SETSID')),
    ...attributeSteps('child', only(request, 'POSIX_SPAWN_SETPGROUP')),
    ...idSteps(request),
    ...actionsIn(request, LACKS).flatMap((action) => [
      ...clearNumber(action),
      ...dialectAction('child', action, ACTIONS),
    ]),
    ...step('child', 'mark the pipe close-on-exec again', ({ childCaller, childPipe }) => {
      fcntl(childCaller, childPipe, F_SETFD, FD_CLOEXEC);
    }),
    ...maskStep('child', request),
    ...dialectExec('child', request, SEARCH),
  ];
}

function takePipe(call: SpawnCall): void {
  const [reading, writing] = call.errorPipe!;
  closeFd(call.child.files!, reading);
  call.childPipe = writing;
}

/**
 * What is in SETSIGDEF gets its default; a signal that has a handler too, but for those that the library
 * keeps, which are ignored.
 *
 * MODEL: the library remembers which signals ever had a handler and asks about each; the model asks about
 * those that have one, so that a handler taken back costs nothing.
 */
function signalSteps(request: SpawnRequest): SpawnPart[] {
  const named = sets(request, 'POSIX_SPAWN_SETSIGDEF')
    ? (request.attributes?.sigdefault?.toArray() ?? [])
    : [];
  const defaults = named.filter((signal) => !INTERNAL.includes(signal));
  const count = ({ child }: SpawnCall): number =>
    defaults.length +
    child.sighand
      .signalsThat('handler')
      .filter((signal) => !defaults.includes(signal))
      .reduce((sum, signal) => sum + (INTERNAL.includes(signal) ? 1 : 2), 0);
  return [
    work('child: enter the kernel for each signal with a handler', SYSCALL_FIGURE, count),
    ...think('child', 'no handlers', ({ child }) => {
      for (let signal = 1; signal <= NSIG; signal++) {
        const isHandled = child.sighand.action(signal).handler === 'handler';
        if (!defaults.includes(signal) && !isHandled) continue;
        const isKept = !defaults.includes(signal) && INTERNAL.includes(signal);
        sigaction(child, signal, { handler: isKept ? 'IGN' : 'DFL', flags: 0, mask: new SigSet() });
      }
    }),
  ];
}

/** setgid and setuid to the real ids: with the right to it, the saved ones change too. */
function idSteps(request: SpawnRequest): SpawnPart[] {
  if (!sets(request, 'POSIX_SPAWN_RESETIDS')) return [];
  return step(
    'child',
    'ids',
    (call) =>
      becomes(call, (cred) => setgid(cred, cred.gid)) ??
      becomes(call, (cred) => setuid(cred, cred.uid)),
    4,
  );
}

/** The number an action works on; a duplicate's source is looked at by the action itself. */
function numberOf(action: FileAction): number | undefined {
  if (action.kind === 'chdir') return undefined;
  return action.kind === 'dup2' ? action.to : action.fd;
}

/** Where the pipe lies at the number of an action it moves to another, and may be seen by an exec until marked. */
function clearNumber(action: FileAction): SpawnPart[] {
  const number = numberOf(action);
  if (number === undefined) return [];
  return [
    when(
      `the pipe is ${number}`,
      ({ childPipe }: SpawnCall) => childPipe === number,
      ...step('child', 'move the pipe', (call) => movePipe(call, call.childCaller), 2),
    ),
  ];
}

function movePipe(call: SpawnCall, { files, limit }: OpenCaller): StepAnswer {
  const to = dup(files, call.childPipe, limit);
  if (isRefusal(to)) return to;
  closeFd(files, call.childPipe);
  call.childPipe = to;
  return undefined;
}
