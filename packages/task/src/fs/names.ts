// The calls that make, remove and move names: mkdir, mknod, symlink, link, unlink, rmdir, rename.
import { assert, refuse } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';
import { CAP_MKNOD } from '../cred/capability.ts';
import { capable } from '../cred/cred.ts';
import type { Dentry } from './dentry.ts';
import { hashDentry, unhashDentry } from './dentry.ts';
import type { Looker } from './fs-struct.ts';
import { touchTimes, type Inode } from './inode.ts';
import {
  MAY_EXEC,
  MAY_WRITE,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_ISGID,
  S_ISVTX,
  isType,
} from './mode.ts';
import type { Path } from './mount.ts';
import { isMountReadOnly } from './mount.ts';
import { inodePermission, isKeptBySticky } from './permission.ts';
import { createInode } from './super-block.ts';
import type { InodeFields } from './super-block.ts';
import type { ParentWalk, WalkErrno } from './walk.ts';
import { isDirectory, lookupDentry, lookupParent, lookupPath } from './walk.ts';

/** What these calls can answer. */
export type NameErrno =
  | WalkErrno
  | 'EBUSY'
  | 'EEXIST'
  | 'EINVAL'
  | 'EISDIR'
  | 'ENOTEMPTY'
  | 'EPERM'
  | 'EXDEV';

/**
 * Finds the place of a new name: EEXIST if it is taken, ENOENT for a trailing slash on anything but a new
 * directory, EROFS, EACCES without write and search permission in the directory.
 *
 * @see fs/namei.c, filename_create(), may_create(), v6.12
 */
function placeForNew(
  looker: Looker,
  name: string,
  options: { readonly isDirectory: boolean; readonly base?: Path },
): { parent: Path; dentry: Dentry } | Refusal<NameErrno> {
  const found = lookupParent(looker, name, options.base);
  if ('ok' in found) return found;
  const { walk, last } = found;
  if (last.type !== 'norm') return refuse('EEXIST', 'the path names a directory that is there');
  const dentry = lookupDentry(looker, walk.path.dentry, last.name);
  if ('ok' in dentry) return dentry;
  if (dentry.inode !== null) return refuse('EEXIST', 'the name is taken');
  if (last.hasTrailingSlash && !options.isDirectory) {
    return refuse('ENOENT', 'a trailing slash on something that is not a directory');
  }
  if (isMountReadOnly(walk.path.mount)) return refuse('EROFS', 'mounted read-only');
  const refused = mayCreateIn(looker, walk.path.dentry);
  return refused ?? { parent: walk.path, dentry };
}

/**
 * May a name be added to this directory?
 *
 * @see fs/namei.c, may_create(), v6.12
 */
export function mayCreateIn(
  looker: Looker,
  directory: Dentry,
): Refusal<'EACCES' | 'ENOENT' | 'EROFS'> | null {
  const { inode } = directory;
  if (inode === null || inode.nlink === 0) return refuse('ENOENT', 'the directory was removed');
  return inodePermission(looker.cred, inode, MAY_WRITE | MAY_EXEC);
}

/**
 * Fills a negative dentry with a new inode owned by the looker; the group and, for directories, the
 * set-gid bit come from a set-gid directory. The caller has checked the permission.
 *
 * @see fs/inode.c, inode_init_owner(), v6.12
 */
export function instantiate(looker: Looker, dentry: Dentry, fields: InodeFields): Inode {
  const directory = dentry.parent.inode;
  assert(directory !== null && dentry.inode === null, 'a new name goes to a negative dentry');
  const isInherited = (directory.mode & S_ISGID) !== 0;
  const keepsBit = isInherited && isType(fields.mode, S_IFDIR);
  const inode = createInode(directory.sb, {
    ...fields,
    mode: keepsBit ? fields.mode | S_ISGID : fields.mode,
    uid: looker.cred.fsuid,
    gid: isInherited ? directory.gid : looker.cred.fsgid,
    home: looker.node,
  });
  looker.onAlloc?.('inode', looker.node);
  addName(dentry, inode);
  directory.sb.type.onCreate?.(inode, directory, dentry.name);
  return inode;
}

function addName(dentry: Dentry, inode: Inode): void {
  const directory = dentry.parent.inode;
  assert(directory !== null, 'a parent has an inode');
  directory.entries.set(dentry.name, inode);
  if (isType(inode.mode, S_IFDIR)) {
    inode.nlink = 2;
    directory.nlink++;
  } else {
    inode.nlink++;
    touchTimes(inode, 'attributes');
  }
  dentry.inode = inode;
  hashDentry(dentry);
}

/** mkdir(2); the umask applies. */
export function mkdir(
  looker: Looker,
  name: string,
  mode: number,
  base?: Path,
): Inode | Refusal<NameErrno> {
  const place = placeForNew(looker, name, {
    isDirectory: true,
    ...(base ? { base } : {}),
  });
  if ('ok' in place) return place;
  const bits = mode & ~looker.fs.umask & (0o777 | S_ISVTX);
  return instantiate(looker, place.dentry, { mode: S_IFDIR | bits });
}

/**
 * mknod(2) for FIFOs, sockets and devices; `device` says what stands behind a device node. EPERM for a
 * device without CAP_MKNOD.
 */
export function mknod(
  looker: Looker,
  name: string,
  mode: number,
  device = '',
): Inode | Refusal<NameErrno> {
  const place = placeForNew(looker, name, { isDirectory: false });
  if ('ok' in place) return place;
  const isDevice = isType(mode, S_IFCHR) || isType(mode, S_IFBLK);
  if (isDevice && !capable(looker.cred, CAP_MKNOD)) return refuse('EPERM', 'needs CAP_MKNOD');
  const bits = mode & ~looker.fs.umask & ~S_IFMT;
  return instantiate(looker, place.dentry, {
    mode: (mode & S_IFMT) | bits,
    device,
  });
}

/** symlink(2); ENOENT for an empty target. */
export function symlink(looker: Looker, target: string, name: string): Inode | Refusal<NameErrno> {
  if (target === '') return refuse('ENOENT', 'empty target');
  const place = placeForNew(looker, name, { isDirectory: false });
  if ('ok' in place) return place;
  return instantiate(looker, place.dentry, { mode: S_IFLNK | 0o777, target });
}

/**
 * link(2): EPERM for a directory, EXDEV across mounts, ENOENT for a file without any name left.
 *
 * @see fs/namei.c, do_linkat(), vfs_link(), v6.12
 */
export function link(looker: Looker, target: string, name: string): Inode | Refusal<NameErrno> {
  const old = lookupPath(looker, target, { follow: false });
  if ('ok' in old) return old;
  const place = placeForNew(looker, name, { isDirectory: false });
  if ('ok' in place) return place;
  const { inode } = old.dentry;
  assert(inode !== null, 'a path that was looked up exists');
  if (old.mount !== place.parent.mount) return refuse('EXDEV', 'another mount');
  if (isType(inode.mode, S_IFDIR)) return refuse('EPERM', 'a directory has one name');
  if (inode.nlink === 0) return refuse('ENOENT', 'the file was removed');
  addName(place.dentry, inode);
  return inode;
}

/**
 * May this entry be removed? EACCES, EPERM by the sticky bit, ENOTDIR or EISDIR by its type, EBUSY for a
 * root.
 *
 * @see fs/namei.c, may_delete(), v6.12
 */
function mayDelete(
  looker: Looker,
  dentry: Dentry,
  wantsDirectory: boolean,
): Refusal<NameErrno> | null {
  const directory = dentry.parent.inode;
  assert(directory !== null && dentry.inode !== null, 'the entry and its directory exist');
  const refused = inodePermission(looker.cred, directory, MAY_WRITE | MAY_EXEC);
  if (refused !== null) return refused;
  if (isKeptBySticky(looker.cred, directory, dentry.inode)) {
    return refuse('EPERM', 'a sticky directory');
  }
  const isDir = isType(dentry.inode.mode, S_IFDIR);
  if (wantsDirectory && !isDir) return refuse('ENOTDIR', 'not a directory');
  if (!wantsDirectory && isDir) return refuse('EISDIR', 'a directory');
  return null;
}

function isMountpoint(path: Path, dentry: Dentry): boolean {
  for (const below of path.mount.ns.mounts.values()) if (below.has(dentry)) return true;
  return false;
}

function removeName(dentry: Dentry): void {
  const directory = dentry.parent.inode;
  const { inode } = dentry;
  assert(directory !== null && inode !== null, 'the entry and its directory exist');
  directory.entries.delete(dentry.name);
  if (isType(inode.mode, S_IFDIR)) {
    inode.nlink = 0;
    directory.nlink--;
  } else {
    inode.nlink--;
    touchTimes(inode, 'attributes');
  }
  unhashDentry(dentry);
}

/**
 * unlink(2): EISDIR for a directory, ENOTDIR for a trailing slash, EBUSY for a mount point.
 *
 * @see fs/namei.c, do_unlinkat(), v6.12
 */
export function unlink(looker: Looker, name: string): Refusal<NameErrno> | null {
  const found = entryToRemove(looker, name);
  if ('ok' in found) return found;
  const { last, dentry, parent } = found;
  if (last.hasTrailingSlash) {
    return isDirectory(dentry.inode)
      ? refuse('EISDIR', 'a directory')
      : refuse('ENOTDIR', 'a trailing slash on a file');
  }
  const refused = mayDelete(looker, dentry, false);
  if (refused !== null) return refused;
  if (isMountpoint(parent, dentry)) return refuse('EBUSY', 'a mount point');
  removeName(dentry);
  return null;
}

/**
 * rmdir(2): ENOTEMPTY, EINVAL for `.`, EBUSY for a mount point or the root.
 *
 * @see fs/namei.c, do_rmdir(), v6.12
 */
export function rmdir(looker: Looker, name: string): Refusal<NameErrno> | null {
  const parentWalk = lookupParent(looker, name);
  if ('ok' in parentWalk) return parentWalk;
  if (parentWalk.last.type === 'dotdot') return refuse('ENOTEMPTY', 'the path ends in ..');
  if (parentWalk.last.type === 'dot') return refuse('EINVAL', 'the path ends in .');
  if (parentWalk.last.type === 'root') return refuse('EBUSY', 'the root');
  const found = entryOf(looker, parentWalk);
  if ('ok' in found) return found;
  const refused = mayDelete(looker, found.dentry, true);
  if (refused !== null) return refused;
  if (isMountpoint(found.parent, found.dentry)) return refuse('EBUSY', 'a mount point');
  const unremoved = removeContent(found.dentry);
  if (unremoved !== null) return unremoved;
  removeName(found.dentry);
  return null;
}

/** A directory goes when it is empty, or when its file system says so. */
function removeContent({ inode, parent, name }: Dentry): Refusal<NameErrno> | null {
  const remove = inode?.sb.type.onRemoveDirectory;
  if (remove !== undefined && parent.inode !== null) return remove(parent.inode, name);
  return (inode?.entries.size ?? 0) > 0 ? refuse('ENOTEMPTY', 'not empty') : null;
}

interface FoundEntry {
  readonly parent: Path;
  readonly dentry: Dentry;
  readonly last: ParentWalk['last'];
}

function entryToRemove(looker: Looker, name: string): FoundEntry | Refusal<NameErrno> {
  const parentWalk = lookupParent(looker, name);
  if ('ok' in parentWalk) return parentWalk;
  if (parentWalk.last.type !== 'norm') return refuse('EISDIR', 'a directory');
  return entryOf(looker, parentWalk);
}

function entryOf(looker: Looker, found: ParentWalk): FoundEntry | Refusal<NameErrno> {
  const { walk, last } = found;
  if (isMountReadOnly(walk.path.mount)) return refuse('EROFS', 'mounted read-only');
  const dentry = lookupDentry(looker, walk.path.dentry, last.name);
  if ('ok' in dentry) return dentry;
  if (dentry.inode === null) return refuse('ENOENT', 'no such name');
  return { parent: walk.path, dentry, last };
}

/**
 * rename(2), which replaces what the new name held: EXDEV across mounts, EBUSY for `.`, `..` and mount
 * points, EINVAL into itself, ENOTEMPTY, and ENOTDIR or EISDIR when only one of the two is a directory.
 *
 * @see fs/namei.c, do_renameat2(), vfs_rename(), v6.12
 */
export function rename(looker: Looker, from: string, to: string): Refusal<NameErrno> | null {
  const old = lookupParent(looker, from);
  if ('ok' in old) return old;
  const next = lookupParent(looker, to);
  if ('ok' in next) return next;
  if (old.walk.path.mount !== next.walk.path.mount) return refuse('EXDEV', 'another mount');
  if (old.last.type !== 'norm') return refuse('EBUSY', 'the old path ends in . or ..');
  if (next.last.type !== 'norm') return refuse('EBUSY', 'the new path ends in . or ..');
  const source = entryOf(looker, old);
  if ('ok' in source) return source;
  const target = lookupDentry(looker, next.walk.path.dentry, next.last.name);
  if ('ok' in target) return target;
  const isDir = isDirectory(source.dentry.inode);
  if (!isDir && (old.last.hasTrailingSlash || next.last.hasTrailingSlash)) {
    return refuse('ENOTDIR', 'a trailing slash on a file');
  }
  if (source.dentry !== target) {
    if (isAtOrBelow(target, source.dentry)) return refuse('EINVAL', 'into itself');
    if (isAtOrBelow(source.dentry, target)) return refuse('ENOTEMPTY', 'onto an ancestor');
  }
  if (source.dentry.inode === target.inode) return null;
  const refused =
    mayDelete(looker, source.dentry, isDir) ??
    (target.inode === null
      ? mayCreateIn(looker, next.walk.path.dentry)
      : mayDelete(looker, target, isDir));
  if (refused !== null) return refused;
  if (isMountpoint(source.parent, source.dentry) || isMountpoint(source.parent, target)) {
    return refuse('EBUSY', 'a mount point');
  }
  if (isDir && (target.inode?.entries.size ?? 0) > 0) return refuse('ENOTEMPTY', 'not empty');
  moveName(source.dentry, target);
  return null;
}

function isAtOrBelow(dentry: Dentry, top: Dentry): boolean {
  for (let at = dentry; ; at = at.parent) {
    if (at === top) return true;
    if (at.parent === at) return false;
  }
}

function moveName(source: Dentry, target: Dentry): void {
  const { inode } = source;
  assert(inode !== null, 'the source exists');
  if (target.inode !== null) removeName(target);
  else unhashDentry(target);
  const isDir = isType(inode.mode, S_IFDIR);
  const oldDirectory = source.parent.inode;
  const newDirectory = target.parent.inode;
  assert(oldDirectory !== null && newDirectory !== null, 'directories have inodes');
  oldDirectory.entries.delete(source.name);
  unhashDentry(source);
  newDirectory.entries.set(target.name, inode);
  touchTimes(inode, 'attributes');
  if (isDir) {
    oldDirectory.nlink--;
    newDirectory.nlink++;
  }
  source.name = target.name;
  source.parent = target.parent;
  hashDentry(source);
}
