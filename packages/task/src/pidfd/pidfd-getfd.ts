// pidfd_getfd(2): a descriptor of another process, taken by who may look into it.

import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import { ptraceMayAccess } from '../cred/ptrace-access.ts';
import { fileAt, installFd } from '../files/fd-table.ts';
import { FD_CLOEXEC } from '../files/open-flags.ts';
import { getFile } from '../files/open-file.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { pidfdAt, unusedFd } from '../task/parts.ts';
import { pidTask } from '../task/pid-links.ts';
import type { Task } from '../task/task.ts';
import { RLIMITS } from '../uapi/resources.ts';

/**
 * The new descriptor, close-on-exec, on the same open file. EINVAL for flags; EBADF for what is no pidfd
 * and for what is not open there; ESRCH once the process was waited for or has let go of its files; EPERM
 * without the right to trace it; EMFILE.
 * @see kernel/pid.c, pidfd_getfd(), __pidfd_fget(), v6.18
 */
export function pidfdGetfd(
  kernel: Kernel,
  caller: Task,
  fd: number,
  targetFd: number,
  flags = 0,
): number | Refusal<'EBADF' | 'EINVAL' | 'EMFILE' | 'EPERM' | 'ESRCH'> {
  if (flags !== 0) return refuse('EINVAL', 'pidfd_getfd knows no flags');
  const files = caller.files!;
  const pidfd = pidfdAt(files, fd);
  if (isRefusal(pidfd)) return pidfd;
  const target = pidTask(kernel, pidfd.pid, 'pid');
  if (target === undefined) return refuse('ESRCH', 'the process is gone');
  if (target.group !== caller.group && !ptraceMayAccess(caller.cred, target, 'real')) {
    return refuse('EPERM', 'the caller may not look into the process');
  }
  if (target.files === null) {
    return refuse(target.exiting ? 'ESRCH' : 'EBADF', 'the process has no descriptors');
  }
  const file = fileAt(target.files, targetFd);
  if (isRefusal(file)) return file;
  const { cur } = caller.group.rlimits[RLIMITS.RLIMIT_NOFILE]!;
  const number = unusedFd(files, cur);
  if (isRefusal(number)) return number;
  installFd(files, number, getFile(file), FD_CLOEXEC);
  return number;
}
