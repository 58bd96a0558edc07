// May one task look into another? The rule of ptrace, which pidfd_getfd, kcmp and /proc share.
import { CAP_SYS_PTRACE, capIsSubset } from './capability.ts';
import type { Dumpable } from './commit-creds.ts';
import { SUID_DUMP_USER } from './commit-creds.ts';
import type { Cred } from './cred.ts';
import { nsCapable } from './cred.ts';

/** The task that is looked at. */
export interface AccessTarget {
  readonly cred: Cred;
  readonly mm: Dumpable | null;
}

/** Which of the caller's ids count: the real ones (ptrace, getfd) or the file-system ones (/proc). */
export type AccessMode = 'real' | 'fs';

/**
 * Whether `caller` may access `target`: same ids on all three of the target's, or CAP_SYS_PTRACE; a
 * target that is not dumpable or has more permitted capabilities needs CAP_SYS_PTRACE too. The caller
 * checks "same thread group" itself, which is always allowed.
 *
 * @see kernel/ptrace.c, __ptrace_may_access(); security/commoncap.c, cap_ptrace_access_check(), v6.12
 */
export function ptraceMayAccess(caller: Cred, target: AccessTarget, mode: AccessMode): boolean {
  const theirs = target.cred;
  const uid = mode === 'real' ? caller.uid : caller.fsuid;
  const gid = mode === 'real' ? caller.gid : caller.fsgid;
  const hasCap = nsCapable(caller, theirs.userNs, CAP_SYS_PTRACE);
  const isSame =
    uid === theirs.euid &&
    uid === theirs.suid &&
    uid === theirs.uid &&
    gid === theirs.egid &&
    gid === theirs.sgid &&
    gid === theirs.gid;
  if (!isSame && !hasCap) return false;
  if (target.mm !== null && target.mm.dumpable !== SUID_DUMP_USER && !hasCap) return false;
  const caps = mode === 'real' ? caller.capPermitted : caller.capEffective;
  const isCovered = caller.userNs === theirs.userNs && capIsSubset(theirs.capPermitted, caps);
  return isCovered || hasCap;
}
