// Reading and setting resource limits.

import { refuse, type Refusal } from '@forkless/errors';
import { CAP_SYS_RESOURCE } from '../cred/capability.ts';
import { capable } from '../cred/cred.ts';
import type { Task } from '../task/task.ts';
import { RLIMITS, type Rlimit } from '../uapi/resources.ts';

/** The most descriptors a limit may name. @see fs/file.c, sysctl_nr_open */
export const NR_OPEN = 1 << 20;

/** getrlimit(2); EINVAL for what is no limit. */
export function getrlimit({ group }: Task, resource: number): Rlimit | Refusal<'EINVAL'> {
  return group.rlimits[resource] ?? refuse('EINVAL', `${resource} is no resource`);
}

/**
 * setrlimit(2): EINVAL for what is no limit and for a soft limit above the hard one, EPERM for raising a
 * hard limit without CAP_SYS_RESOURCE or NOFILE above what the machine allows.
 * @see kernel/sys.c, do_prlimit(), v6.12
 */
export function setrlimit(
  task: Task,
  resource: number,
  limit: Rlimit,
): Refusal<'EINVAL' | 'EPERM'> | undefined {
  const old = task.group.rlimits[resource];
  if (old === undefined) return refuse('EINVAL', `${resource} is no resource`);
  if (limit.cur > limit.max) return refuse('EINVAL', 'the soft limit is above the hard one');
  if (resource === RLIMITS.RLIMIT_NOFILE && limit.max > NR_OPEN) {
    return refuse('EPERM', `at most ${NR_OPEN} descriptors`);
  }
  if (limit.max > old.max && !capable(task.cred, CAP_SYS_RESOURCE)) {
    return refuse('EPERM', 'raising a hard limit needs CAP_SYS_RESOURCE');
  }
  task.group.rlimits[resource] = limit;
  return undefined;
}
