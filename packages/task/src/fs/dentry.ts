// Dentries: names in the cache. A walk finds a name here or asks the file system, and then the new dentry
// (and an inode that was only on disk) is allocated on the node of whoever looked.
import type { Inode } from './inode.ts';

/**
 * A cached name. `inode` is null when the name is known not to exist.
 *
 * @see include/linux/dcache.h, struct dentry, v6.12
 */
export interface Dentry {
  name: string;
  /** The directory; itself for a root. */
  parent: Dentry;
  inode: Inode | null;
  /** Cached names in this directory. */
  readonly children: Map<string, Dentry>;
  /** False once the name is gone while someone still holds the dentry. */
  isHashed: boolean;
  /** NUMA node of the dentry's memory. */
  readonly home: number;
  /** Says what /proc shows instead of a path, for files that have none (`pipe:[1]`). */
  readonly pseudo?: (inode: Inode) => string;
}

/** A dentry of `parent`, not yet reachable from it. */
export function createDentry(
  parent: Dentry | null,
  name: string,
  inode: Inode | null,
  home: number,
): Dentry {
  const dentry = {
    name,
    inode,
    children: new Map(),
    isHashed: true,
    home,
  } as unknown as Dentry;
  dentry.parent = parent ?? dentry;
  return dentry;
}

/** The names below what is outside every tree: there are none, ever. */
const NO_CHILDREN = new Map<string, Dentry>();

/** A dentry outside every tree, for pipes, sockets and anonymous inodes. */
export function createPseudoDentry(
  pseudo: (inode: Inode) => string,
  inode: Inode,
  home: number,
): Dentry {
  const dentry = {
    name: '',
    inode,
    children: NO_CHILDREN,
    isHashed: true,
    home,
    pseudo,
  } as unknown as Dentry;
  dentry.parent = dentry;
  return dentry;
}

/** The name of a file, or what stands for it. @see fs/d_path.c, dentry->d_op->d_dname(), v6.12 */
export function nameOfDentry({ name, pseudo, inode }: Dentry): string {
  return pseudo === undefined || inode === null ? name : pseudo(inode);
}

/** Puts a dentry into its parent's cache. */
export function hashDentry(dentry: Dentry): void {
  dentry.isHashed = true;
  dentry.parent.children.set(dentry.name, dentry);
}

/** Takes a dentry out of its parent's cache; whoever holds it keeps it. */
export function unhashDentry(dentry: Dentry): void {
  dentry.isHashed = false;
  if (dentry.parent.children.get(dentry.name) === dentry)
    dentry.parent.children.delete(dentry.name);
}
