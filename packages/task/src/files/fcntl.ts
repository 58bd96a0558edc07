// fcntl(2) for descriptors and status flags. Descriptor flags belong to the number, status flags to the
// open file.
import { refuse } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';
import type { Cred } from '../cred/cred.ts';
import { S_IFIFO, isType } from '../fs/mode.ts';
import { isOwnerOrCapable } from '../fs/permission.ts';
import { dupFrom } from './dup.ts';
import type { FilesStruct } from './fd-table.ts';
import { fileAt } from './fd-table.ts';
import type { OpenFile } from './open-file.ts';
import { PIPE_BYTES, PIPE_OPS } from './pipe.ts';
import {
  FD_CLOEXEC,
  FD_CLOFORK,
  F_CREATED_QUERY,
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_DUPFD_QUERY,
  F_GETFD,
  F_GETFL,
  F_GETPIPE_SZ,
  F_SETFD,
  F_SETFL,
  O_DIRECT,
  O_NOATIME,
  SETFL_MASK,
} from './open-flags.ts';

/** What fcntl needs of the caller. */
export interface FcntlCaller {
  readonly files: FilesStruct;
  readonly cred: Cred;
  /** The soft RLIMIT_NOFILE. */
  readonly limit: number;
}

/** What fcntl can answer. */
export type FcntlErrno = 'EBADF' | 'EINVAL' | 'EMFILE' | 'EPERM';

const PATH_COMMANDS = [
  F_CREATED_QUERY,
  F_DUPFD,
  F_DUPFD_CLOEXEC,
  F_DUPFD_QUERY,
  F_GETFD,
  F_SETFD,
  F_GETFL,
];

/**
 * fcntl(2). EBADF when not open (or only a place, for most commands), EINVAL for an unknown command.
 *
 * MODEL: leases, seals, owners and changes of a pipe's size are left out; their commands are unknown here.
 * Record locks are `setRecordLock` and `getRecordLock`.
 *
 * @see fs/fcntl.c, do_fcntl(), check_fcntl_cmd(), v6.18
 */
export function fcntl(
  caller: FcntlCaller,
  fd: number,
  command: number,
  argument: number,
): number | Refusal<FcntlErrno> {
  const { files } = caller;
  const file = fileAt(files, fd);
  if ('ok' in file) return file;
  if (file.isPath && !PATH_COMMANDS.includes(command)) {
    return refuse('EBADF', 'the descriptor is only a place');
  }
  switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC: {
      const fdFlags = command === F_DUPFD ? 0 : FD_CLOEXEC;
      return dupFrom(files, fd, {
        from: argument,
        limit: caller.limit,
        fdFlags,
      });
    }
    case F_DUPFD_QUERY: {
      const other = fileAt(files, argument);
      return 'ok' in other ? other : Number(other === file);
    }
    case F_CREATED_QUERY:
      return file.isCreated ? 1 : 0;
    case F_GETFD:
      return files.fdFlags[fd] ?? 0;
    case F_SETFD:
      files.fdFlags[fd] = argument & (files.knowsClofork ? FD_CLOEXEC | FD_CLOFORK : FD_CLOEXEC);
      return 0;
    case F_GETFL:
      return file.flags;
    case F_GETPIPE_SZ:
      return file.ops === PIPE_OPS ? PIPE_BYTES : refuse('EBADF', 'not a pipe');
    case F_SETFL:
      return setStatusFlags(caller.cred, file, argument) ?? 0;
    default:
      return refuse('EINVAL', 'an unknown command');
  }
}

/**
 * F_SETFL: only O_APPEND, O_NONBLOCK, O_DIRECT, O_NOATIME and O_ASYNC change. EPERM for O_NOATIME on
 * another's file, EINVAL for O_DIRECT where the file cannot.
 *
 * @see fs/fcntl.c, setfl(), v6.18
 */
function setStatusFlags(
  cred: Cred,
  file: OpenFile,
  flags: number,
): Refusal<'EINVAL' | 'EPERM'> | null {
  const { inode } = file.path.dentry;
  const gains = flags & ~file.flags;
  if ((gains & O_NOATIME) !== 0 && inode !== null && !isOwnerOrCapable(cred, inode)) {
    return refuse('EPERM', 'O_NOATIME on a file of another user');
  }
  const isFifo = inode !== null && isType(inode.mode, S_IFIFO);
  if ((flags & O_DIRECT) !== 0 && !isFifo && file.ops.canDirect !== true) {
    return refuse('EINVAL', 'the file cannot do O_DIRECT');
  }
  file.flags = (flags & SETFL_MASK) | (file.flags & ~SETFL_MASK);
  return null;
}
