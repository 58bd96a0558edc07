// Looking for a program along PATH as the libraries of other systems do it: other places to look when PATH
// is not set, other errors that end the search.

import { refuse, type Refusal } from '@forkless/errors';
import { work } from '@forkless/sim';
import { componentsOf } from '@forkless/task';
import { step, type SpawnPart, type Who } from '../path/steps.ts';
import type { SpawnRequest } from '../request.ts';
import type { SpawnCall, StepAnswer } from '../spawn-call.ts';
import { becomeProgram, execSteps, execWork } from './exec-steps.ts';

/** What a refused exec means for the search: on with it, the same but remembered, or its end. */
export type SearchTurn = 'next' | 'denied' | Refusal | undefined;

/** How a library searches. */
export interface SearchDialect {
  /** The paths tried in order; a refusal ends the search before it begins. */
  readonly paths: (name: string, list: string | null) => readonly string[] | Refusal;
  /** What comes after the refused exec of `path`. */
  readonly after: (call: SpawnCall, refusal: Refusal, path: string) => SearchTurn;
  /** The answer when nothing could be executed and nothing was denied. */
  readonly fails: (last: Refusal) => Refusal;
  /** Names with a slash go through the same loop. */
  readonly loopsOverPaths?: boolean;
}

/** How the step of a request's exec is named. */
export function execName({ path, search }: SpawnRequest): string {
  const isPlain = search === undefined || path.includes('/') || path === '';
  return isPlain ? `exec ${path}` : `exec ${path}, searched in PATH`;
}

/** The steps by which the child becomes the program. */
export function dialectExec(who: Who, request: SpawnRequest, dialect: SearchDialect): SpawnPart[] {
  const { path, search } = request;
  const hasSlash = path.includes('/');
  const loops = search !== undefined && path !== '' && (!hasSlash || dialect.loopsOverPaths);
  if (!loops) return execSteps(who, request);
  const paths = hasSlash ? [path] : dialect.paths(path, search);
  const count = Array.isArray(paths) ? paths.length : 0;
  return [
    ...step(who, execName(request), (call) => searches(call, paths, dialect), count),
    ...missedWork(),
    ...execWork(),
  ];
}

/** What was looked up in vain. */
export function missedWork(): SpawnPart[] {
  const components = ({ missed }: SpawnCall): number =>
    missed.reduce((sum, path) => sum + componentsOf(path), 0);
  return [
    work('probe where it is not', 'exec.probe', ({ missed }: SpawnCall) => missed.length),
    work('walk to where it is not', 'path.component', components),
  ];
}

function searches(
  call: SpawnCall,
  paths: readonly string[] | Refusal,
  { after, fails }: SearchDialect,
): StepAnswer {
  if ('errno' in paths) return paths;
  let denied: Refusal | undefined;
  let last: Refusal = refuse('ENOENT', 'PATH names no directory');
  for (const path of paths) {
    const answer = becomeProgram(call, path);
    if (answer === undefined) return undefined;
    call.missed.push(path);
    const turn = after(call, answer, path);
    if (turn === undefined || typeof turn === 'object') return turn;
    if (turn === 'denied') denied = answer;
    last = answer;
  }
  return denied ?? fails(last);
}
