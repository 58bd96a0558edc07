// Open files: what a descriptor refers to. Offset and status flags belong to it, so every descriptor that
// dup, fork or a socket made of it shares them. What read and write mean is up to the kind of file.
import { assert } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';
import type { Path } from '../fs/mount.ts';

/** What a transfer can answer besides its result. */
export type IoErrno =
  | 'EAGAIN'
  | 'EBADF'
  | 'ECONNREFUSED'
  | 'ECONNRESET'
  | 'EINVAL'
  | 'EISDIR'
  | 'EMSGSIZE'
  | 'ENOSPC'
  | 'ENXIO'
  | 'EPIPE'
  | 'ESRCH';

/** The call would sleep until someone else acts; nothing has happened yet. */
export const WOULD_BLOCK = Symbol('would block');

/** A transfer's result, a refusal, or the news that it has to wait. */
export type IoResult<T> = T | Refusal<IoErrno> | typeof WOULD_BLOCK;

/**
 * What a kind of file does. A missing operation is refused with EINVAL.
 *
 * @see include/linux/fs.h, struct file_operations, v6.12
 */
export interface FileOperations {
  /** Name of the kind, for people. */
  readonly kind: string;
  /** The offset means something, and lseek can move it. */
  readonly isSeekable: boolean;
  /** O_DIRECT can be switched on (regular files) or packets be kept apart (pipes). */
  readonly canDirect?: boolean;
  read?(file: OpenFile, count: number): IoResult<Uint8Array>;
  write?(file: OpenFile, data: Uint8Array): IoResult<number>;
  /** Length of the content, for seeking from the end. */
  size?(file: OpenFile): number;
  /** EPOLL bits that are ready. */
  poll?(file: OpenFile): number;
  /** The last reference is gone. */
  release?(file: OpenFile): void;
}

/**
 * An open file (`struct file`).
 *
 * @see include/linux/fs.h, struct file, v6.12
 */
export interface OpenFile {
  readonly ops: FileOperations;
  /** Where it was opened. */
  readonly path: Path;
  /** Access mode and status flags, as F_GETFL gives them. */
  flags: number;
  readonly canRead: boolean;
  readonly canWrite: boolean;
  /** O_PATH: a place, not an open file. */
  readonly isPath: boolean;
  offset: number;
  /** The open made the file, as F_CREATED_QUERY tells. */
  isCreated: boolean;
  /** Descriptors, messages in flight and calls under way that hold it. */
  refs: number;
  /** What the kind keeps: a pipe, a socket, a process. */
  readonly data: unknown;
}

/** What an open file is made of; access follows from the flags. */
export interface OpenFileFields {
  readonly ops: FileOperations;
  readonly path: Path;
  readonly flags: number;
  readonly data?: unknown;
}

const ACCMODE = 3;
const PATH_FLAG = 0o10000000;

/** An open file with one reference and offset 0. */
export function createOpenFile(fields: OpenFileFields): OpenFile {
  const isPath = (fields.flags & PATH_FLAG) !== 0;
  const access = fields.flags & ACCMODE;
  return {
    ops: fields.ops,
    path: fields.path,
    flags: fields.flags,
    canRead: !isPath && (access === 0 || access === 2),
    canWrite: !isPath && (access === 1 || access === 2),
    isPath,
    offset: 0,
    isCreated: false,
    refs: 1,
    data: fields.data,
  };
}

/** One more holder. */
export function getFile(file: OpenFile): OpenFile {
  assert(file.refs > 0, 'an open file that was released is not taken again');
  file.refs++;
  return file;
}

/**
 * One holder less; with the last one the file is released.
 *
 * @see fs/file_table.c, fput(), __fput(), v6.12
 */
export function putFile(file: OpenFile): void {
  assert(file.refs > 0, 'an open file is released once');
  if (--file.refs === 0) file.ops.release?.(file);
}
