// May these credentials read, write, execute or search this inode? Mode bits first, then capabilities.
import { refuse } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';
import { CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_FOWNER } from '../cred/capability.ts';
import type { Cred } from '../cred/cred.ts';
import { inGroup, nsCapable } from '../cred/cred.ts';
import type { Inode } from './inode.ts';
import {
  MAY_EXEC,
  MAY_READ,
  MAY_WRITE,
  S_IFDIR,
  S_IFLNK,
  S_IFREG,
  S_ISVTX,
  S_IXUGO,
  isType,
} from './mode.ts';

/**
 * EACCES when neither the one matching triple of mode bits nor a capability grants `mask` (MAY_READ,
 * MAY_WRITE, MAY_EXEC), EROFS for writing on a read-only file system. CAP_DAC_OVERRIDE does not execute a
 * file that nobody may execute.
 *
 * @see fs/namei.c, inode_permission(), generic_permission(), v6.12
 */
export function inodePermission(
  cred: Cred,
  inode: Inode,
  mask: number,
): Refusal<'EACCES' | 'EROFS'> | null {
  if ((mask & MAY_WRITE) !== 0 && inode.sb.isReadOnly) {
    const isStored = [S_IFREG, S_IFDIR, S_IFLNK].some((type) => isType(inode.mode, type));
    if (isStored) return refuse('EROFS', 'the file system is read-only');
  }
  if (grantsByMode(cred, inode, mask) || grantsByCapability(cred, inode, mask)) return null;
  return refuse('EACCES', 'mode bits and capabilities do not grant it');
}

function grantsByMode(cred: Cred, inode: Inode, mask: number): boolean {
  let bits = inode.mode;
  if (cred.fsuid === inode.uid) bits >>= 6;
  else if (inGroup(cred, inode.gid)) bits >>= 3;
  return (mask & ~bits & 7) === 0;
}

function grantsByCapability(cred: Cred, inode: Inode, mask: number): boolean {
  const has = (cap: number): boolean => nsCapable(cred, cred.userNs, cap);
  if (isType(inode.mode, S_IFDIR)) {
    if ((mask & MAY_WRITE) === 0 && has(CAP_DAC_READ_SEARCH)) return true;
    return has(CAP_DAC_OVERRIDE);
  }
  if (mask === MAY_READ && has(CAP_DAC_READ_SEARCH)) return true;
  const isExecutable = (mask & MAY_EXEC) === 0 || (inode.mode & S_IXUGO) !== 0;
  return isExecutable && has(CAP_DAC_OVERRIDE);
}

/** Whether `cred` owns the inode or may act as its owner. */
export function isOwnerOrCapable(cred: Cred, inode: Inode): boolean {
  return cred.fsuid === inode.uid || nsCapable(cred, cred.userNs, CAP_FOWNER);
}

/**
 * Whether a sticky directory keeps `cred` from removing or renaming this entry.
 *
 * @see fs/namei.c, __check_sticky(), v6.12
 */
export function isKeptBySticky(cred: Cred, directory: Inode, victim: Inode): boolean {
  if ((directory.mode & S_ISVTX) === 0) return false;
  if (victim.uid === cred.fsuid || directory.uid === cred.fsuid) return false;
  return !nsCapable(cred, cred.userNs, CAP_FOWNER);
}
