// New credentials for a task, with what belongs to them besides: whose task it counts as, and whether
// that user has too many.

import { commitCreds } from '../cred/commit-creds.ts';
import type { Cred } from '../cred/cred.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { RLIMITS } from '../uapi/resources.ts';
import type { Task } from './task.ts';

/**
 * `next` become the task's credentials. When its user changes, so does whom it counts for; a user that is
 * over RLIMIT_NPROC by then is told so at exec, not here.
 * @see kernel/sys.c, flag_nproc_exceeded(); kernel/cred.c, commit_creds(), v6.12
 */
export function changeCred(kernel: Kernel, task: Task, next: Cred): void {
  const { cred: old, group } = task;
  if (old.uid !== next.uid || old.userNs !== next.userNs) {
    const from = kernel.ucounts.of(old.userNs, old.uid);
    const to = kernel.ucounts.of(next.userNs, next.uid);
    // The count is looked at before the task is added to it.
    const { cur } = group.rlimits[RLIMITS.RLIMIT_NPROC]!;
    task.nprocExceeded = to.isOverTasks(cur) && next.uid !== 0;
    to.addTasks(1);
    from.addTasks(-1);
  }
  commitCreds(task, next);
}

/** Whether exec is refused with EAGAIN; a count that has fallen since is forgiven. @see fs/exec.c, v6.12 */
export function isExecOverTasks(kernel: Kernel, task: Task): boolean {
  if (!task.nprocExceeded) return false;
  const { cred, group } = task;
  const counts = kernel.ucounts.of(cred.userNs, cred.uid);
  const { cur } = group.rlimits[RLIMITS.RLIMIT_NPROC]!;
  task.nprocExceeded = counts.isOverTasks(cur);
  return task.nprocExceeded;
}
