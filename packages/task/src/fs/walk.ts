// The path walk: from a text to a place, one name after the other, with symbolic links, mounts and search
// permission. Names are byte strings, one character a byte. What the cache does not have is allocated on
// the looker's node.
import { refuse } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';
import type { Dentry } from './dentry.ts';
import { createDentry, hashDentry } from './dentry.ts';
import type { Looker } from './fs-struct.ts';
import type { Inode } from './inode.ts';
import { MAY_EXEC, S_IFDIR, S_IFLNK, isType } from './mode.ts';
import type { Path } from './mount.ts';
import { followMounts } from './mount.ts';
import { inodePermission } from './permission.ts';

/** Bytes of a path with its terminating NUL. */
export const PATH_MAX = 4096;
/** Bytes of one name. */
export const NAME_MAX = 255;
/** Symbolic links followed in one walk. */
export const MAXSYMLINKS = 40;

/** What a walk can answer. */
export type WalkErrno = 'EACCES' | 'ELOOP' | 'ENAMETOOLONG' | 'ENOENT' | 'ENOTDIR' | 'EROFS';

/** The last name of a walk and what kind it is. */
export interface LastName {
  readonly name: string;
  /** `root`: the path was only slashes. */
  readonly type: 'norm' | 'dot' | 'dotdot' | 'root';
  readonly hasTrailingSlash: boolean;
}

/** A walk under way (`struct nameidata`). */
export interface Walk {
  readonly looker: Looker;
  path: Path;
  linkCount: number;
}

/** Where a walk ended before its last name. */
export interface ParentWalk {
  readonly walk: Walk;
  readonly last: LastName;
}

/**
 * The checks on a path text before any walk: ENOENT when empty (unless allowed), ENAMETOOLONG from 4096
 * bytes on.
 *
 * @see fs/namei.c, getname_flags(), v6.12
 */
export function checkName(
  name: string,
  allowEmpty = false,
): Refusal<'ENAMETOOLONG' | 'ENOENT'> | null {
  if (name.length >= PATH_MAX) return refuse('ENAMETOOLONG', 'path of 4096 bytes or more');
  if (name === '' && !allowEmpty) return refuse('ENOENT', 'empty path');
  return null;
}

/** A walk that starts at `base`, or at the cwd. */
export function startWalk(looker: Looker, base?: Path): Walk {
  return { looker, path: base ?? looker.fs.pwd, linkCount: 0 };
}

/**
 * Walks all names but the last. EACCES without search permission, ENOENT, ENOTDIR for a name below
 * something that is no directory, ELOOP beyond 40 links. Cost: the number of names.
 *
 * @see fs/namei.c, link_path_walk(), v6.12
 */
export function walkParent(walk: Walk, name: string): LastName | Refusal<WalkErrno> {
  if (name.startsWith('/')) walk.path = walk.looker.fs.root;
  let at = skipSlashes(name, 0);
  if (at === name.length) {
    return {
      name: '',
      type: name === '' ? 'dot' : 'root',
      hasTrailingSlash: false,
    };
  }
  for (;;) {
    const refused = maySearch(walk);
    if (refused !== null) return refused;
    const slash = name.indexOf('/', at);
    const end = slash === -1 ? name.length : slash;
    const component = name.slice(at, end);
    at = skipSlashes(name, end);
    if (at === name.length) {
      return {
        name: component,
        type: lastType(component),
        hasTrailingSlash: end < at,
      };
    }
    const stepped = stepFollowing(walk, component);
    if (stepped !== null) return stepped;
    if (!isDirectory(walk.path.dentry.inode)) {
      return refuse('ENOTDIR', 'a name below something that is no directory');
    }
  }
}

/**
 * Goes to the last name. `follow` decides what a symbolic link there means; a trailing slash always
 * follows and demands a directory. The dentry reached may be negative only if `mayBeNegative`.
 *
 * @see fs/namei.c, lookup_last(), v6.12
 */
export function walkLast(
  walk: Walk,
  first: LastName,
  options: { readonly follow: boolean; readonly wantsDirectory?: boolean },
): Path | Refusal<WalkErrno> {
  let last = first;
  let wantsDirectory = options.wantsDirectory ?? false;
  let follow = options.follow;
  for (;;) {
    if (last.hasTrailingSlash) {
      wantsDirectory = true;
      follow = true;
    }
    const link = stepInto(walk, last, follow);
    if (link === null) break;
    if (typeof link !== 'string') return link;
    const next = walkParent(walk, link);
    if ('ok' in next) return next;
    last = next;
  }
  if (wantsDirectory && !isDirectory(walk.path.dentry.inode)) {
    return refuse('ENOTDIR', 'not a directory');
  }
  return walk.path;
}

/** How `lookupPath` treats the last name. */
export interface LookupOptions {
  /** A symbolic link as last name is followed; the default. */
  readonly follow?: boolean;
  readonly allowEmpty?: boolean;
  readonly wantsDirectory?: boolean;
  /** Where a relative path starts; the cwd if absent. */
  readonly base?: Path;
}

/**
 * The place `name` leads to; it exists.
 *
 * @see fs/namei.c, path_lookupat(), v6.12
 */
export function lookupPath(
  looker: Looker,
  name: string,
  options: LookupOptions = {},
): Path | Refusal<WalkErrno> {
  const bad = checkName(name, options.allowEmpty);
  if (bad !== null) return bad;
  const walk = startWalk(looker, options.base);
  if (name === '') return walk.path;
  const last = walkParent(walk, name);
  if ('ok' in last) return last;
  return walkLast(walk, last, {
    follow: options.follow ?? true,
    ...(options.wantsDirectory === undefined ? {} : { wantsDirectory: options.wantsDirectory }),
  });
}

/**
 * The directory `name` lies in, and its last name.
 *
 * @see fs/namei.c, filename_parentat(), v6.12
 */
export function lookupParent(
  looker: Looker,
  name: string,
  base?: Path,
): ParentWalk | Refusal<WalkErrno> {
  const bad = checkName(name);
  if (bad !== null) return bad;
  const walk = startWalk(looker, base);
  const last = walkParent(walk, name);
  return 'ok' in last ? last : { walk, last };
}

/**
 * The dentry of `name` in a directory, from the cache or from the file system; negative when there is no
 * such name. A miss allocates on the looker's node.
 *
 * @see fs/namei.c, lookup_fast(), __lookup_slow(), v6.12
 */
export function lookupDentry(
  looker: Looker,
  directory: Dentry,
  name: string,
): Dentry | Refusal<'ENAMETOOLONG'> {
  const cached = directory.children.get(name);
  if (cached !== undefined) return cached;
  if (name.length > NAME_MAX) return refuse('ENAMETOOLONG', 'name of more than 255 bytes');
  const parent = directory.inode;
  const inode = parent?.entries.get(name) ?? null;
  looker.onAlloc?.('dentry', looker.node);
  const dentry = createDentry(directory, name, inode, looker.node);
  if (inode !== null && inode.home === null) {
    inode.home = looker.node;
    looker.onAlloc?.('inode', looker.node);
  }
  if (inode !== null || parent?.sb.type.cachesNegative === true) hashDentry(dentry);
  return dentry;
}

/** Whether the inode is a directory. */
export function isDirectory(inode: Inode | null): boolean {
  return inode !== null && isType(inode.mode, S_IFDIR);
}

function skipSlashes(name: string, from: number): number {
  let at = from;
  while (name[at] === '/') at++;
  return at;
}

function lastType(component: string): LastName['type'] {
  if (component === '.') return 'dot';
  return component === '..' ? 'dotdot' : 'norm';
}

function maySearch(walk: Walk): Refusal<WalkErrno> | null {
  const { inode } = walk.path.dentry;
  if (inode === null) return refuse('ENOENT', 'the directory is gone');
  if (!isType(inode.mode, S_IFDIR)) return refuse('ENOTDIR', 'not a directory');
  return inodePermission(walk.looker.cred, inode, MAY_EXEC);
}

function stepFollowing(walk: Walk, component: string): Refusal<WalkErrno> | null {
  const last = {
    name: component,
    type: lastType(component),
    hasTrailingSlash: false,
  };
  const link = stepInto(walk, last, true);
  if (link === null) return null;
  if (typeof link !== 'string') return link;
  const inner = walkParent(walk, link);
  if ('ok' in inner) return inner;
  const reached = walkLast(walk, inner, { follow: true });
  return 'ok' in reached ? reached : null;
}

/** Moves the walk to `last`; for a link to follow it stays in the directory and returns the target. */
function stepInto(walk: Walk, last: LastName, follow: boolean): string | Refusal<WalkErrno> | null {
  if (last.type === 'root' || last.type === 'dot') return null;
  if (last.type === 'dotdot') {
    walk.path = parentOf(walk);
    return null;
  }
  const dentry = lookupDentry(walk.looker, walk.path.dentry, last.name);
  if ('ok' in dentry) return dentry;
  if (dentry.inode === null) return refuse('ENOENT', 'no such name');
  if (follow && isType(dentry.inode.mode, S_IFLNK)) {
    if (walk.linkCount++ >= MAXSYMLINKS) return refuse('ELOOP', 'more than 40 symbolic links');
    return dentry.inode.target;
  }
  walk.path = followMounts({ mount: walk.path.mount, dentry });
  return null;
}

function parentOf(walk: Walk): Path {
  const { root } = walk.looker.fs;
  let { mount, dentry } = walk.path;
  while (!(mount === root.mount && dentry === root.dentry)) {
    if (dentry !== mount.root) return followMounts({ mount, dentry: dentry.parent });
    if (mount.parent === null || mount.mountpoint === null) break;
    dentry = mount.mountpoint;
    mount = mount.parent;
  }
  return { mount, dentry };
}
