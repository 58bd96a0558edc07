// posix_spawn as musl does it: a child on the caller's memory with a stack of its own, whose error comes back
// through a pipe. The pipe is an ordinary descriptor, so that the child moves it wherever an action needs
// its number.

import { refuse } from '@forkless/errors';
import { attempt, path, work } from '@forkless/sim';
import { CLONE_FLAGS, NSIG, PATH_MAX, setgid, setuid, sigaction, SigSet } from '@forkless/task';
import { step, SYSCALL_FIGURE, think, type SpawnPart } from '../path/steps.ts';
import { sets, type SpawnRequest } from '../request.ts';
import type { SpawnCall } from '../spawn-call.ts';
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
import { clearNumber, markPipeStep, takePipeStep, throughPipe } from '../steps/movable-pipe.ts';
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
      ...think('parent', "take the child's stack from its own", () => undefined),
      ...blockAllStep(),
      attempt(
        'the mask',
        throughPipe(
          cloneSteps('parent', 'clone', () => ({ flags: VFORK })),
          childWork(request),
        ),
        restoreMaskStep(),
      ),
      ...restoreMaskStep(),
    ),
};

function childWork(request: SpawnRequest): SpawnPart[] {
  return [
    ...takePipeStep(),
    ...signalSteps(request),
    ...attributeSteps('child', only(request, 'POSIX_SPAWN_SETSID')),
    ...attributeSteps('child', only(request, 'POSIX_SPAWN_SETPGROUP')),
    ...idSteps(request),
    ...actionsIn(request, LACKS).flatMap((action) => [
      ...clearNumber(action),
      ...dialectAction('child', action, ACTIONS),
    ]),
    ...markPipeStep(),
    ...maskStep('child', request),
    ...dialectExec('child', request, SEARCH),
  ];
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
