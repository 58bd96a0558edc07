// Which cache lines and locks the pid paths touch, and the steps that touch them.

import { change, locked, readEach, work, write, writeEach, type PathPart } from '@forkless/sim';
import type { LockingName } from './designs/design.ts';
import type { IdKind } from './id-allocator.ts';
import type { PidCall } from './pid-call.ts';

/** The one lock over all pid namespaces. @see kernel/pid.c, pidmap_lock */
export const PIDMAP_LOCK = 'pidmap_lock';

/** The lock over what no shard of an allocator holds. Taken before the shards' locks. */
export const STOCK_LOCK = 'pid stock lock';

/**
 * The lock over pidfs's tree where pidmap_lock is split, which guards it otherwise. Taken after the others.
 * MODEL: no kernel has had it: split pidmap_lock came with none, and 7.0 has a hash table of its own locks.
 */
export const PIDFS_LOCK = 'pidfs lock';

/** The lock of the lists of full and empty sheaves. @see mm/slub.c, struct node_barn, v6.18 */
export const BARN_LOCK = 'barn lock';

/**
 * The lines of the pid paths, by group:
 * - `pid_namespace`: head of the id tree, cursor and pid_allocated, which share the first line of the
 *   struct; one a namespace
 * - `ns.count`: the namespace's reference count; false sharing when it lies on the line above
 * - `pid_allocated`: the count of pids where every CPU keeps its own; one a CPU
 * - `pid tree`: the allocator's own lines
 * - `pidfs`: the inode counter and the root of pidfs's tree
 * - `struct pid`: the part of a pid with its pidfs tree node; one a slot
 *
 * @see include/linux/pid_namespace.h, include/linux/pid.h, v6.18
 */
export const PID_LINE_GROUPS = [
  'pid_namespace',
  'ns.count',
  'pid_allocated',
  'pid tree',
  'pidfs',
  'struct pid',
] as const;

/** The bytes of struct pid before its numbers, and of each number, v6.18 on 64 bits. */
const PID_HEAD_BYTES = 136;
const UPID_BYTES = 16;
const LINE_BYTES = 64;

/** The slab cache of a struct pid with numbers on levels 0 to `level`. */
export function pidCache(level: number): { cache: string; bytes: number } {
  const bytes = PID_HEAD_BYTES + UPID_BYTES * (level + 1);
  return {
    cache: level === 0 ? 'pid' : `pid_${level + 1}`,
    bytes: Math.ceil(bytes / LINE_BYTES) * LINE_BYTES,
  };
}

/** The first line of the namespace at `level`. */
export function headLine(level: number): (call: PidCall) => number {
  return (call) => call.current.namespaces[level]!.id;
}

/** The line with the reference count of the namespace a pid is made in. */
export function countLine(call: PidCall): number {
  return call.current.namespaces.at(-1)!.id;
}

/** What an allocator's own work costs, lines apart: names of figures. */
export interface IdFigures {
  readonly take: string;
  readonly publish: string;
  readonly remove: string;
}

/** The figures of a kind of allocator. */
export function idFigures(kind: IdKind): IdFigures {
  const prefix = kind === 'radix' ? 'pid' : `pid.${kind}`;
  return { take: `${prefix}.take`, publish: `${prefix}.publish`, remove: `${prefix}.remove` };
}

/** Charges for what an allocator's last call did: its own work, and the lines it touched. */
export function nodeSteps(figure: string): PathPart<PidCall>[] {
  return [
    work('work on the ids', figure),
    readEach('pid tree', (call) => call.reads),
    writeEach('pid tree', (call) => call.writes),
  ];
}

/**
 * Enters a pid in pidfs's tree, or takes it out. Caller holds pidmap_lock; where that is split, the tree has
 * a lock of its own.
 */
export function pidfsSteps(which: 'add' | 'remove', guard: LockingName): PathPart<PidCall>[] {
  const parts = pidfsChange(which === 'add');
  return guard === 'each-level' || guard === 'one-trip' ? parts : [locked(PIDFS_LOCK, parts)];
}

function pidfsChange(enters: boolean): PathPart<PidCall>[] {
  return [
    change(enters ? 'enter pidfs' : 'leave pidfs', (call) =>
      enters ? call.enterPidfs() : call.leavePidfs(),
    ),
    work('change the pidfs tree', enters ? 'pidfs.add' : 'pidfs.remove'),
    write('pidfs'),
    writeEach('struct pid', (call) => call.neighbours),
  ];
}
