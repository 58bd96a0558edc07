// What an implementation of posix_spawn of another system has not, and how a request is cut into the
// attributes that it applies at one point and those that it applies at another.

import { isRefusal, refuse } from '@forkless/errors';
import { changeCred, setresgid, setresuid, type Cred } from '@forkless/task';
import type { Refusal } from '@forkless/errors';
import { step, think, type SpawnPart, type Who } from '../path/steps.ts';
import { POSIX_SPAWN, sets, showAction, type FileAction, type SpawnRequest } from '../request.ts';
import type { SpawnCall, StepAnswer } from '../spawn-call.ts';

/** The name of an attribute flag. */
export type AttributeName = keyof typeof POSIX_SPAWN;

/** What a system has not, with the error its setters answer. */
export interface Lacks {
  readonly system: string;
  readonly attributes: Partial<Readonly<Record<AttributeName, 'EINVAL' | 'ENOSYS'>>>;
  readonly actions: readonly FileAction['kind'][];
}

/**
 * One step for each thing that a request asks for and the system has not; each is refused, before anything
 * is made.
 *
 * MODEL: an action that a library has not is ENOSYS; a program that names it would not even link.
 */
export function lackSteps(request: SpawnRequest, lacks: Lacks): SpawnPart[] {
  const { system, attributes, actions } = lacks;
  const names = (Object.keys(attributes) as AttributeName[]).filter((name) => sets(request, name));
  const missing = (request.actions ?? []).filter(({ kind }) => actions.includes(kind));
  const reason = `${system} has nothing of the kind`;
  const lacked = (what: string, run: () => Refusal) =>
    think('parent', `${what}, which ${system} has not`, run);
  return [
    ...names.flatMap((name) => lacked(name, () => refuse(attributes[name]!, reason))),
    ...missing.flatMap((action) => lacked(showAction(action), () => refuse('ENOSYS', reason))),
  ];
}

/** The actions of a request that the system has. */
export function actionsIn({ actions = [] }: SpawnRequest, lacks: Lacks): readonly FileAction[] {
  return actions.filter(({ kind }) => !lacks.actions.includes(kind));
}

/** The same request with no other attributes than these. */
export function only(request: SpawnRequest, ...names: readonly AttributeName[]): SpawnRequest {
  const { attributes } = request;
  if (attributes === undefined) return request;
  const kept = names.reduce((flags, name) => flags | POSIX_SPAWN[name], 0);
  return { ...request, attributes: { ...attributes, flags: attributes.flags & kept } };
}

const KEEP = -1;

/** Effective ids become the real ones, first the group, then the user. */
export function groupFirstIds(who: Who, request: SpawnRequest): SpawnPart[] {
  if (!sets(request, 'POSIX_SPAWN_RESETIDS')) return [];
  const ids = (effective: number) => ({ real: KEEP, effective, saved: KEEP });
  return step(
    who,
    'ids',
    (call) =>
      becomes(call, (cred) => setresgid(cred, ids(cred.gid))) ??
      becomes(call, (cred) => setresuid(cred, ids(cred.uid))),
    4,
  );
}

/** The child's credentials after a call that sets ids. */
export function becomes(
  { kernel, child }: SpawnCall,
  change: (cred: Cred) => Cred | Refusal,
): StepAnswer {
  const cred = change(child.cred);
  if (isRefusal(cred)) return cred;
  changeCred(kernel, child, cred);
  return undefined;
}
