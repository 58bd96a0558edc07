// read, write and lseek: the checks all kinds of files have in common, and the shared offset.
import { refuse } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';
import type { FilesStruct } from './fd-table.ts';
import { fileAt } from './fd-table.ts';
import type { IoResult, OpenFile } from './open-file.ts';
import { DIRECTORY_OPS } from './regular.ts';

/** The open file under `fd`; EBADF when there is none or it is only a place. */
export function ioFileAt(files: FilesStruct, fd: number): OpenFile | Refusal<'EBADF'> {
  const file = fileAt(files, fd);
  if (!('ok' in file) && file.isPath) return refuse('EBADF', 'the descriptor is only a place');
  return file;
}

/**
 * read(2): EBADF when not open for reading, EINVAL when the kind cannot be read.
 *
 * @see fs/read_write.c, vfs_read(), v6.12
 */
export function read(files: FilesStruct, fd: number, count: number): IoResult<Uint8Array> {
  const file = ioFileAt(files, fd);
  if ('ok' in file) return file;
  if (!file.canRead) return refuse('EBADF', 'not open for reading');
  return file.ops.read?.(file, count) ?? refuse('EINVAL', 'cannot be read');
}

/**
 * write(2): EBADF when not open for writing, EINVAL when the kind cannot be written, EPIPE without a
 * reader (the caller sends SIGPIPE).
 *
 * @see fs/read_write.c, vfs_write(), v6.12
 */
export function write(files: FilesStruct, fd: number, data: Uint8Array): IoResult<number> {
  const file = ioFileAt(files, fd);
  if ('ok' in file) return file;
  if (!file.canWrite) return refuse('EBADF', 'not open for writing');
  return file.ops.write?.(file, data) ?? refuse('EINVAL', 'cannot be written');
}

export const SEEK_SET = 0;
export const SEEK_CUR = 1;
export const SEEK_END = 2;
/** To the next byte that is not in a hole. */
export const SEEK_DATA = 3;
/** To the next hole; there is one at the end of every file. */
export const SEEK_HOLE = 4;

/**
 * lseek(2): EINVAL for an unknown whence or a place before the start, ESPIPE for pipes, sockets and their
 * like, ENXIO for data or holes beyond the end.
 *
 * @see fs/read_write.c, ksys_lseek(), v6.12
 */
export function lseek(
  files: FilesStruct,
  fd: number,
  offset: number,
  whence: number,
): number | Refusal<'EBADF' | 'EINVAL' | 'ENXIO' | 'ESPIPE'> {
  const file = ioFileAt(files, fd);
  if ('ok' in file) return file;
  if (whence < SEEK_SET || whence > SEEK_HOLE) return refuse('EINVAL', 'an unknown whence');
  if (!file.ops.isSeekable) return refuse('ESPIPE', 'the file has no offset');
  const size = file.ops.size?.(file) ?? 0;
  if (file.ops.size === undefined) return (file.offset = 0);
  if (whence > SEEK_CUR && isInMemoryDirectory(file)) {
    return refuse('EINVAL', 'a directory in memory has no end to count from');
  }
  if (whence > SEEK_END) return seekData(file, offset, whence, size);
  const base = whence === SEEK_SET ? 0 : whence === SEEK_CUR ? file.offset : size;
  if (base + offset < 0) return refuse('EINVAL', 'before the start');
  file.offset = base + offset;
  return file.offset;
}

/** @see fs/libfs.c, offset_dir_llseek(), v6.18 */
function isInMemoryDirectory({ ops, path }: OpenFile): boolean {
  return ops === DIRECTORY_OPS && path.dentry.inode?.sb.type.isInMemory === true;
}

/** MODEL: files have no holes but the one at their end. */
function seekData(
  file: OpenFile,
  offset: number,
  whence: number,
  size: number,
): number | Refusal<'ENXIO'> {
  if (offset < 0 || offset >= size) return refuse('ENXIO', 'beyond the end');
  file.offset = whence === SEEK_DATA ? offset : size;
  return file.offset;
}
