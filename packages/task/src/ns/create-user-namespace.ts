// A new user namespace, in which its maker has every capability.

import { refuse, type Refusal } from '@forkless/errors';
import { CAP_EMPTY_SET, CAP_FULL_SET } from '../cred/capability.ts';
import { INIT_USER_NS, type Cred } from '../cred/cred.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Task } from '../task/task.ts';
import { RLIMITS } from '../uapi/resources.ts';

const LEVEL_MAX = 32;

/**
 * Credentials in a user namespace of their own. ENOSPC below the deepest level; EPERM for a user who
 * means nothing in the namespace around.
 * MODEL: no namespace but the initial one has a mapping, as nobody writes one here.
 * @see kernel/user_namespace.c, create_user_ns(), set_cred_user_ns(), v6.12
 */
export function createUserNamespace(
  kernel: Kernel,
  caller: Task,
): Cred | Refusal<'ENOSPC' | 'EPERM'> {
  const { cred, group } = caller;
  const parent = cred.userNs;
  if (parent.level > LEVEL_MAX) return refuse('ENOSPC', 'user namespaces are nested too deep');
  if (parent !== INIT_USER_NS) return refuse('EPERM', 'the owner is not mapped in its namespace');
  const userNs = { parent, level: parent.level + 1, owner: cred.euid };
  const isRoot = cred.uid === 0 && parent === INIT_USER_NS;
  const { cur } = group.rlimits[RLIMITS.RLIMIT_NPROC]!;
  kernel.ucounts.limit(userNs, isRoot ? Number.POSITIVE_INFINITY : cur);
  return {
    ...cred,
    userNs,
    securebits: 0,
    capInheritable: CAP_EMPTY_SET,
    capPermitted: CAP_FULL_SET,
    capEffective: CAP_FULL_SET,
    capAmbient: CAP_EMPTY_SET,
    capBset: CAP_FULL_SET,
  };
}
