// alloc_pid as a list of steps, for each kernel and each depth of namespaces.
// MODEL: memory never runs out here, so the ENOMEM of the allocations themselves does not occur; the
// nodes a call needs are charged after the lock, where the kernel preloads them before it.

import {
  attempt,
  change,
  locked,
  path,
  slabAlloc,
  slabFree,
  work,
  write,
  type Path,
  type PathPart,
} from '@forkless/sim';
import type { PidKernel } from './kernel-preset.ts';
import type { PidCall } from './pid-call.ts';
import { countLine, headLine, nodeSteps, PIDMAP_LOCK, pidCache, pidfsSteps } from './pid-lines.ts';

type Part = PathPart<PidCall>;

/**
 * The steps of alloc_pid for a namespace at `level`. Lock trips: level + 2 before 7.0, 1 from then on.
 * @see kernel/pid.c, alloc_pid(), v6.18 and v7.0
 */
export function allocPidPath(kernel: PidKernel, level: number, slab: NodeSlab): Path<PidCall> {
  const body =
    kernel.allocTrips === 'one' ? takeInOneTrip(kernel, level) : takeLevelByLevel(kernel, level);
  return path(
    `alloc_pid, ${kernel.name}, level ${level}`,
    change('check the number of wanted pids', (call) => call.checkSetTidCount()),
    slabAlloc(pidCache(level).cache, { bytes: pidCache(level).bytes }),
    change('make the struct pid', (call) => call.make()),
    attempt('the struct pid', body, [
      change('drop the struct pid', (call) => call.drop()),
      slabFree(pidCache(level).cache, { bytes: pidCache(level).bytes }),
    ]),
    ...(kernel.pidfs === 'after-unlock'
      ? [work<PidCall>('enter pidfs', 'pidfs.add-unlocked')]
      : []),
    slabAlloc(slab.cache, { bytes: slab.bytes, count: (call) => call.objectsMade }),
  );
}

/** The cache an allocator's objects come from. */
export interface NodeSlab {
  readonly cache: string;
  readonly bytes: number;
}

/** A trip for each level, deepest first, and one to publish on all of them. */
function takeLevelByLevel(kernel: PidKernel, level: number): Part[] {
  const undo = locked(PIDMAP_LOCK, [
    change<PidCall>('take the ids back', (call) => call.untake()),
    ...nodeSteps('pid.remove'),
    change<PidCall>('rewind the cursor of an unused namespace', (call) => call.rewindUnused()),
  ]);
  const take = downFrom(level).flatMap((at): Part[] => [
    change(`check set_tid, level ${at}`, (call) => call.checkWanted(at, true)),
    locked(PIDMAP_LOCK, takeAt(at)),
  ]);
  const publish: Part[] = [
    write('ns.count', countLine),
    locked(PIDMAP_LOCK, [
      change('check that the namespace is open', (call) => call.checkOpen()),
      ...(kernel.pidfs === 'under-lock' ? pidfsSteps('add') : []),
      ...downFrom(level).flatMap(publishAt),
    ]),
  ];
  return [attempt('ids', [...take, ...publish], [undo])];
}

/** One trip for everything; what can be refused without the lock is refused before it. */
function takeInOneTrip(kernel: PidKernel, level: number): Part[] {
  const checks = downFrom(level).map((at) =>
    change<PidCall>(`check set_tid, level ${at}`, (call) => call.checkWanted(at, false)),
  );
  const take = downFrom(level).flatMap((at): Part[] => [
    ...takeAt(at),
    change(`check for an init, level ${at}`, (call) => call.checkReaper(at)),
  ]);
  const undo: Part[] = [
    change('take the ids back', (call) => call.untake()),
    ...nodeSteps('pid.remove'),
  ];
  const open = change<PidCall>('check that the namespace is open', (call) => call.checkOpen());
  return [
    ...checks,
    write('ns.count', countLine),
    locked(PIDMAP_LOCK, [
      change('rewind the cursor of an unused namespace', (call) => call.rewindUnused()),
      attempt('ids', [...take, open], undo),
      ...(kernel.pidfs === 'under-lock' ? pidfsSteps('add') : []),
      ...downFrom(level).flatMap(publishAt),
    ]),
  ];
}

function takeAt(level: number): Part[] {
  return [
    change(`take an id, level ${level}`, (call) => call.take(level)),
    write('pid_namespace', headLine(level)),
    ...nodeSteps('pid.take'),
  ];
}

function publishAt(level: number): Part[] {
  return [
    change(`publish, level ${level}`, (call) => call.publish(level)),
    write('pid_namespace', headLine(level)),
    ...nodeSteps('pid.publish'),
  ];
}

function downFrom(level: number): number[] {
  return Array.from({ length: level + 1 }, (_, at) => level - at);
}
