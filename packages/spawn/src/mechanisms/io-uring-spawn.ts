// io_uring_spawn: a chain of linked operations of which the first makes a task, the task carries out the
// rest, and the first exec that goes well ends it. Every operation has a completion of its own.

import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import { attempt, path, when } from '@forkless/sim';
import { CLONE_FLAGS, exitGroup, openFds, SIGNALS } from '@forkless/task';
import { step, think, type SpawnPart } from '../path/steps.ts';
import { POSIX_SPAWN, sets, showAction, type FileAction, type SpawnRequest } from '../request.ts';
import type { SpawnCall, StepAnswer } from '../spawn-call.ts';
import { attributeSteps, maskStep } from '../steps/attribute-steps.ts';
import { cloneSteps } from '../steps/clone-steps.ts';
import type { AttributeName } from '../steps/dialect.ts';
import {
  dialectAction,
  openAndMove,
  plainDup,
  withoutFlags,
  type ActionDialect,
} from '../steps/dialect-actions.ts';
import { execName, missedWork } from '../steps/dialect-search.ts';
import { becomeProgram, execWork, searchPaths } from '../steps/exec-steps.ts';
import { sigdefaultSteps } from '../steps/signal-steps.ts';
import type { Mechanism } from './mechanism.ts';

const WHO = 'kernel for child';

/** A close is linked hard, so that nothing comes of closing what is not open. */
const ACTIONS: ActionDialect = {
  open: openAndMove,
  dup2: (caller, action) =>
    action.fd === action.to ? withoutFlags(caller, action.fd) : plainDup(caller, action),
  closeRefuses: false,
  calls: { open: 1, dup2: 1 },
};

/**
 * As it was posted. An action for which io_uring has no operation (a duplicate, a directory, every
 * attribute) makes the kernel refuse the whole chain when it is handed in; a file can only be opened where
 * the number that it should have is the lowest that is free.
 *
 * The task shares the caller's memory until it execs and the caller does not wait; it sends no signal when
 * it ends. CLONE_CLEAR_SIGHAND is asked for, but lost with the upper half of the flags; exec makes up for it.
 * The completion of the clone says 0, so that the caller learns no number.
 *
 * MODEL: the caller waits for its completions here, and is handed the child all the same.
 *
 * @see "[PATCH RFC 0/9] Launching processes with io_uring", 2024-12-09, Gabriel Krisman Bertazi and Josh Triplett
 */
export const IO_URING_SPAWN: Mechanism = uringSpawn(
  'io-uring-spawn',
  'a chain of io_uring operations: clone, open and close, then one exec for each place to look',
  'the io_uring clone and exec RFC, 2024-12-09',
  false,
);

/**
 * MODEL: the same with an operation for everything that posix_spawn can ask for, as its authors hope for;
 * none of them was posted.
 */
export const IO_URING_SPAWN_OPS: Mechanism = uringSpawn(
  'io-uring-spawn-ops',
  'the same if io_uring had an operation for each action and attribute of posix_spawn',
  'the io_uring clone and exec RFC, 2024-12-09, its cover letter',
  true,
);

function uringSpawn(name: string, title: string, source: string, hasAllOps: boolean): Mechanism {
  return {
    name,
    title,
    source,
    unchecked: 'patches that nobody merged were read, not run',
    pathFor: (request) =>
      path(
        name,
        ...think('parent', 'write the chain into the ring', () => undefined),
        ...step('parent', 'hand the chain in', () => undefined),
        ...(hasAllOps ? [] : preparation(request)),
        ...cloneSteps('kernel for parent', 'clone', () => ({
          flags: CLONE_FLAGS.CLONE_VM,
          exitSignal: 0,
        })),
        attempt(
          'the chain',
          [...operations(request, hasAllOps), ...execs(request)],
          [
            ...step(WHO, 'cancel the rest of the chain', () => undefined),
            ...step(WHO, 'die of SIGKILL', ({ kernel, child }) =>
              exitGroup(kernel, child, SIGNALS.SIGKILL),
            ),
            ...step('parent', 'wait for any child, with or without a signal', (call) =>
              call.reapChild(),
            ),
          ],
        ),
        ...think('parent', 'read the completions', () => undefined),
      ),
  };
}

/** What the kernel refuses before the chain begins: one operation it has not, and nothing is done. */
function preparation(request: SpawnRequest): SpawnPart[] {
  const { actions = [] } = request;
  const attributes = (Object.keys(POSIX_SPAWN) as AttributeName[]).filter((name) =>
    sets(request, name),
  );
  const refuses = (name: string) =>
    step('kernel for parent', `${name}, which io_uring has not`, () =>
      refuse('EINVAL', 'there is no such operation'),
    );
  return [
    ...attributes.flatMap(refuses),
    ...actions.flatMap((action, at) => {
      if (action.kind === 'close') return [];
      if (action.kind !== 'open') return refuses(showAction(action));
      return step('kernel for parent', showAction(action), (call) =>
        comesOutRight(call, actions.slice(0, at), action),
      );
    }),
  ];
}

/** Whether a file would come out at the number it should have, after the actions before it. */
function comesOutRight(
  { parent }: SpawnCall,
  before: readonly FileAction[],
  { fd: wanted }: { readonly fd: number },
): StepAnswer {
  const taken = new Set(openFds(parent.files!));
  for (const action of before) {
    if (action.kind === 'close') taken.delete(action.fd);
    if (action.kind === 'open') taken.add(action.fd);
  }
  taken.delete(wanted);
  let lowest = 0;
  while (taken.has(lowest)) lowest++;
  if (lowest === wanted) return undefined;
  return refuse('EINVAL', `it would be ${lowest}, and io_uring has no operation to duplicate`);
}

/** The task's operations before it execs, in the order of the chain. */
function operations(request: SpawnRequest, hasAllOps: boolean): SpawnPart[] {
  const { actions = [] } = request;
  const file = (action: FileAction): SpawnPart[] => {
    if (action.kind !== 'open') return dialectAction(WHO, action, ACTIONS);
    const close = dialectAction(WHO, { kind: 'close', fd: action.fd }, ACTIONS);
    return [...close, ...dialectAction(WHO, action, ACTIONS)];
  };
  if (!hasAllOps) return actions.flatMap(file);
  return [
    ...sigdefaultSteps(WHO, request),
    ...attributeSteps(WHO, request),
    ...actions.flatMap(file),
    ...(sets(request, 'POSIX_SPAWN_SETSIGMASK') ? maskStep(WHO, request) : []),
  ];
}

/**
 * One exec, or one for each place to look, linked hard: whatever one is refused for, the next is tried, and
 * what comes after the first that goes well is cancelled. The caller makes one error of all completions:
 * EACCES if it is among them, else the last.
 */
function execs(request: SpawnRequest): SpawnPart[] {
  const { path: name, search } = request;
  const isPlain = search === undefined || name.includes('/') || name === '';
  if (isPlain) {
    return [...step(WHO, execName(request), (call) => becomeProgram(call, name)), ...execWork()];
  }
  const answers = new WeakMap<SpawnCall, Refusal>();
  const tries = searchPaths(name, search).flatMap((one) =>
    when(
      'no exec went well',
      ({ exec }: SpawnCall) => exec === undefined,
      ...step(WHO, `exec ${one}, linked hard`, (call) => {
        const answer = becomeProgram(call, one);
        if (!isRefusal(answer)) return;
        call.missed.push(one);
        if (answers.get(call)?.errno !== 'EACCES') answers.set(call, answer);
      }),
    ),
  );
  return [
    ...tries,
    ...step(WHO, execName(request), (call) =>
      call.exec === undefined
        ? (answers.get(call) ?? refuse('ENOENT', 'PATH names no directory'))
        : undefined,
    ),
    ...missedWork(),
    ...execWork(),
  ];
}
