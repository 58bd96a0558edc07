// The calls that set ids: which change is allowed, and what it does to the saved and file-system ids and
// to the capabilities. Each builds new credentials; `commitCreds` makes them the task's.
import { refuse } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';
import { CAP_EMPTY_SET, CAP_FS_SET, CAP_SETGID, CAP_SETUID } from './capability.ts';
import type { Cred } from './cred.ts';
import { nsCapable } from './cred.ts';
import { SECBIT_KEEP_CAPS, SECBIT_NO_SETUID_FIXUP } from './securebits.ts';

/** Supplementary groups a process can have. */
export const NGROUPS_MAX = 65536;

const KEEP = -1;
type IdErrno = 'EINVAL' | 'EPERM';

/**
 * What leaving or entering uid 0 does to the capabilities: with the last of the three ids gone from 0 all
 * of permitted and effective go (unless KEEP_CAPS), effective follows the effective uid.
 *
 * @see security/commoncap.c, cap_emulate_setxuid() and cap_task_fix_setuid(), v6.12
 */
export function fixCapsAfterSetuid(next: Cred, old: Cred): Cred {
  if ((old.securebits & SECBIT_NO_SETUID_FIXUP) !== 0) return next;
  const wasRoot = old.uid === 0 || old.euid === 0 || old.suid === 0;
  const isRoot = next.uid === 0 || next.euid === 0 || next.suid === 0;
  let { capPermitted, capEffective, capAmbient } = next;
  if (wasRoot && !isRoot) {
    if ((next.securebits & SECBIT_KEEP_CAPS) === 0) {
      capPermitted = CAP_EMPTY_SET;
      capEffective = CAP_EMPTY_SET;
    }
    capAmbient = CAP_EMPTY_SET;
  }
  if (old.euid === 0 && next.euid !== 0) capEffective = CAP_EMPTY_SET;
  if (old.euid !== 0 && next.euid === 0) capEffective = capPermitted;
  return { ...next, capPermitted, capEffective, capAmbient };
}

function isBadId(id: number): boolean {
  return !Number.isInteger(id) || id < KEEP || id >= 0xffffffff;
}

/** Three ids as setresuid and setresgid take them; -1 keeps one. */
export interface ThreeIds {
  readonly real: number;
  readonly effective: number;
  readonly saved: number;
}

/**
 * setresuid(2). EPERM unless each new id is one of the three current ones or CAP_SETUID is held; EINVAL
 * for an id that cannot be mapped.
 *
 * @see kernel/sys.c, __sys_setresuid(), v6.12
 */
export function setresuid(cred: Cred, ids: ThreeIds): Cred | Refusal<IdErrno> {
  const given = [ids.real, ids.effective, ids.saved];
  if (given.some(isBadId)) return refuse('EINVAL', 'not an id');
  const current = [cred.uid, cred.euid, cred.suid];
  const isForeign = given.some((id) => id !== KEEP && !current.includes(id));
  if (isForeign && !nsCapable(cred, cred.userNs, CAP_SETUID)) {
    return refuse('EPERM', 'an id that is none of the three, without CAP_SETUID');
  }
  const euid = ids.effective === KEEP ? cred.euid : ids.effective;
  const next: Cred = {
    ...cred,
    uid: ids.real === KEEP ? cred.uid : ids.real,
    euid,
    suid: ids.saved === KEEP ? cred.suid : ids.saved,
    fsuid: euid,
  };
  return fixCapsAfterSetuid(next, cred);
}

/**
 * setresgid(2). As setresuid, with CAP_SETGID and without an effect on capabilities.
 *
 * @see kernel/sys.c, __sys_setresgid(), v6.12
 */
export function setresgid(cred: Cred, ids: ThreeIds): Cred | Refusal<IdErrno> {
  const given = [ids.real, ids.effective, ids.saved];
  if (given.some(isBadId)) return refuse('EINVAL', 'not an id');
  const current = [cred.gid, cred.egid, cred.sgid];
  const isForeign = given.some((id) => id !== KEEP && !current.includes(id));
  if (isForeign && !nsCapable(cred, cred.userNs, CAP_SETGID)) {
    return refuse('EPERM', 'an id that is none of the three, without CAP_SETGID');
  }
  const egid = ids.effective === KEEP ? cred.egid : ids.effective;
  return {
    ...cred,
    gid: ids.real === KEEP ? cred.gid : ids.real,
    egid,
    sgid: ids.saved === KEEP ? cred.sgid : ids.saved,
    fsgid: egid,
  };
}

/**
 * setreuid(2). The real id may become the real or effective one, the effective id any of the three; the
 * saved id follows when the real one is set or the effective one leaves the old real one.
 *
 * @see kernel/sys.c, __sys_setreuid(), v6.12
 */
export function setreuid(cred: Cred, real: number, effective: number): Cred | Refusal<IdErrno> {
  if (isBadId(real) || isBadId(effective)) return refuse('EINVAL', 'not an id');
  const isAllowed =
    (real === KEEP || [cred.uid, cred.euid].includes(real)) &&
    (effective === KEEP || [cred.uid, cred.euid, cred.suid].includes(effective));
  if (!isAllowed && !nsCapable(cred, cred.userNs, CAP_SETUID)) {
    return refuse('EPERM', 'a foreign id without CAP_SETUID');
  }
  const euid = effective === KEEP ? cred.euid : effective;
  const takesSaved = real !== KEEP || (effective !== KEEP && effective !== cred.uid);
  const next: Cred = {
    ...cred,
    uid: real === KEEP ? cred.uid : real,
    euid,
    suid: takesSaved ? euid : cred.suid,
    fsuid: euid,
  };
  return fixCapsAfterSetuid(next, cred);
}

/**
 * setregid(2): as setreuid, for groups and without an effect on capabilities.
 *
 * @see kernel/sys.c, __sys_setregid(), v6.12
 */
export function setregid(cred: Cred, real: number, effective: number): Cred | Refusal<IdErrno> {
  if (isBadId(real) || isBadId(effective)) return refuse('EINVAL', 'not an id');
  const isAllowed =
    (real === KEEP || [cred.gid, cred.egid].includes(real)) &&
    (effective === KEEP || [cred.gid, cred.egid, cred.sgid].includes(effective));
  if (!isAllowed && !nsCapable(cred, cred.userNs, CAP_SETGID)) {
    return refuse('EPERM', 'a foreign id without CAP_SETGID');
  }
  const egid = effective === KEEP ? cred.egid : effective;
  const takesSaved = real !== KEEP || (effective !== KEEP && effective !== cred.gid);
  return {
    ...cred,
    gid: real === KEEP ? cred.gid : real,
    egid,
    sgid: takesSaved ? egid : cred.sgid,
    fsgid: egid,
  };
}

/**
 * setuid(2): all ids with CAP_SETUID, else only the effective one, to the real or saved one.
 *
 * @see kernel/sys.c, __sys_setuid(), v6.12
 */
export function setuid(cred: Cred, uid: number): Cred | Refusal<IdErrno> {
  if (isBadId(uid) || uid === KEEP) return refuse('EINVAL', 'not an id');
  const isPrivileged = nsCapable(cred, cred.userNs, CAP_SETUID);
  if (!isPrivileged && uid !== cred.uid && uid !== cred.suid) {
    return refuse('EPERM', 'neither the real nor the saved id, without CAP_SETUID');
  }
  const all = isPrivileged ? { uid, suid: uid } : {};
  return fixCapsAfterSetuid({ ...cred, ...all, euid: uid, fsuid: uid }, cred);
}

/**
 * setgid(2): as setuid, for groups.
 *
 * @see kernel/sys.c, __sys_setgid(), v6.12
 */
export function setgid(cred: Cred, gid: number): Cred | Refusal<IdErrno> {
  if (isBadId(gid) || gid === KEEP) return refuse('EINVAL', 'not an id');
  if (nsCapable(cred, cred.userNs, CAP_SETGID)) {
    return { ...cred, gid, sgid: gid, egid: gid, fsgid: gid };
  }
  if (gid !== cred.gid && gid !== cred.sgid) {
    return refuse('EPERM', 'neither the real nor the saved id, without CAP_SETGID');
  }
  return { ...cred, egid: gid, fsgid: gid };
}

/**
 * setfsuid(2) as far as it changes something: leaving 0 drops the file capabilities from the effective
 * set, entering it takes them from the permitted one. Returns the credentials unchanged if not allowed.
 *
 * @see kernel/sys.c, __sys_setfsuid(); security/commoncap.c, cap_task_fix_setuid(), v6.12
 */
export function setfsuid(cred: Cred, fsuid: number): Cred {
  const isOwn = [cred.uid, cred.euid, cred.suid, cred.fsuid].includes(fsuid);
  if (isBadId(fsuid) || fsuid === KEEP) return cred;
  if (!isOwn && !nsCapable(cred, cred.userNs, CAP_SETUID)) return cred;
  const next = { ...cred, fsuid };
  if ((cred.securebits & SECBIT_NO_SETUID_FIXUP) !== 0) return next;
  if (cred.fsuid === 0 && fsuid !== 0) {
    return { ...next, capEffective: cred.capEffective & ~CAP_FS_SET };
  }
  if (cred.fsuid !== 0 && fsuid === 0) {
    return {
      ...next,
      capEffective: cred.capEffective | (cred.capPermitted & CAP_FS_SET),
    };
  }
  return next;
}

/**
 * setgroups(2): EPERM without CAP_SETGID, EINVAL for more than 65536 groups or a bad id. The kernel keeps
 * the list sorted.
 *
 * @see kernel/groups.c, SYSCALL_DEFINE2(setgroups), v6.12
 */
export function setgroups(cred: Cred, groups: readonly number[]): Cred | Refusal<IdErrno> {
  if (!nsCapable(cred, cred.userNs, CAP_SETGID)) return refuse('EPERM', 'needs CAP_SETGID');
  if (groups.length > NGROUPS_MAX) return refuse('EINVAL', 'more than 65536 groups');
  if (groups.some((gid) => isBadId(gid) || gid === KEEP)) return refuse('EINVAL', 'not an id');
  return { ...cred, groups: groups.toSorted((a, b) => a - b) };
}
