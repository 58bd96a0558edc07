// New namespaces for a task: which of them a call makes, and who may.

import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import { PID_MAX_LIMIT, type PidNamespace } from '@forkless/pid';
import { CAP_SYS_ADMIN } from '../cred/capability.ts';
import { nsCapable, type UserNamespace } from '../cred/cred.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { pidNamespaceOf, type Task } from '../task/task.ts';
import { CLONE_FLAGS } from '../uapi/clone-flags.ts';
import type { NsProxy, PlainNamespace } from './nsproxy.ts';

const {
  CLONE_NEWNS,
  CLONE_NEWUTS,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWPID,
  CLONE_NEWCGROUP,
  CLONE_NEWTIME,
  CLONE_SYSVSEM,
  CLONE_VM,
} = CLONE_FLAGS;

/** The flags that make a namespace, the user's apart. */
export const CLONE_NS_FLAGS =
  CLONE_NEWNS |
  CLONE_NEWUTS |
  CLONE_NEWIPC |
  CLONE_NEWNET |
  CLONE_NEWPID |
  CLONE_NEWCGROUP |
  CLONE_NEWTIME;

/** The errnos of making namespaces. */
export type NamespacesErrno = 'EPERM' | 'EINVAL' | 'ENOSPC';

/**
 * The namespaces of a new task of `caller` whose user namespace is `userNs`.
 * @see kernel/nsproxy.c, copy_namespaces(), v6.12
 */
export function copyNamespaces(
  kernel: Kernel,
  caller: Task,
  flags: number,
  userNs: UserNamespace,
): NsProxy | Refusal<NamespacesErrno> {
  const old = caller.nsproxy;
  if ((flags & CLONE_NS_FLAGS) === 0) {
    return (flags & CLONE_VM) !== 0 ? old : withTimeEntered(old);
  }
  if (!nsCapable(caller.cred, userNs, CAP_SYS_ADMIN)) {
    return refuse('EPERM', 'a new namespace needs CAP_SYS_ADMIN');
  }
  if ((flags & CLONE_NEWIPC) !== 0 && (flags & CLONE_SYSVSEM) !== 0) {
    return refuse('EINVAL', 'semaphore undo cannot be shared with another ipc namespace');
  }
  const made = createNamespaces(kernel, caller, flags, userNs);
  return isRefusal(made) || (flags & CLONE_VM) !== 0 ? made : withTimeEntered(made);
}

/**
 * A copy of `caller`'s namespaces with those new that `flags` names. EINVAL for a pid namespace below one
 * the caller has made but is not in; ENOSPC below the deepest level.
 * @see kernel/nsproxy.c, create_new_namespaces(); kernel/pid_namespace.c, copy_pid_ns(), v6.18
 */
export function createNamespaces(
  kernel: Kernel,
  caller: Task,
  flags: number,
  userNs: UserNamespace,
): NsProxy | Refusal<'EINVAL' | 'ENOSPC'> {
  const old = caller.nsproxy;
  const pidForChildren =
    (flags & CLONE_NEWPID) !== 0 ? createPidNamespace(kernel, caller, userNs) : old.pidForChildren;
  if (isRefusal(pidForChildren)) return pidForChildren;
  const plain = (flag: number, kind: PlainNamespace['kind'], now: PlainNamespace) =>
    (flags & flag) !== 0 ? { kind, owner: userNs } : now;
  return {
    mnt: plain(CLONE_NEWNS, 'mnt', old.mnt),
    uts: plain(CLONE_NEWUTS, 'uts', old.uts),
    ipc: plain(CLONE_NEWIPC, 'ipc', old.ipc),
    net: plain(CLONE_NEWNET, 'net', old.net),
    cgroup: plain(CLONE_NEWCGROUP, 'cgroup', old.cgroup),
    time: old.time,
    timeForChildren: plain(CLONE_NEWTIME, 'time', old.timeForChildren),
    pidForChildren,
  };
}

function createPidNamespace(
  kernel: Kernel,
  caller: Task,
  userNs: UserNamespace,
): PidNamespace | Refusal<'EINVAL' | 'ENOSPC'> {
  const parent = caller.nsproxy.pidForChildren;
  if (pidNamespaceOf(caller) !== parent) {
    return refuse('EINVAL', 'the caller is not in the pid namespace it would make one below');
  }
  const made = kernel.pids.createNamespace(parent);
  if (isRefusal(made)) return made;
  if (kernel.preset.pidMaxPerNamespace) made.pidMax = PID_MAX_LIMIT;
  kernel.pidOwners.set(made, userNs);
  return made;
}

/** A task with a memory of its own enters the time namespace that was meant for it. */
function withTimeEntered(namespaces: NsProxy): NsProxy {
  const { time, timeForChildren } = namespaces;
  return time === timeForChildren ? namespaces : { ...namespaces, time: timeForChildren };
}
