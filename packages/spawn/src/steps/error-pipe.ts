// The pipe by which a child that does not share its parent's memory says why it could not become the
// program. It lies above every descriptor the actions name, and is closed by a successful exec.

import { isRefusal } from '@forkless/errors';
import { work } from '@forkless/sim';
import { closeFd, dupFrom, FD_CLOEXEC, O_CLOEXEC, pipe2, type OpenCaller } from '@forkless/task';
import { step, type SpawnPart } from '../path/steps.ts';
import type { FileAction, SpawnRequest } from '../request.ts';
import { callerOf, type SpawnCall, type StepAnswer } from '../spawn-call.ts';

const FIRST_ABOVE_STANDARD = 3;

function highestNamed({ actions = [] }: SpawnRequest): number {
  const named = (action: FileAction): number[] =>
    action.kind === 'dup2' ? [action.fd, action.to] : 'fd' in action ? [action.fd] : [];
  return Math.max(FIRST_ABOVE_STANDARD - 1, ...actions.flatMap(named));
}

function openPipe(call: SpawnCall, from: number): StepAnswer {
  const caller = callerOf(call.parent);
  const { files, limit } = caller;
  const ends = pipe2({ files, limit, anon: call.kernel.anon }, O_CLOEXEC);
  if (isRefusal(ends)) return ends;
  const reading = moveUp(caller, ends[0], from);
  const writing = isRefusal(reading) ? reading : moveUp(caller, ends[1], from);
  if (isRefusal(reading) || isRefusal(writing)) {
    for (const fd of [...ends, reading]) if (typeof fd === 'number') closeFd(caller.files, fd);
    return isRefusal(reading) ? reading : isRefusal(writing) ? writing : undefined;
  }
  call.errorPipe = [reading, writing];
  return undefined;
}

function moveUp({ files, limit }: OpenCaller, fd: number, from: number) {
  if (fd >= from) return fd;
  const moved = dupFrom(files, fd, { from, limit, fdFlags: FD_CLOEXEC });
  if (!isRefusal(moved)) closeFd(files, fd);
  return moved;
}

function closeEnds({ parent, errorPipe }: SpawnCall): void {
  for (const fd of errorPipe ?? []) closeFd(parent.files!, fd);
}

/** Opens the pipe in the parent, before the child is made. */
export function openPipeStep(request: SpawnRequest): SpawnPart[] {
  const from = highestNamed(request) + 1;
  return [
    ...step('parent', 'open a pipe for the error', (call) => openPipe(call, from), 3),
    work('make the pipe', 'file.pipe'),
  ];
}

/** Reads what the child wrote, or that it wrote nothing, and closes both ends. */
export function closePipeStep(): SpawnPart[] {
  return [
    ...step('parent', 'read the error pipe to its end', closeEnds, 3),
    work('close both ends', 'fd.close', 2),
    work('let go of the pipe', 'file.release', 2),
  ];
}

/** The child writes its error. */
export function tellStep(): SpawnPart[] {
  return step('child', 'write the error into the pipe', () => undefined);
}
