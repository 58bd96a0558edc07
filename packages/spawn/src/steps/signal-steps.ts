// Signals around a spawn: the caller's mask while the child borrows its memory, and what the child does
// on each signal before it runs the program.

import {
  NSIG,
  sigaction,
  sigprocmask,
  SigSet,
  type SigAction,
  type Disposition,
  type Task,
} from '@forkless/task';
import { step, think, type SpawnPart, type Who } from '../path/steps.ts';
import { sets, type SpawnRequest } from '../request.ts';
import type { SpawnCall } from '../spawn-call.ts';

/** The two real-time signals libc keeps for itself; programs cannot name them. */
const INTERNAL: readonly number[] = [32, 33];

const actionOf = (handler: Disposition): SigAction => ({ handler, flags: 0, mask: new SigSet() });

/** No signal reaches the caller, nor the child that starts with its mask. */
export function blockAllStep(): SpawnPart[] {
  return step('parent', 'block all signals', (call) => {
    call.oldMask = sigprocmask(call.parent, 'SIG_SETMASK', SigSet.full());
  });
}

/** The caller gets its mask back, whatever the spawn came to. */
export function restoreMaskStep(): SpawnPart[] {
  return step('parent', 'restore the signal mask', restoreMask);
}

function restoreMask({ parent, oldMask }: SpawnCall): void {
  if (oldMask !== undefined) sigprocmask(parent, 'SIG_SETMASK', oldMask);
}

/** Signals of SETSIGDEF as a program can name them. */
function defaultsOf({ attributes }: SpawnRequest): readonly number[] {
  const named = attributes?.sigdefault?.toArray() ?? [];
  return named.filter((signal) => !INTERNAL.includes(signal));
}

/**
 * Handlers become the default one signal at a time, with a look at each; the two internal signals are
 * ignored. 62 looks and 60 to 64 changes make about 122 calls.
 * @see sysdeps/unix/sysv/linux/spawni.c of glibc 2.36, __spawni_child()
 */
export function eachSignalStep(request: SpawnRequest): SpawnPart[] {
  const defaults = sets(request, 'POSIX_SPAWN_SETSIGDEF') ? defaultsOf(request) : [];
  return step(
    'child',
    'look at every signal',
    ({ child }) => resetEach(child, defaults),
    2 * NSIG - 6,
  );
}

function resetEach(child: Task, defaults: readonly number[]): void {
  for (let signal = 1; signal <= NSIG; signal++) {
    if (defaults.includes(signal)) sigaction(child, signal, actionOf('DFL'));
    else if (INTERNAL.includes(signal)) sigaction(child, signal, actionOf('IGN'));
    else if (child.sighand.action(signal).handler === 'handler') {
      sigaction(child, signal, actionOf('DFL'));
    }
  }
}

/** Only the signals of SETSIGDEF; handlers are gone already, by CLONE_CLEAR_SIGHAND. */
export function sigdefaultSteps(who: Who, request: SpawnRequest): SpawnPart[] {
  if (!sets(request, 'POSIX_SPAWN_SETSIGDEF')) return [];
  const defaults = defaultsOf(request);
  return step(
    who,
    'signals to their defaults',
    ({ child }) => {
      for (const signal of defaults) sigaction(child, signal, actionOf('DFL'));
    },
    defaults.length,
  );
}

/** What a program that forks by hand remembers of its mask. */
export function rememberMaskStep(): SpawnPart[] {
  return think('parent', 'remember the signal mask', (call) => {
    call.oldMask = call.parent.blocked.clone();
  });
}
