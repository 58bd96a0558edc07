// free_pid as a list of steps: all levels under one trip of the lock, or of the lock of the CPU that
// owns what its ids lie in.
// MODEL: what the struct and the nodes cost to give back is charged to the caller, at once, where the
// kernel's callbacks do it after a grace period; the struct itself stays until then.

import {
  change,
  locked,
  path,
  when,
  work,
  write,
  type Index,
  type Path,
  type PathPart,
} from '@forkless/sim';
import { underLock, type PidPathOptions } from './alloc-pid.ts';
import type { PidCall } from './pid-call.ts';
import { countLine, headLine, nodeSteps, pidCache, pidfsSteps, STOCK_LOCK } from './pid-lines.ts';
import { dropObjects } from './sheaves.ts';

type Part = PathPart<PidCall>;

/**
 * The steps of free_pid for a pid made at `level`. One lock trip; one a level with `per-namespace`; one
 * for each owner of an id with `owner-cpu`. @see kernel/pid.c, free_pid()
 */
export function freePidPath(options: PidPathOptions, level: number): Path<PidCall> {
  const { kernel, locking, slab } = options;
  const pidfsUnderLock = kernel.pidfs === 'under-lock';
  return path(
    `free_pid, ${kernel.name}, ${locking.lock}, level ${level}`,
    change('begin', (call) => call.begin()),
    ...(pidfsUnderLock ? [] : [work<PidCall>('leave pidfs', 'pidfs.remove-unlocked')]),
    ...removeParts(options, level, pidfsUnderLock ? pidfsSteps('remove', locking.lock) : []),
    write('ns.count', countLine),
    ...dropObjects(locking.slab, slab, (call) => call.objectsFreed),
    change('drop the struct pid', (call) => call.release()),
    ...dropObjects(locking.slab, pidCache(level)),
  );
}

function removeParts(options: PidPathOptions, level: number, pidfs: Part[]): Part[] {
  const { kernel, locking } = options;
  const levels = Array.from({ length: level + 1 }, (_, at) => at);
  const removeAt = (at: number) => removeSteps(options, at);
  switch (locking.lock) {
    case 'each-level':
    case 'one-trip':
      return underLock(kernel, [...levels.flatMap(removeAt), ...pidfs]);
    case 'none':
      return [...levels.flatMap(removeAt), ...pidfs];
    case 'per-namespace':
      return levels.flatMap((at) =>
        underLock(
          kernel,
          [...removeAt(at), ...(at === level ? pidfs : [])],
          (call) => call.current.namespaces[at]!.id,
        ),
      );
    case 'owner-cpu':
      return underOwnerLocks(options, levels, pidfs);
  }
}

/** First everything the owner of the outermost id also owns, then each other owner's part. */
function underOwnerLocks(options: PidPathOptions, levels: number[], pidfs: Part[]): Part[] {
  const held: Index<PidCall> = (call) => call.heldLock;
  const removeAt = (at: number) => removeSteps(options, at);
  const owned = levels.map((at) =>
    when(`held, level ${at}`, (call: PidCall) => call.isOwned(at), ...removeAt(at)),
  );
  const others = levels.map((at) =>
    when(
      `elsewhere, level ${at}`,
      (call: PidCall) => !call.isRemoved(at),
      change(`choose the owner, level ${at}`, (call, cpu) => call.holdOwner(at, cpu)),
      ...underLock(options.kernel, removeAt(at), held),
    ),
  );
  const backs = levels.map((at) =>
    when(
      `drained, level ${at}`,
      (call: PidCall) => call.isDrained(at),
      locked(STOCK_LOCK, [
        change(`choose the owner, level ${at}`, (call, cpu) => call.holdOwner(at, cpu)),
        ...underLock(
          options.kernel,
          [
            change(`give back, level ${at}`, (call) => call.giveBack(at)),
            ...nodeSteps(options.figures.publish),
          ],
          held,
        ),
      ]),
    ),
  );
  return [
    change('choose the owner', (call, cpu) => call.holdOwner(0, cpu)),
    ...underLock(options.kernel, [...owned, ...pidfs], held),
    ...others,
    ...backs,
  ];
}

function removeSteps({ kernel, locking, figures }: PidPathOptions, level: number): Part[] {
  const isOwnLine = locking.lock === 'owner-cpu' || locking.lock === 'none';
  return [
    change(`remove, level ${level}`, (call) => call.remove(level, kernel.closesOnFirstFailure)),
    isOwnLine
      ? write('pid_allocated', (_call, cpu) => cpu)
      : write('pid_namespace', headLine(level)),
    ...nodeSteps(figures.remove),
  ];
}
