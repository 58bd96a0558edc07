// A cold cache: the names, inodes and pages of files are forgotten, and the next who looks allocates them
// anew on a node of its own.

import type { Kernel } from '../kernel/kernel.ts';
import type { Dentry } from './dentry.ts';
import { isDirectory } from './walk.ts';

/**
 * Forgets what is cached of the files in the tree of the first process, names that do not exist among it.
 * MODEL: directories stay, as if each were somebody's working directory. O(names in the cache).
 *
 * @see fs/drop_caches.c, drop_caches_sysctl_handler(), v6.12
 */
export function dropCaches(kernel: Kernel): void {
  const { fs } = kernel.init;
  if (fs !== null) dropBelow(kernel, fs.root.dentry);
}

function dropBelow(kernel: Kernel, directory: Dentry): void {
  for (const [name, { inode }] of directory.children) {
    if (isDirectory(inode)) {
      dropBelow(kernel, directory.children.get(name)!);
      continue;
    }
    directory.children.get(name)!.isHashed = false;
    directory.children.delete(name);
    if (inode === null) continue;
    inode.home = null;
    if (inode.content.length > 0) kernel.memory.truncate(kernel.cachedFile(inode.content));
  }
}
