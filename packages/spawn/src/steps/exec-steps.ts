// Becoming the program: one exec of a path, or a search for a name in the directories of PATH.

import { assert, refuse, isRefusal, type Refusal } from '@forkless/errors';
import { work } from '@forkless/sim';
import {
  componentsOf,
  EXEC_WORK,
  execveCall,
  PATH_MAX,
  workSteps,
  type CountedWork,
  type ExecCall,
  type ExecRequest,
} from '@forkless/task';
import { step, type SpawnPart, type Who } from '../path/steps.ts';
import type { SpawnRequest } from '../request.ts';
import type { SpawnCall, StepAnswer } from '../spawn-call.ts';

/** Where glibc looks when PATH is not set. @see confstr(3), _CS_PATH */
const PATH_DEFAULT = '/bin:/usr/bin';
const NAME_MAX = 255;

/** Errors after which the search goes on. @see posix/execvpe.c of glibc 2.36 */
const GOES_ON: ReadonlySet<string> = new Set([
  'EACCES',
  'ENOENT',
  'ESTALE',
  'ENOTDIR',
  'ENODEV',
  'ETIMEDOUT',
]);

/** The paths a search tries in order. An overlong element is passed over, as glibc does it. */
export function searchPaths(name: string, path: string | null): readonly string[] {
  const list = path ?? PATH_DEFAULT;
  const room = Math.min(list.length, PATH_MAX - 1) + 1;
  const shortName = name.slice(0, NAME_MAX + 1);
  return list.split(':').flatMap((element, at, all) => {
    if (element.length < room) return [element === '' ? shortName : `${element}/${shortName}`];
    // The loop goes on at the colon, which reads as an empty element: the working directory.
    return at === all.length - 1 ? [] : [shortName];
  });
}

/** The steps by which the child becomes the program. */
export function execSteps(who: Who, request: SpawnRequest): SpawnPart[] {
  const { path, search } = request;
  if (search === undefined || path.includes('/') || path === '') {
    return [...step(who, `exec ${path}`, (call) => becomeProgram(call, path)), ...execWork()];
  }
  const paths = searchPaths(path, search);
  const searched = (call: SpawnCall): StepAnswer => tryAll(call, paths);
  return [
    ...step(who, `exec ${path}, searched in PATH`, searched, paths.length),
    work('probe where it is not', 'exec.probe', ({ missed }) => missed.length),
    work('walk to where it is not', 'path.component', missedComponents),
    ...execWork(),
  ];
}

function missedComponents({ missed }: SpawnCall): number {
  return missed.reduce((sum, path) => sum + componentsOf(path), 0);
}

/** What the exec that went well comes to. */
export function execWork(works: readonly CountedWork<ExecCall>[] = EXEC_WORK): SpawnPart[] {
  return workSteps(works, (call: SpawnCall) => {
    assert(call.exec !== undefined, 'the program runs once its exec went well');
    return call.exec;
  });
}

function tryAll(call: SpawnCall, paths: readonly string[]): StepAnswer {
  return tryEach(paths, (path) => {
    const answer = becomeProgram(call, path);
    if (answer !== undefined) call.missed.push(path);
    return answer;
  });
}

/** The first path that can be executed, in their order; else EACCES if one was denied, or the last refusal. */
export function tryEach(
  paths: readonly string[],
  becomes: (path: string) => Refusal | undefined,
): Refusal | undefined {
  let denied: Refusal | undefined;
  let last: Refusal = refuse('ENOENT', 'PATH names no directory');
  for (const path of paths) {
    const answer = becomes(path);
    if (answer === undefined) return undefined;
    if (answer.errno === 'EACCES') denied = answer;
    if (!GOES_ON.has(answer.errno)) return answer;
    last = answer;
  }
  return denied ?? last;
}

/** One exec; a program that cannot be mapped kills the child, which is no error of the spawn. */
export function becomeProgram(
  call: SpawnCall,
  path: string,
  from: Pick<ExecRequest, 'base' | 'dirfd' | 'flags'> = {},
): Refusal | undefined {
  const { kernel, child, lookup: node, movesTo, keepsWork } = call;
  const { argv, envp } = call.request;
  const request = { path, argv, envp, ...from };
  const run = execveCall(kernel, child, request, { node, movesTo }, keepsWork);
  const { result } = run;
  if (isRefusal(result)) return result;
  call.exec = run.call;
  call.killed = result === 'killed';
  return undefined;
}
