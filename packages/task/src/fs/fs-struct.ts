// fs_struct: root directory, working directory and umask of a task, shared with CLONE_FS.
import type { Cred } from '../cred/cred.ts';
import type { MountCopy, MountNamespace, Path } from './mount.ts';

/**
 * Where a task stands in the tree of names.
 *
 * @see include/linux/fs_struct.h, struct fs_struct, v6.12
 */
export interface FsStruct {
  /** Tasks that share it. */
  users: number;
  umask: number;
  root: Path;
  pwd: Path;
}

/** What a walk can allocate. */
export type FsObject = 'dentry' | 'inode' | 'filp';

/** Who looks something up: rights, starting points, and the node new cache entries land on. */
export interface Looker {
  readonly cred: Cred;
  readonly fs: FsStruct;
  /** NUMA node of the CPU the walk runs on. */
  readonly node: number;
  /** Told about each object the walk allocates, all on `node`. */
  readonly onAlloc?: ((object: FsObject, node: number) => void) | undefined;
}

/** An fs_struct at the root of a namespace, umask 022. */
export function createFsStruct(ns: MountNamespace): FsStruct {
  const path = { mount: ns.root, dentry: ns.root.root };
  return { users: 1, umask: 0o022, root: path, pwd: path };
}

/**
 * What a task made without CLONE_FS gets.
 *
 * @see fs/fs_struct.c, copy_fs_struct(), v6.12
 */
export function copyFsStruct(fs: FsStruct): FsStruct {
  return { users: 1, umask: fs.umask, root: fs.root, pwd: fs.pwd };
}

/** Moves root and cwd into a copied namespace. */
export function moveFsStruct(fs: FsStruct, moved: MountCopy): void {
  fs.root = movePath(fs.root, moved);
  fs.pwd = movePath(fs.pwd, moved);
}

function movePath(path: Path, moved: MountCopy): Path {
  const mount = moved.get(path.mount);
  return mount === undefined ? path : { mount, dentry: path.dentry };
}

/** umask(2): sets the mask, returns the old one. */
export function setUmask(fs: FsStruct, mask: number): number {
  const old = fs.umask;
  fs.umask = mask & 0o777;
  return old;
}
