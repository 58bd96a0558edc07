// Record locks of an inode: ranges of bytes that a descriptor table holds for reading or writing. The
// table is the owner, so that a forked child, which has another one, holds none of its parent's.

import type { FilesStruct } from '../files/fd-table.ts';
import type { Inode } from './inode.ts';

/** What is locked, by whom. */
export interface RecordLock {
  readonly owner: FilesStruct;
  /** Who set it, as F_GETLK tells. */
  readonly pid: number;
  readonly isExclusive: boolean;
  readonly start: number;
  /** The first byte behind it; infinite up to the end of the file, whatever that will be. */
  readonly end: number;
}

/** The first lock of somebody else that stands in the way. @see fs/locks.c, posix_test_lock() */
export function conflictingLock(inode: Inode, wanted: RecordLock): RecordLock | undefined {
  return inode.locks?.find(
    (lock) =>
      lock.owner !== wanted.owner &&
      (lock.isExclusive || wanted.isExclusive) &&
      overlaps(lock, wanted),
  );
}

/**
 * What the owner had in the range gives way, and the lock is put there; `undefined` only unlocks.
 * @see fs/locks.c, posix_lock_inode(), v6.12
 */
export function replaceLocks(
  inode: Inode,
  range: Pick<RecordLock, 'owner' | 'start' | 'end'>,
  lock: RecordLock | undefined,
): void {
  const kept = (inode.locks ?? []).flatMap((old) =>
    old.owner === range.owner && overlaps(old, range) ? without(old, range) : [old],
  );
  if (lock !== undefined) kept.push(lock);
  inode.locks = kept.length === 0 ? undefined : kept;
}

/** Any descriptor of the file that its table closes takes all of the table's locks away. */
export function dropRecordLocks(inode: Inode, owner: FilesStruct): void {
  replaceLocks(inode, { owner, start: 0, end: Number.POSITIVE_INFINITY }, undefined);
}

interface Range {
  readonly start: number;
  readonly end: number;
}

function overlaps(one: Range, other: Range): boolean {
  return one.start < other.end && other.start < one.end;
}

function without(old: RecordLock, { start, end }: Range): RecordLock[] {
  const before = { ...old, end: start };
  const behind = { ...old, start: end };
  return [before, behind].filter((part) => part.start < part.end);
}
