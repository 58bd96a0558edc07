// The credentials a program starts with: set-id bits, what uid 0 is worth, ambient capabilities, and the
// reasons for which all that is withheld.
import { CAP_EMPTY_SET, CAP_SETUID, CAP_SYS_PTRACE, capIsSubset, capUnion } from './capability.ts';
import type { Cred } from './cred.ts';
import { inGroup, nsCapable } from './cred.ts';
import { SECBIT_KEEP_CAPS, SECBIT_NOROOT } from './securebits.ts';

/** What exec knows when it computes credentials. */
export interface ExecCredInput {
  readonly old: Cred;
  /** Owner, group and mode of the file that is finally loaded, with the mount's consent to set-id. */
  readonly file: {
    readonly uid: number;
    readonly gid: number;
    readonly mode: number;
    readonly maySuid: boolean;
  };
  readonly noNewPrivs: boolean;
  /** The fs_struct is shared with a task outside the thread group. */
  readonly sharesFs: boolean;
  /** Credentials of the tracer, if any. */
  readonly tracer?: Cred | undefined;
}

/** The computed credentials and what they mean for the rest of exec. */
export interface ExecCred {
  readonly cred: Cred;
  /** AT_SECURE of the new program. */
  readonly secureExec: boolean;
  /** Set-id bits were honoured, so personality flags that weaken a program are cleared. */
  readonly clearsPersonality: boolean;
}

const S_ISUID = 0o4000;
const S_ISGID = 0o2000;
const S_IXGRP = 0o0010;

/**
 * Credentials after exec, in the kernel's order: ids from the file, capabilities from uid 0 and the
 * bounding set, the downgrade of an unsafe exec, ambient and effective sets, KEEP_CAPS off.
 *
 * MODEL: no file has capabilities of its own (security.capability), so those rules are left out.
 *
 * @see fs/exec.c, bprm_fill_uid(); security/commoncap.c, cap_bprm_creds_from_file(), v6.18
 */
export function computeExecCred(input: ExecCredInput): ExecCred {
  const { old } = input;
  const fromFile = fillIds(input);
  const ids = fromFile.cred;
  const root = rootPrivileges(ids);
  const gained = !capIsSubset(root.permitted, old.capPermitted);
  const idChanged = ids.euid !== old.euid || !inGroup(old, ids.egid);
  const isUnsafe = input.noNewPrivs || input.sharesFs || isTracedByLess(input.tracer, old);
  let { euid, egid } = ids;
  let { permitted } = root;
  if ((idChanged || gained) && isUnsafe) {
    if (!nsCapable(old, ids.userNs, CAP_SETUID) || input.noNewPrivs) {
      euid = ids.uid;
      egid = ids.gid;
    }
    permitted &= old.capPermitted;
  }
  const ambient = idChanged ? CAP_EMPTY_SET : ids.capAmbient;
  permitted = capUnion(permitted, ambient);
  const effective = root.isEffective ? permitted : ambient;
  const cred: Cred = {
    uid: ids.uid,
    gid: ids.gid,
    suid: euid,
    sgid: egid,
    euid,
    egid,
    fsuid: euid,
    fsgid: egid,
    groups: ids.groups,
    securebits: ids.securebits & ~SECBIT_KEEP_CAPS,
    capInheritable: ids.capInheritable,
    capPermitted: permitted,
    capEffective: effective,
    capBset: ids.capBset,
    capAmbient: ambient,
    userNs: ids.userNs,
  };
  const secureExec =
    idChanged ||
    euid !== old.uid ||
    egid !== old.gid ||
    (cred.uid !== 0 && (root.isEffective || !capIsSubset(permitted, ambient)));
  return { cred, secureExec, clearsPersonality: fromFile.isSetId };
}

function fillIds(input: ExecCredInput): { cred: Cred; isSetId: boolean } {
  const { old, file } = input;
  if (!file.maySuid || input.noNewPrivs) return { cred: old, isSetId: false };
  const isSuid = (file.mode & S_ISUID) !== 0;
  const isSgid = (file.mode & (S_ISGID | S_IXGRP)) === (S_ISGID | S_IXGRP);
  if (!isSuid && !isSgid) return { cred: old, isSetId: false };
  const cred = {
    ...old,
    euid: isSuid ? file.uid : old.euid,
    egid: isSgid ? file.gid : old.egid,
  };
  return { cred, isSetId: true };
}

function rootPrivileges(ids: Cred): {
  permitted: bigint;
  isEffective: boolean;
} {
  if ((ids.securebits & SECBIT_NOROOT) !== 0)
    return { permitted: CAP_EMPTY_SET, isEffective: false };
  const isAny = ids.euid === 0 || ids.uid === 0;
  return {
    permitted: isAny ? capUnion(ids.capBset, ids.capInheritable) : CAP_EMPTY_SET,
    isEffective: ids.euid === 0,
  };
}

function isTracedByLess(tracer: Cred | undefined, old: Cred): boolean {
  return tracer !== undefined && !nsCapable(tracer, old.userNs, CAP_SYS_PTRACE);
}
