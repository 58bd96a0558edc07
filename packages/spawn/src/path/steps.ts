// How steps of a spawn are written down: who takes them, and whether they cross into the kernel. A step
// of user space costs a system call, the same step inside the kernel does not.

import { isRefusal } from '@forkless/errors';
import { change, work, type PathPart } from '@forkless/sim';
import type { SpawnCall, StepAnswer, Who } from '../spawn-call.ts';

export type { Who } from '../spawn-call.ts';

/** A part of a spawn's path. */
export type SpawnPart = PathPart<SpawnCall>;

/** The figure of the cost profile that one crossing into the kernel costs. */
export const SYSCALL_FIGURE = 'syscall';

/** One step, taken by `who`; in user space it is `syscalls` system calls. */
export function step(
  who: Who,
  name: string,
  run: (call: SpawnCall) => StepAnswer,
  syscalls = 1,
): SpawnPart[] {
  const title = `${who}: ${name}`;
  const act = change<SpawnCall>(title, (call) => {
    call.enter(who);
    const answer = run(call);
    if (!isRefusal(answer)) return undefined;
    call.failedAt ??= name;
    return answer;
  });
  const inUserSpace = who === 'parent' || who === 'child';
  return inUserSpace && syscalls > 0
    ? [work(`${who}: enter the kernel`, SYSCALL_FIGURE, syscalls), act]
    : [act];
}

/** A step in user space that makes no system call. */
export function think(who: Who, name: string, run: (call: SpawnCall) => StepAnswer): SpawnPart[] {
  return step(who, name, run, 0);
}
