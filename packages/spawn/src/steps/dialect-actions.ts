// File actions as the libraries and kernels of other systems do them: what is closed before an open, what
// becomes of the close-on-exec mark, whether closing nothing is an error.

import { isRefusal, refuse } from '@forkless/errors';
import {
  closeFd,
  dup2,
  F_GETFD,
  F_SETFD,
  FD_CLOEXEC,
  fcntl,
  open,
  WOULD_BLOCK,
  type OpenCaller,
} from '@forkless/task';
import { step, type SpawnPart, type Who } from '../path/steps.ts';
import { showAction, type FileAction } from '../request.ts';
import type { SpawnCall, StepAnswer } from '../spawn-call.ts';
import { actionSteps, actionWork } from './action-steps.ts';

type OpenAction = FileAction & { readonly kind: 'open' };
type DupAction = FileAction & { readonly kind: 'dup2' };

/** How a system does the three actions that differ; the others are those of `actionSteps`. */
export interface ActionDialect {
  readonly open: (caller: OpenCaller, action: OpenAction) => StepAnswer;
  readonly dup2: (caller: OpenCaller, action: DupAction, call: SpawnCall) => StepAnswer;
  /** Whether a close of what is not open is refused. */
  readonly closeRefuses: boolean;
  /** System calls of an open and of a duplicate. */
  readonly calls: { readonly open: number; readonly dup2: number };
}

/** The steps of one action. */
export function dialectAction(who: Who, action: FileAction, dialect: ActionDialect): SpawnPart[] {
  const name = showAction(action);
  const { calls } = dialect;
  const does = (run: (call: SpawnCall) => StepAnswer, count: number): SpawnPart[] => [
    ...step(who, name, run, count),
    ...actionWork(action),
  ];
  switch (action.kind) {
    case 'open':
      return does((call) => dialect.open(call.childCaller, action), calls.open);
    case 'dup2':
      return does((call) => dialect.dup2(call.childCaller, action, call), calls.dup2);
    case 'close':
      return does((call) => closes(call, action.fd, dialect.closeRefuses), 1);
    default:
      return actionSteps(who, { path: '', argv: null, envp: null, actions: [action] });
  }
}

function closes(call: SpawnCall, fd: number, refuses: boolean): StepAnswer {
  const closed = closeFd(call.child.files!, fd);
  call.closedCount = isRefusal(closed) ? 0 : 1;
  return isRefusal(closed) && refuses ? closed : undefined;
}

/** Opens where there is room and moves the file to its number. */
export function openAndMove(
  caller: OpenCaller,
  { fd: wanted, path, flags, mode }: OpenAction,
): StepAnswer {
  const { files, limit } = caller;
  const fd = open(caller, path, { flags, mode });
  if (fd === WOULD_BLOCK) return refuse('EAGAIN', 'the other end of the FIFO is not open');
  if (isRefusal(fd) || fd === wanted) return isRefusal(fd) ? fd : undefined;
  const moved = dup2(files, fd, wanted, limit);
  closeFd(files, fd);
  return isRefusal(moved) ? moved : undefined;
}

/** dup2(2) as it is: onto itself it changes nothing. */
export function plainDup({ files, limit }: OpenCaller, { fd, to }: DupAction): StepAnswer {
  const made = dup2(files, fd, to, limit);
  return isRefusal(made) ? made : undefined;
}

/** Takes flags off a descriptor; EBADF when it is not open. */
export function withoutFlags(caller: OpenCaller, fd: number, flags = FD_CLOEXEC): StepAnswer {
  const now = fcntl(caller, fd, F_GETFD, 0);
  if (isRefusal(now)) return now;
  const set = fcntl(caller, fd, F_SETFD, now & ~flags);
  return isRefusal(set) ? set : undefined;
}
