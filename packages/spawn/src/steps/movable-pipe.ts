// An error pipe that lies wherever there is room: the child moves its end out of the way of each action, and
// the caller reads the error, or the end of the pipe once a program runs.

import { assert, isRefusal } from '@forkless/errors';
import { attempt, when, work } from '@forkless/sim';
import {
  closeFd,
  dup,
  F_SETFD,
  FD_CLOEXEC,
  fcntl,
  O_CLOEXEC,
  pipe2,
  read,
  write,
} from '@forkless/task';
import { step, think, type SpawnPart } from '../path/steps.ts';
import type { FileAction } from '../request.ts';
import { callerOf, type SpawnCall, type StepAnswer } from '../spawn-call.ts';

const ERROR_BYTES = 4;

/**
 * The caller's part around the making of a child and the child's steps, under the lock that keeps forks of
 * the library from carrying the pipe away.
 * @see src/process/posix_spawn.c of musl 1.2.4, posix_spawn()
 */
export function throughPipe(
  clones: readonly SpawnPart[],
  child: readonly SpawnPart[],
): SpawnPart[] {
  const lock = think('parent', 'lock out abort and forks of the library', () => undefined);
  const unlock = think('parent', 'unlock them', () => undefined);
  const closes = (end: 0 | 1) =>
    step('parent', `close the ${end === 0 ? 'reading' : 'writing'} end`, ({ parent, errorPipe }) =>
      closeFd(parent.files!, errorPipe![end]),
    );
  const reads = (expects: 'an error' | 'its end'): SpawnPart[] => [
    ...closes(1),
    ...unlock,
    ...step('parent', 'read the pipe', (call) => readPipe(call, expects)),
  ];
  return [
    ...lock,
    attempt('the lock', [...step('parent', 'open a pipe for the error', openPipe)], unlock),
    work('make the pipe', 'file.pipe'),
    attempt(
      'the pipe',
      [
        attempt('the writing end', clones, [...closes(1), ...unlock]),
        attempt('the child', child, [
          ...step('child', 'write the error into the pipe', writePipe),
          ...step('child', 'exit 127', (call) => call.childExits()),
          ...reads('an error'),
          ...step('parent', 'wait for the child that failed', (call) => call.reapChild()),
        ]),
        ...reads('its end'),
      ],
      closes(0),
    ),
    ...closes(0),
    work('close both ends', 'fd.close', 2),
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

function writePipe({ child, childPipe }: SpawnCall): void {
  const written = write(child.files!, childPipe, new Uint8Array(ERROR_BYTES));
  assert(written === ERROR_BYTES, 'no action took the pipe away');
}

/**
 * MODEL: where a fork that is not the library's carried the writing end away, the caller would wait for the
 * end of the pipe until that end is closed; here it goes on.
 */
function readPipe({ parent, errorPipe }: SpawnCall, expects: 'an error' | 'its end'): void {
  const data = read(parent.files!, errorPipe![0], ERROR_BYTES);
  const length = data instanceof Uint8Array ? data.length : 0;
  assert(
    length === (expects === 'an error' ? ERROR_BYTES : 0),
    'an error arrives whole or not at all',
  );
}

/** The child has only its own end. */
export function takePipeStep(): SpawnPart[] {
  return step('child', 'close the reading end', (call) => {
    const [reading, writing] = call.errorPipe!;
    closeFd(call.child.files!, reading);
    call.childPipe = writing;
  });
}

/** A pipe that was moved is no longer close-on-exec. */
export function markPipeStep(): SpawnPart[] {
  return step('child', 'mark the pipe close-on-exec again', ({ childCaller, childPipe }) => {
    fcntl(childCaller, childPipe, F_SETFD, FD_CLOEXEC);
  });
}

/** The number an action works on; a duplicate's source is looked at by the action itself. */
function numberOf(action: FileAction): number | undefined {
  if (action.kind === 'chdir') return undefined;
  return action.kind === 'dup2' ? action.to : action.fd;
}

/** Where the pipe lies at the number of an action it moves to another, and loses its close-on-exec mark. */
export function clearNumber(action: FileAction): SpawnPart[] {
  const number = numberOf(action);
  if (number === undefined) return [];
  return [
    when(
      `the pipe is ${number}`,
      ({ childPipe }: SpawnCall) => childPipe === number,
      ...step('child', 'move the pipe', movePipe, 2),
    ),
  ];
}

function movePipe(call: SpawnCall): StepAnswer {
  const { files, limit } = call.childCaller;
  const to = dup(files, call.childPipe, limit);
  if (isRefusal(to)) return to;
  closeFd(files, call.childPipe);
  call.childPipe = to;
  return undefined;
}
