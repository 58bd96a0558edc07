// The file actions of a request, one after the other, as glibc's child does them or as the kernel would:
// the same effects and the same first error.

import { isRefusal, refuse } from '@forkless/errors';
import { work } from '@forkless/sim';
import {
  chdir,
  closeFd,
  closeFrom,
  closeRange,
  componentsOf,
  dup2,
  F_GETFD,
  F_SETFD,
  FD_CLOEXEC,
  fchdir,
  fcntl,
  fileAt,
  groupNumberOf,
  open,
  RLIMITS,
  setForegroundGroup,
  STOPS,
  ttyAt,
  WOULD_BLOCK,
  type FilesHolder,
} from '@forkless/task';
import { step, type SpawnPart, type Who } from '../path/steps.ts';
import { sets, showAction, type FileAction, type SpawnRequest } from '../request.ts';
import type { SpawnCall, StepAnswer } from '../spawn-call.ts';

/** The steps of all actions of a request. */
export function actionSteps(who: Who, { actions = [] }: SpawnRequest): SpawnPart[] {
  return actions.flatMap((action) => [...actionStep(who, action), ...actionWork(action)]);
}

/** What an action comes to beside its calls. */
export function actionWork(action: FileAction): SpawnPart[] {
  switch (action.kind) {
    case 'open':
      return [walk(action.path), work('open it', 'file.open')];
    case 'close':
      return [work('close it', 'fd.close', ({ closedCount }) => closedCount)];
    case 'dup2':
      return [work('duplicate it', 'file.dup')];
    case 'chdir':
      return [walk(action.path)];
    case 'closefrom':
    case 'close_range':
      return [work('close them', 'fd.close-range', ({ closedCount }) => closedCount)];
    case 'fchdir':
    case 'tcsetpgrp':
      return [];
  }
}

function walk(path: string): SpawnPart {
  return work('walk to it', 'path.component', componentsOf(path));
}

function actionStep(who: Who, action: FileAction): SpawnPart[] {
  const name = showAction(action);
  switch (action.kind) {
    case 'open':
      return step(who, name, (call) => openAt(call, action), 4);
    case 'close':
      return step(who, name, (call) => closeAction(call, action.fd));
    case 'dup2':
      return step(who, name, (call) => dupAction(call, action), action.fd === action.to ? 2 : 1);
    case 'chdir':
      return step(who, name, (call) => chdir(call.childCaller, action.path));
    case 'fchdir':
      return step(who, name, (call) => fchdirAction(call, action.fd));
    case 'closefrom':
      return step(who, name, (call) => closeFromAction(call, action.fd));
    case 'close_range':
      return step(who, name, (call) => closeRangeAction(call, action));
    case 'tcsetpgrp':
      return step(who, name, (call) => foregroundAction(call, action.fd), 2);
  }
}

/** Whatever is open there is closed first; the file may come out elsewhere and is then moved. */
function openAt(call: SpawnCall, action: FileAction & { kind: 'open' }): StepAnswer {
  const caller = call.childCaller;
  const { files, limit } = caller;
  closeFd(files, action.fd);
  const fd = open(caller, action.path, { flags: action.flags, mode: action.mode });
  if (fd === WOULD_BLOCK) return refuse('EAGAIN', 'the other end of the FIFO is not open');
  if (isRefusal(fd) || fd === action.fd) return isRefusal(fd) ? fd : undefined;
  const moved = dup2(files, fd, action.fd, limit);
  return isRefusal(moved) ? moved : closeFd(files, fd);
}

function closeFromAction(call: SpawnCall, fd: number): void {
  const { files } = call.child;
  const before = files!.openCount;
  closeFrom(files!, fd);
  call.closedCount = before - files!.openCount;
}

/** Only the kernel's own ways take it; posix_spawn has no such action. */
function closeRangeAction(
  call: SpawnCall,
  { fd, last }: FileAction & { kind: 'close_range' },
): StepAnswer {
  const { child } = call;
  const before = child.files!.openCount;
  const refused = closeRange(child as FilesHolder, { first: fd, last }, 0);
  call.closedCount = before - child.files!.openCount;
  return refused;
}

/** Closing what is not open is fine, unless it could not be. */
function closeAction(call: SpawnCall, fd: number): StepAnswer {
  const { child } = call;
  const closed = closeFd(child.files!, fd);
  call.closedCount = isRefusal(closed) ? 0 : 1;
  if (!isRefusal(closed)) return undefined;
  const { cur } = child.group.rlimits[RLIMITS.RLIMIT_NOFILE]!;
  return fd < 0 || fd >= cur ? closed : undefined;
}

/** A descriptor duplicated onto itself only loses its close-on-exec mark. */
function dupAction(call: SpawnCall, { fd, to }: FileAction & { kind: 'dup2' }): StepAnswer {
  const caller = call.childCaller;
  if (fd !== to) {
    const made = dup2(caller.files, fd, to, caller.limit);
    return isRefusal(made) ? made : undefined;
  }
  const flags = fcntl(caller, fd, F_GETFD, 0);
  if (isRefusal(flags)) return flags;
  const set = fcntl(caller, fd, F_SETFD, flags & ~FD_CLOEXEC);
  return isRefusal(set) ? set : undefined;
}

function fchdirAction(call: SpawnCall, fd: number): StepAnswer {
  const caller = call.childCaller;
  const file = fileAt(caller.files, fd);
  return isRefusal(file) ? file : fchdir(caller, file);
}

/** The child's group comes into the foreground: the one it was told, or the one it is in. */
function foregroundAction(call: SpawnCall, fd: number): StepAnswer {
  const { kernel, child, request } = call;
  const tty = ttyAt(child.files!, fd);
  if (isRefusal(tty)) return tty;
  const wanted = sets(request, 'POSIX_SPAWN_SETPGROUP') ? (request.attributes?.pgroup ?? 0) : 0;
  const group = wanted === 0 ? groupNumberOf(kernel, child, 0, 'pgrp') : wanted;
  if (isRefusal(group)) return group;
  const answer = setForegroundGroup(kernel, child, tty, group);
  return answer === STOPS ? refuse('EIO', 'a background child is stopped') : answer;
}
