// The attributes of a request, in the order of the dialect that applies them.

import { isRefusal } from '@forkless/errors';
import {
  changeCred,
  setpgid,
  setresgid,
  setresuid,
  setSchedParam,
  setScheduler,
  setsid,
  sigprocmask,
  type Cred,
} from '@forkless/task';
import { step, type SpawnPart, type Who } from '../path/steps.ts';
import { sets, type SpawnRequest } from '../request.ts';
import type { SpawnCall, StepAnswer } from '../spawn-call.ts';

const KEEP = -1;

/**
 * Scheduling, session, group, ids: what glibc does after the signals and before the actions.
 * @see sysdeps/unix/sysv/linux/spawni.c of glibc 2.36, __spawni_child()
 */
export function attributeSteps(who: Who, request: SpawnRequest): SpawnPart[] {
  const { priority = 0, policy = 0, pgroup = 0 } = request.attributes ?? {};
  const parts: SpawnPart[] = [];
  if (sets(request, 'POSIX_SPAWN_SETSCHEDULER')) {
    parts.push(...step(who, 'policy', ({ child }) => setScheduler(child, policy, priority)));
  } else if (sets(request, 'POSIX_SPAWN_SETSCHEDPARAM')) {
    parts.push(...step(who, 'priority', ({ child }) => setSchedParam(child, priority)));
  }
  if (sets(request, 'POSIX_SPAWN_SETSID')) {
    parts.push(
      ...step(who, 'session', ({ kernel, child }) => {
        const made = setsid(kernel, child);
        return isRefusal(made) ? made : undefined;
      }),
    );
  }
  if (sets(request, 'POSIX_SPAWN_SETPGROUP')) {
    parts.push(...step(who, 'group', ({ kernel, child }) => setpgid(kernel, child, 0, pgroup)));
  }
  if (sets(request, 'POSIX_SPAWN_RESETIDS')) parts.push(...step(who, 'ids', resetIds, 4));
  return parts;
}

/** Effective ids become the real ones: first the user, then the group. */
function resetIds(call: SpawnCall): StepAnswer {
  const { uid, gid } = call.child.cred;
  const ids = (effective: number) => ({ real: KEEP, effective, saved: KEEP });
  const asUser = setresuid(call.child.cred, ids(uid));
  if (isRefusal(asUser)) return asUser;
  become(call, asUser);
  const asGroup = setresgid(call.child.cred, ids(gid));
  if (isRefusal(asGroup)) return asGroup;
  become(call, asGroup);
  return undefined;
}

function become({ kernel, child }: SpawnCall, cred: Cred): void {
  changeCred(kernel, child, cred);
}

/** The mask the program starts with: the one asked for, or the caller's from before. */
export function maskStep(who: Who, request: SpawnRequest): SpawnPart[] {
  return step(who, 'signal mask', (call) => {
    const asked = sets(request, 'POSIX_SPAWN_SETSIGMASK') ? request.attributes?.sigmask : undefined;
    const mask = asked ?? call.oldMask;
    if (mask !== undefined) sigprocmask(call.child, 'SIG_SETMASK', mask);
  });
}
