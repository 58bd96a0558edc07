// mount(2) and umount(2): a new instance somewhere, or new flags for one that is there.
import { refuse } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';
import { CAP_SYS_ADMIN } from '../cred/capability.ts';
import { nsCapable } from '../cred/cred.ts';
import { createDentry } from './dentry.ts';
import type { Looker } from './fs-struct.ts';
import {
  MNT_FLAGS,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_RDONLY,
  MS_REMOUNT,
  attachMount,
  createMount,
  detachMount,
} from './mount.ts';
import { TMPFS, createSuperBlock } from './super-block.ts';
import type { SuperBlock } from './super-block.ts';
import type { WalkErrno } from './walk.ts';
import { isDirectory, lookupPath } from './walk.ts';

/** What the call is given. */
export interface MountRequest {
  readonly path: string;
  readonly fstype: string;
  /** MS_ flags. */
  readonly flags: number;
  /** Options of the file system; tmpfs knows `mode=`. */
  readonly data?: string;
}

/** Makes an instance of a file system from its options; by the name of its type. */
export type FileSystemMakers = Readonly<Record<string, (data: string) => SuperBlock>>;

/** What mount and umount can answer. */
export type MountErrno = WalkErrno | 'EINVAL' | 'ENODEV' | 'EPERM';

/**
 * mount(2). EPERM without CAP_SYS_ADMIN, ENODEV for an unknown file system, EINVAL for a remount
 * of something that is no mount root, ENOTDIR. MS_RDONLY makes the whole instance read-only; the other
 * flags belong to the mount.
 *
 * MODEL: bind mounts, moves and propagation are left out.
 *
 * @see fs/namespace.c, path_mount(), v6.12
 */
export function mount(
  looker: Looker,
  request: MountRequest,
  others: FileSystemMakers = {},
): Refusal<MountErrno> | null {
  const at = lookupPath(looker, request.path);
  if ('ok' in at) return at;
  if (!nsCapable(looker.cred, looker.cred.userNs, CAP_SYS_ADMIN)) {
    return refuse('EPERM', 'needs CAP_SYS_ADMIN');
  }
  const isReadOnly = (request.flags & MS_RDONLY) !== 0;
  const own = request.flags & (MS_NOSUID | MS_NODEV | MS_NOEXEC);
  if ((request.flags & MS_REMOUNT) !== 0) {
    if (at.dentry !== at.mount.root) return refuse('EINVAL', 'nothing is mounted here');
    at.mount.sb.isReadOnly = isReadOnly;
    at.mount.flags = (at.mount.flags & ~MNT_FLAGS) | own | (isReadOnly ? MS_RDONLY : 0);
    return null;
  }
  const make = request.fstype === TMPFS.name ? makeTmpfs : others[request.fstype];
  if (make === undefined) return refuse('ENODEV', 'no such file system');
  if (!isDirectory(at.dentry.inode)) return refuse('ENOTDIR', 'not a directory');
  const sb = make(request.data ?? '');
  sb.isReadOnly = isReadOnly;
  sb.root.home = looker.node;
  const root = createDentry(null, '/', sb.root, looker.node);
  attachMount(createMount(at.mount.ns, sb, root, own | (isReadOnly ? MS_RDONLY : 0)), at);
  return null;
}

function makeTmpfs(data: string): SuperBlock {
  const option = data.split(',').find((part) => part.startsWith('mode='));
  const mode = option === undefined ? 0o1777 : Number.parseInt(option.slice('mode='.length), 8);
  return createSuperBlock(TMPFS, mode);
}

/**
 * umount(2): EINVAL when nothing is mounted there, EPERM without CAP_SYS_ADMIN.
 *
 * MODEL: a mount in use is not busy; what was opened below it stays usable.
 *
 * @see fs/namespace.c, path_umount(), v6.12
 */
export function umount(looker: Looker, name: string): Refusal<MountErrno> | null {
  const at = lookupPath(looker, name);
  if ('ok' in at) return at;
  if (!nsCapable(looker.cred, looker.cred.userNs, CAP_SYS_ADMIN)) {
    return refuse('EPERM', 'needs CAP_SYS_ADMIN');
  }
  if (at.dentry !== at.mount.root || at.mount.parent === null) {
    return refuse('EINVAL', 'nothing is mounted here');
  }
  detachMount(at.mount);
  return null;
}
