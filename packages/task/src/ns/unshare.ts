// unshare(2): a task stops sharing what it shares, and gets new namespaces.

import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import { CAP_SYS_ADMIN } from '../cred/capability.ts';
import { nsCapable } from '../cred/cred.ts';
import { leaveSemUndo } from '../ipc/semaphores.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { copyFs, dupFiles, enterNewMounts, putFiles, putFs } from '../task/parts.ts';
import type { Task } from '../task/task.ts';
import { CLONE_FLAGS } from '../uapi/clone-flags.ts';
import { CLONE_NS_FLAGS, createNamespaces, type NamespacesErrno } from './copy-namespaces.ts';
import { createUserNamespace } from './create-user-namespace.ts';

const {
  CLONE_FILES,
  CLONE_FS,
  CLONE_NEWNS,
  CLONE_NEWUSER,
  CLONE_SIGHAND,
  CLONE_SYSVSEM,
  CLONE_THREAD,
  CLONE_VM,
} = CLONE_FLAGS;

const KNOWN =
  CLONE_FILES |
  CLONE_FS |
  CLONE_NEWUSER |
  CLONE_SIGHAND |
  CLONE_SYSVSEM |
  CLONE_THREAD |
  CLONE_VM |
  CLONE_NS_FLAGS;

/**
 * unshare(2). EINVAL for flags that are none, and for what other threads or tasks share and cannot be
 * left; EPERM for a namespace without CAP_SYS_ADMIN.
 * @see kernel/fork.c, ksys_unshare(), check_unshare_flags(), v6.12
 */
export function unshare(
  kernel: Kernel,
  caller: Task,
  wanted: number,
): Refusal<NamespacesErrno> | undefined {
  const flags = implied(wanted);
  if ((flags & ~KNOWN) !== 0) return refuse('EINVAL', 'a flag unshare does not know');
  const refusal = refuseShared(caller, flags);
  if (refusal !== undefined) return refusal;
  const cred = (flags & CLONE_NEWUSER) !== 0 ? createUserNamespace(kernel, caller) : caller.cred;
  if (isRefusal(cred)) return cred;
  const namespaces = newNamespaces(kernel, caller, flags, cred.userNs);
  if (isRefusal(namespaces)) return namespaces;
  if ((flags & (CLONE_SYSVSEM | CLONE_FLAGS.CLONE_NEWIPC)) !== 0) leaveSemUndo(caller);
  caller.nsproxy = namespaces;
  if (cred !== caller.cred) {
    kernel.ucounts.of(caller.cred.userNs, caller.cred.uid).addTasks(-1);
    kernel.ucounts.of(cred.userNs, cred.uid).addTasks(1);
    caller.cred = cred;
  }
  leaveFiles(caller, flags);
  return undefined;
}

function newNamespaces(
  kernel: Kernel,
  caller: Task,
  flags: number,
  userNs: Task['cred']['userNs'],
): Task['nsproxy'] | Refusal<NamespacesErrno> {
  if ((flags & CLONE_NS_FLAGS) === 0) return caller.nsproxy;
  const isMaker = userNs !== caller.cred.userNs;
  if (!isMaker && !nsCapable(caller.cred, userNs, CAP_SYS_ADMIN)) {
    return refuse('EPERM', 'a new namespace needs CAP_SYS_ADMIN');
  }
  return createNamespaces(kernel, caller, flags, userNs);
}

/** Some flags bring others with them. */
function implied(wanted: number): number {
  let flags = wanted;
  if ((flags & CLONE_NEWUSER) !== 0) flags |= CLONE_THREAD | CLONE_FS;
  if ((flags & CLONE_VM) !== 0) flags |= CLONE_SIGHAND;
  if ((flags & CLONE_SIGHAND) !== 0) flags |= CLONE_THREAD;
  if ((flags & CLONE_NEWNS) !== 0) flags |= CLONE_FS;
  return flags;
}

function refuseShared(caller: Task, flags: number): Refusal<'EINVAL'> | undefined {
  const { group, sighand, mm } = caller;
  const alone = (flags & (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM)) !== 0;
  if (alone && !group.isSingle) return refuse('EINVAL', 'the process has other threads');
  if ((flags & (CLONE_SIGHAND | CLONE_VM)) !== 0 && sighand.users > 1) {
    return refuse('EINVAL', 'signal actions are shared');
  }
  if ((flags & CLONE_VM) !== 0 && (mm?.users ?? 0) > 1) {
    return refuse('EINVAL', 'the memory is shared');
  }
  return undefined;
}

function leaveFiles(caller: Task, flags: number): void {
  if ((flags & CLONE_FS) !== 0 && caller.fs !== null && caller.fs.users > 1) {
    putFs(caller.fs);
    caller.fs = copyFs(caller.fs);
  }
  if ((flags & CLONE_NEWNS) !== 0 && caller.fs !== null) enterNewMounts(caller.fs);
  if ((flags & CLONE_FILES) !== 0 && caller.files !== null && caller.files.users > 1) {
    const copy = dupFiles(caller.files);
    putFiles(caller.files);
    caller.files = copy;
  }
}
