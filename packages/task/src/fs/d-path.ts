// The text form of a place: what /proc shows for a descriptor, a working directory or a program.
import { nameOfDentry } from './dentry.ts';
import type { Mount, Path } from './mount.ts';

/**
 * The absolute name of `path` seen from `root`, with ` (deleted)` behind a name that is gone. Files without
 * a place (pipes, sockets) give their own text. Cost: the depth.
 *
 * @see fs/d_path.c, d_path(), v6.12
 */
export function dPath(path: Path, root: Path): string {
  if (path.dentry.pseudo !== undefined) return nameOfDentry(path.dentry);
  const suffix = path.dentry.isHashed || path.dentry.parent === path.dentry ? '' : ' (deleted)';
  return `${joinNames(path, root)}${suffix}`;
}

function joinNames(path: Path, root: Path): string {
  const names: string[] = [];
  let mount: Mount | null = path.mount;
  let { dentry } = path;
  while (!(mount === root.mount && dentry === root.dentry)) {
    if (dentry === mount.root || dentry.parent === dentry) {
      if (mount.parent === null || mount.mountpoint === null) break;
      dentry = mount.mountpoint;
      mount = mount.parent;
      continue;
    }
    names.push(dentry.name);
    ({ parent: dentry } = dentry);
  }
  return `/${names.toReversed().join('/')}`;
}
