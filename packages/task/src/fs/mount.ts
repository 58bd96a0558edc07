// Mounts: which file system shows up where, and under which rules. A namespace is one tree of mounts.
import type { Dentry } from './dentry.ts';
import { createDentry } from './dentry.ts';
import type { SuperBlock } from './super-block.ts';

export const MS_RDONLY = 1;
export const MS_NOSUID = 2;
export const MS_NODEV = 4;
export const MS_NOEXEC = 8;
export const MS_REMOUNT = 32;
export const MS_BIND = 4096;

/** The flags a mount itself keeps. */
export const MNT_FLAGS = MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC;

/**
 * A mounted tree.
 *
 * @see fs/mount.h, struct mount, v6.12
 */
export interface Mount {
  readonly sb: SuperBlock;
  readonly root: Dentry;
  /** Null for the root of the namespace. */
  parent: Mount | null;
  mountpoint: Dentry | null;
  /** MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC. */
  flags: number;
  readonly ns: MountNamespace;
}

/** A mount namespace: every mount, found by where it is mounted. */
export interface MountNamespace {
  /** Topmost mount on a dentry of a mount. */
  readonly mounts: Map<Mount, Map<Dentry, Mount>>;
  root: Mount;
}

/** A place in the tree of names. */
export interface Path {
  readonly mount: Mount;
  readonly dentry: Dentry;
}

/** A namespace with one mount, `sb` as its root. */
export function createMountNamespace(sb: SuperBlock, home = 0): MountNamespace {
  const ns = { mounts: new Map() } as unknown as MountNamespace;
  sb.root.home ??= home;
  ns.root = createMount(ns, sb, createDentry(null, '/', sb.root, home), 0);
  return ns;
}

/** A mount that hangs nowhere yet. */
export function createMount(
  ns: MountNamespace,
  sb: SuperBlock,
  root: Dentry,
  flags: number,
): Mount {
  return {
    sb,
    root,
    parent: null,
    mountpoint: null,
    flags: flags & MNT_FLAGS,
    ns,
  };
}

/** Hangs `mount` over `at`. */
export function attachMount(mount: Mount, at: Path): void {
  mount.parent = at.mount;
  mount.mountpoint = at.dentry;
  const { mounts } = at.mount.ns;
  const below = mounts.get(at.mount) ?? new Map<Dentry, Mount>();
  below.set(at.dentry, mount);
  mounts.set(at.mount, below);
}

/** Takes a mount off its place. */
export function detachMount(mount: Mount): void {
  if (mount.parent === null || mount.mountpoint === null) return;
  mount.ns.mounts.get(mount.parent)?.delete(mount.mountpoint);
  mount.parent = null;
  mount.mountpoint = null;
}

/** The path that shows at `path` once everything mounted over it counts. */
export function followMounts(path: Path): Path {
  let at = path;
  for (;;) {
    const over = at.mount.ns.mounts.get(at.mount)?.get(at.dentry);
    if (over === undefined) return at;
    at = { mount: over, dentry: over.root };
  }
}

/** Whether files reached through this mount can never be executed. */
export function isNoexec(mount: Mount): boolean {
  return (mount.flags & MS_NOEXEC) !== 0;
}

/**
 * Whether set-id bits count here: not with nosuid, and not through another namespace's mount.
 *
 * @see fs/namespace.c, mnt_may_suid(), v6.12
 */
export function mntMaySuid(mount: Mount, ns: MountNamespace): boolean {
  return (mount.flags & MS_NOSUID) === 0 && mount.ns === ns;
}

/** Whether writing through this mount is impossible. */
export function isMountReadOnly(mount: Mount): boolean {
  return (mount.flags & MS_RDONLY) !== 0 || mount.sb.isReadOnly;
}

/** Where each mount of the old namespace is in the copy. */
export type MountCopy = ReadonlyMap<Mount, Mount>;

/**
 * A copy of a namespace: the same file systems mounted in the same places, as CLONE_NEWNS makes one. The
 * map tells where an fs_struct's root and cwd have moved.
 *
 * @see fs/namespace.c, copy_mnt_ns(), v6.12
 */
export function copyMountNamespace(old: MountNamespace): {
  readonly ns: MountNamespace;
  readonly moved: MountCopy;
} {
  const ns = { mounts: new Map() } as unknown as MountNamespace;
  const moved = new Map<Mount, Mount>();
  const copy = (mount: Mount): Mount => {
    const made = createMount(ns, mount.sb, mount.root, mount.flags);
    moved.set(mount, made);
    for (const [dentry, child] of old.mounts.get(mount) ?? []) {
      attachMount(copy(child), { mount: made, dentry });
    }
    return made;
  };
  ns.root = copy(old.root);
  return { ns, moved };
}
