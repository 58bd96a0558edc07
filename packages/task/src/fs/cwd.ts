// chdir, fchdir, chroot: where a task's relative and absolute paths start.
import { assert, refuse } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';
import { CAP_SYS_CHROOT } from '../cred/capability.ts';
import { nsCapable } from '../cred/cred.ts';
import type { OpenFile } from '../files/open-file.ts';
import type { Looker } from './fs-struct.ts';
import { MAY_EXEC } from './mode.ts';
import type { WalkErrno } from './walk.ts';
import { isDirectory, lookupPath } from './walk.ts';
import { inodePermission } from './permission.ts';

/**
 * chdir(2): ENOTDIR, EACCES without search permission, and what a walk answers.
 *
 * @see fs/open.c, SYSCALL_DEFINE1(chdir), v6.12
 */
export function chdir(looker: Looker, name: string): Refusal<WalkErrno> | null {
  const path = lookupPath(looker, name, { wantsDirectory: true });
  if ('ok' in path) return path;
  assert(path.dentry.inode !== null, 'an existing directory');
  const refused = inodePermission(looker.cred, path.dentry.inode, MAY_EXEC);
  if (refused !== null) return refused;
  looker.fs.pwd = path;
  return null;
}

/**
 * fchdir(2) to an open directory, O_PATH ones included.
 *
 * @see fs/open.c, SYSCALL_DEFINE1(fchdir), v6.12
 */
export function fchdir(looker: Looker, file: OpenFile): Refusal<WalkErrno> | null {
  const { inode } = file.path.dentry;
  if (inode === null || !isDirectory(inode)) return refuse('ENOTDIR', 'not a directory');
  const refused = inodePermission(looker.cred, inode, MAY_EXEC);
  if (refused !== null) return refused;
  looker.fs.pwd = file.path;
  return null;
}

/**
 * chroot(2): as chdir for the root, EPERM without CAP_SYS_CHROOT.
 *
 * @see fs/open.c, SYSCALL_DEFINE1(chroot), v6.12
 */
export function chroot(looker: Looker, name: string): Refusal<WalkErrno | 'EPERM'> | null {
  const path = lookupPath(looker, name, { wantsDirectory: true });
  if ('ok' in path) return path;
  assert(path.dentry.inode !== null, 'an existing directory');
  const refused = inodePermission(looker.cred, path.dentry.inode, MAY_EXEC);
  if (refused !== null) return refused;
  if (!nsCapable(looker.cred, looker.cred.userNs, CAP_SYS_CHROOT)) {
    return refuse('EPERM', 'needs CAP_SYS_CHROOT');
  }
  looker.fs.root = path;
  return null;
}
