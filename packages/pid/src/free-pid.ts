// free_pid as a list of steps: all levels under one trip of the lock.
// MODEL: the struct and the nodes go back to their caches at once, where the kernel waits for an RCU
// grace period.

import {
  change,
  locked,
  path,
  slabFree,
  work,
  write,
  type Path,
  type PathPart,
} from '@forkless/sim';
import type { NodeSlab } from './alloc-pid.ts';
import type { PidKernel } from './kernel-preset.ts';
import type { PidCall } from './pid-call.ts';
import { countLine, headLine, nodeSteps, PIDMAP_LOCK, pidCache, pidfsSteps } from './pid-lines.ts';

/** The steps of free_pid for a pid made at `level`; one lock trip. @see kernel/pid.c, free_pid() */
export function freePidPath(kernel: PidKernel, level: number, slab: NodeSlab): Path<PidCall> {
  const levels = Array.from({ length: level + 1 }, (_, at) => at);
  const underLock = kernel.pidfs === 'under-lock';
  const removeAt = (at: number): PathPart<PidCall>[] => [
    change(`remove, level ${at}`, (call) => call.remove(at, kernel.closesOnFirstFailure)),
    write('pid_namespace', headLine(at)),
    ...nodeSteps('pid.remove'),
  ];
  return path(
    `free_pid, ${kernel.name}, level ${level}`,
    change('begin', (call) => call.begin()),
    ...(underLock ? [] : [work<PidCall>('leave pidfs', 'pidfs.remove-unlocked')]),
    locked(PIDMAP_LOCK, [...levels.flatMap(removeAt), ...(underLock ? pidfsSteps('remove') : [])]),
    write('ns.count', countLine),
    slabFree(slab.cache, { bytes: slab.bytes, count: (call) => call.objectsFreed }),
    change('drop the struct pid', (call) => call.drop()),
    slabFree(pidCache(level).cache, { bytes: pidCache(level).bytes }),
  );
}
