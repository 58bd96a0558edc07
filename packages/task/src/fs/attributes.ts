// chmod, chown: changing what an inode says about itself.
import { assert, refuse } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';
import { CAP_CHOWN, CAP_FSETID } from '../cred/capability.ts';
import { inGroup, nsCapable } from '../cred/cred.ts';
import { dropSetid } from '../files/regular.ts';
import type { Looker } from './fs-struct.ts';
import { touchTimes } from './inode.ts';
import { MAY_WRITE, S_IALLUGO, S_IFDIR, S_ISGID, isType } from './mode.ts';
import type { Path } from './mount.ts';
import { isMountReadOnly } from './mount.ts';
import { inodePermission, isOwnerOrCapable } from './permission.ts';

/**
 * chmod(2) on a place: EROFS, EPERM unless owner. Set-gid is dropped for someone outside the group.
 *
 * @see fs/attr.c, setattr_prepare(), setattr_copy(), v6.12
 */
export function chmod(looker: Looker, path: Path, mode: number): Refusal<'EPERM' | 'EROFS'> | null {
  const { inode } = path.dentry;
  assert(inode !== null, 'an existing file');
  if (isMountReadOnly(path.mount)) return refuse('EROFS', 'mounted read-only');
  if (!isOwnerOrCapable(looker.cred, inode)) return refuse('EPERM', 'not the owner');
  let bits = mode & S_IALLUGO;
  const isMember =
    inGroup(looker.cred, inode.gid) || nsCapable(looker.cred, looker.cred.userNs, CAP_FSETID);
  if (!isMember) bits &= ~S_ISGID;
  inode.mode = (inode.mode & ~S_IALLUGO) | bits;
  touchTimes(inode, 'attributes');
  return null;
}

/**
 * chown(2) on a place; −1 keeps an id. EPERM unless CAP_CHOWN is held or the owner gives the file to a
 * group of its own. The set-id bits of a file go.
 *
 * @see fs/open.c, chown_common(); fs/attr.c, setattr_prepare(), v6.12
 */
export function chown(
  looker: Looker,
  path: Path,
  ids: { readonly uid: number; readonly gid: number },
): Refusal<'EPERM' | 'EROFS'> | null {
  const { inode } = path.dentry;
  assert(inode !== null, 'an existing file');
  const { cred } = looker;
  if (isMountReadOnly(path.mount)) return refuse('EROFS', 'mounted read-only');
  const hasCap = nsCapable(cred, cred.userNs, CAP_CHOWN);
  const uid = ids.uid === -1 ? inode.uid : ids.uid;
  const gid = ids.gid === -1 ? inode.gid : ids.gid;
  const isOwner = cred.fsuid === inode.uid;
  const mayUid = ids.uid === -1 || (isOwner && uid === inode.uid) || hasCap;
  const mayGid = ids.gid === -1 || (isOwner && (gid === inode.gid || inGroup(cred, gid))) || hasCap;
  if (!mayUid || !mayGid) return refuse('EPERM', 'not allowed to give the file away');
  touchTimes(inode, 'attributes');
  inode.uid = uid;
  inode.gid = gid;
  if (!isType(inode.mode, S_IFDIR)) inode.mode = dropSetid(inode.mode);
  return null;
}

/**
 * utimensat(2) to the present: EROFS, EACCES for who is neither the owner nor may write.
 *
 * @see fs/utimes.c, vfs_utimes(), v6.12
 */
export function touchFile(looker: Looker, path: Path): Refusal<'EACCES' | 'EROFS'> | null {
  const { inode } = path.dentry;
  assert(inode !== null, 'an existing file');
  if (isMountReadOnly(path.mount)) return refuse('EROFS', 'mounted read-only');
  const mayWrite =
    isOwnerOrCapable(looker.cred, inode) || inodePermission(looker.cred, inode, MAY_WRITE) === null;
  if (!mayWrite) return refuse('EACCES', 'neither the owner nor a writer');
  touchTimes(inode, 'content');
  return null;
}
