// F_SETLK and F_GETLK: record locks by descriptor.
// MODEL: F_SETLKW, locks of the open file description, leases and flock are left out.

import { refuse, type Refusal } from '@forkless/errors';
import { conflictingLock, replaceLocks, type RecordLock } from '../fs/record-lock.ts';
import { pidSeenBy, type Task } from '../task/task.ts';
import { fileAt } from './fd-table.ts';
import { SEEK_CUR, SEEK_END, SEEK_SET } from './read-write.ts';
import { inodeOf } from './regular.ts';

export const F_RDLCK = 0;
export const F_WRLCK = 1;
export const F_UNLCK = 2;

/** What is asked for. @see fcntl(2), struct flock */
export interface LockRequest {
  readonly type: number;
  readonly whence?: number;
  readonly start: number;
  /** 0 is up to the end, negative the bytes before `start`. */
  readonly length: number;
}

/** A lock that stands in the way, or that none does. */
export type LockFound = { readonly type: number; readonly pid: number } | 'unlocked';

/**
 * F_SETLK. EBADF for what is not open, or not for the kind of lock; EINVAL for a type that is none or a
 * range before the file; EAGAIN while somebody else holds it.
 * @see fs/locks.c, fcntl_setlk(), flock64_to_posix_lock(), v6.12
 */
export function setRecordLock(
  caller: Task,
  fd: number,
  request: LockRequest,
): Refusal<'EAGAIN' | 'EBADF' | 'EINVAL'> | null {
  const file = fileAt(caller.files!, fd);
  if ('ok' in file) return file;
  if (file.isPath) return refuse('EBADF', 'the descriptor is only a place');
  const wanted = lockOf(caller, fd, request);
  if ('ok' in wanted) return wanted;
  const { type } = request;
  if (type === F_RDLCK && !file.canRead) return refuse('EBADF', 'not open for reading');
  if (type === F_WRLCK && !file.canWrite) return refuse('EBADF', 'not open for writing');
  const inode = inodeOf(file);
  const isUnlock = type === F_UNLCK;
  if (!isUnlock && conflictingLock(inode, wanted) !== undefined) {
    return refuse('EAGAIN', 'somebody else has locked it');
  }
  replaceLocks(inode, wanted, isUnlock ? undefined : wanted);
  return null;
}

/** F_GETLK. Errors as above, but for EAGAIN. @see fs/locks.c, fcntl_getlk(), v6.12 */
export function getRecordLock(
  caller: Task,
  fd: number,
  request: LockRequest,
): LockFound | Refusal<'EBADF' | 'EINVAL'> {
  const file = fileAt(caller.files!, fd);
  if ('ok' in file) return file;
  if (file.isPath) return refuse('EBADF', 'the descriptor is only a place');
  const wanted = lockOf(caller, fd, request);
  if ('ok' in wanted) return wanted;
  if (request.type === F_UNLCK) return refuse('EINVAL', 'no lock is asked about');
  const found = conflictingLock(inodeOf(file), wanted);
  if (found === undefined) return 'unlocked';
  return { type: found.isExclusive ? F_WRLCK : F_RDLCK, pid: found.pid };
}

function lockOf(caller: Task, fd: number, request: LockRequest): RecordLock | Refusal<'EINVAL'> {
  const { type, whence = SEEK_SET, length } = request;
  if (![F_RDLCK, F_WRLCK, F_UNLCK].includes(type)) return refuse('EINVAL', 'no kind of lock');
  const from = baseOfRange(caller, fd, whence);
  if (from === undefined) return refuse('EINVAL', 'no place to count from');
  const at = from + request.start;
  const start = length < 0 ? at + length : at;
  if (at < 0 || start < 0) return refuse('EINVAL', 'a range before the file');
  return {
    owner: caller.files!,
    pid: pidSeenBy(caller, caller),
    isExclusive: type === F_WRLCK,
    start,
    end: length === 0 ? Number.POSITIVE_INFINITY : Math.max(at, at + length),
  };
}

function baseOfRange({ files }: Task, fd: number, whence: number): number | undefined {
  const file = fileAt(files!, fd);
  if ('ok' in file) return undefined;
  if (whence === SEEK_SET) return 0;
  if (whence === SEEK_CUR) return file.offset;
  return whence === SEEK_END ? inodeOf(file).content.length : undefined;
}
