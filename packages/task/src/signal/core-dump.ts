// Whether a process that dies leaves a core file, and the file it leaves.

import { isRefusal } from '@forkless/errors';
import { SUID_DUMP_USER } from '../cred/commit-creds.ts';
import { O_CREAT, O_NOFOLLOW, O_RDWR } from '../files/open-flags.ts';
import { putFile, WOULD_BLOCK } from '../files/open-file.ts';
import { inodeOf } from '../files/regular.ts';
import { isType, S_IFREG } from '../fs/mode.ts';
import { openPath } from '../fs/open.ts';
import type { Task } from '../task/task.ts';
import { RLIMITS } from '../uapi/resources.ts';

/** A smaller file would not hold the header of any. @see fs/binfmt_elf.c, min_coredump */
const CORE_BYTES_MIN = 4096;

/**
 * Writes `core` into the working directory, if the limit, the process's dumpability and its rights there
 * allow it. Returns whether it did.
 * MODEL: the pattern is `core`, and the file stays empty.
 * @see fs/coredump.c, do_coredump(), v6.12
 */
export function dumpCore(task: Task): boolean {
  const { mm, fs, cred, group } = task;
  const { cur } = group.rlimits[RLIMITS.RLIMIT_CORE]!;
  if (mm === null || fs === null || mm.dumpable !== SUID_DUMP_USER || cur < CORE_BYTES_MIN) {
    return false;
  }
  const flags = O_RDWR | O_CREAT | O_NOFOLLOW;
  const file = openPath({ cred, fs, node: 0 }, 'core', { flags, mode: 0o600 });
  if (file === WOULD_BLOCK || isRefusal(file)) return false;
  const { mode, uid, nlink } = inodeOf(file);
  putFile(file);
  return isType(mode, S_IFREG) && uid === cred.fsuid && nlink === 1;
}
