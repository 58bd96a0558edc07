// dup, dup2, dup3 and F_DUPFD: one more number for an open file. The new number shares offset and status
// flags and has descriptor flags of its own.
import { refuse } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';
import type { FilesStruct } from './fd-table.ts';
import { dropFile, fileAt, installFd, takeFd, unusedFd } from './fd-table.ts';
import { FD_CLOEXEC, O_CLOEXEC } from './open-flags.ts';
import { getFile } from './open-file.ts';

/**
 * dup(2): the lowest free number; EBADF, EMFILE. `limit` is the soft RLIMIT_NOFILE.
 *
 * @see fs/file.c, SYSCALL_DEFINE1(dup), v6.18
 */
export function dup(
  files: FilesStruct,
  fd: number,
  limit: number,
): number | Refusal<'EBADF' | 'EMFILE'> {
  const file = fileAt(files, fd);
  if ('ok' in file) return file;
  const to = unusedFd(files, limit);
  if (typeof to !== 'number') return to;
  installFd(files, to, getFile(file));
  return to;
}

/**
 * F_DUPFD and F_DUPFD_CLOEXEC: the lowest free number from `from` on; EINVAL when `from` is at or above
 * the limit (a negative number is far above), EMFILE when all from there are taken.
 *
 * @see fs/file.c, f_dupfd(), v6.18
 */
export function dupFrom(
  files: FilesStruct,
  fd: number,
  options: {
    readonly from: number;
    readonly limit: number;
    readonly fdFlags: number;
  },
): number | Refusal<'EBADF' | 'EINVAL' | 'EMFILE'> {
  const file = fileAt(files, fd);
  if ('ok' in file) return file;
  const from = options.from >>> 0;
  if (from >= options.limit) return refuse('EINVAL', 'the lowest number asked for is too high');
  const to = unusedFd(files, options.limit, from);
  if (typeof to !== 'number') return to;
  installFd(files, to, getFile(file), options.fdFlags);
  return to;
}

/**
 * dup3(2): EINVAL for flags other than O_CLOEXEC and for equal numbers, EBADF when the new number is
 * beyond the limit or the old one is not open. What was under the new number is closed.
 *
 * @see fs/file.c, ksys_dup3(), do_dup2(), v6.18
 */
export function dup3(
  files: FilesStruct,
  fd: number,
  to: number,
  options: { readonly flags: number; readonly limit: number },
): number | Refusal<'EBADF' | 'EINVAL'> {
  if ((options.flags & ~O_CLOEXEC) !== 0) return refuse('EINVAL', 'a flag other than O_CLOEXEC');
  if (fd === to) return refuse('EINVAL', 'equal numbers');
  if (to >>> 0 >= options.limit) return refuse('EBADF', 'the new number is beyond the limit');
  const file = fileAt(files, fd);
  if ('ok' in file) return file;
  getFile(file);
  const replaced = takeFd(files, to);
  installFd(files, to, file, options.flags === 0 ? 0 : FD_CLOEXEC);
  if (replaced !== undefined) dropFile(files, replaced);
  return to;
}

/**
 * dup2(2): as dup3 without flags, but equal numbers only have to be open and keep their flags.
 *
 * @see fs/file.c, SYSCALL_DEFINE2(dup2), v6.18
 */
export function dup2(
  files: FilesStruct,
  fd: number,
  to: number,
  limit: number,
): number | Refusal<'EBADF' | 'EINVAL'> {
  if (fd === to) {
    const file = fileAt(files, fd);
    return 'ok' in file ? file : to;
  }
  return dup3(files, fd, to, { flags: 0, limit });
}
