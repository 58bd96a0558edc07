// open(2) and openat(2): a number for what the walk found. The number is set aside before the walk, so a
// full table is noticed first.
import { refuse } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';
import type { Looker } from '../fs/fs-struct.ts';
import type { Path } from '../fs/mount.ts';
import type { OpenErrno, OpenRequest } from '../fs/open.ts';
import { checkOpenFlags, openPath } from '../fs/open.ts';
import { checkName, isDirectory } from '../fs/walk.ts';
import type { FilesStruct } from './fd-table.ts';
import { fileAt, installFd, unusedFd } from './fd-table.ts';
import { FD_CLOEXEC, O_CLOEXEC } from './open-flags.ts';
import { WOULD_BLOCK } from './open-file.ts';

/** The directory descriptor that means the cwd. */
export const AT_FDCWD = -100;

/** What a call that opens needs of the caller. */
export interface OpenCaller extends Looker {
  readonly files: FilesStruct;
  /** The soft RLIMIT_NOFILE. */
  readonly limit: number;
}

/**
 * Where a path relative to `dirfd` starts; undefined is the cwd, which also serves absolute paths. EBADF,
 * and ENOTDIR unless a directory (an empty path may start anywhere).
 *
 * @see fs/namei.c, path_init(), v6.12
 */
export function baseOf(
  files: FilesStruct,
  dirfd: number,
  name: string,
): Path | undefined | Refusal<'EBADF' | 'ENOTDIR'> {
  if (name.startsWith('/') || dirfd === AT_FDCWD) return undefined;
  const file = fileAt(files, dirfd);
  if ('ok' in file) return file;
  if (name !== '' && !isDirectory(file.path.dentry.inode)) {
    return refuse('ENOTDIR', 'the descriptor is no directory');
  }
  return file.path;
}

/**
 * openat(2). Errors of the flags and of the path's text first, then EMFILE, then the walk's and the file's.
 *
 * @see fs/open.c, do_sys_openat2(), v6.18
 */
export function open(
  caller: OpenCaller,
  name: string,
  request: Omit<OpenRequest, 'base'> & { readonly dirfd?: number },
): number | Refusal<OpenErrno | 'EBADF' | 'EMFILE'> | typeof WOULD_BLOCK {
  const bad = checkOpenFlags(request.flags) ?? checkName(name);
  if (bad !== null) return bad;
  const fd = unusedFd(caller.files, caller.limit);
  if (typeof fd !== 'number') return fd;
  const base = baseOf(caller.files, request.dirfd ?? AT_FDCWD, name);
  if (base !== undefined && 'ok' in base) return base;
  const file = openPath(caller, name, base === undefined ? request : { ...request, base });
  if (file === WOULD_BLOCK || 'ok' in file) return file;
  installFd(caller.files, fd, file, (request.flags & O_CLOEXEC) === 0 ? 0 : FD_CLOEXEC);
  return fd;
}
