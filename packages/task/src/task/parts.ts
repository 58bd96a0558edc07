// The joint between what a process is and what it holds: the descriptor table and the place in the file
// system, as far as clone, exit and pidfds touch them. Their insides stand in files/ and fs/.

import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import { Cgroup } from '../cgroup/cgroup.ts';
import { createAnonFs, createAnonPath, type AnonFs } from '../files/anon-file.ts';
import { fileAt, installFd, type FilesStruct } from '../files/fd-table.ts';
import { FD_CLOEXEC, O_NONBLOCK, O_RDONLY, O_RDWR } from '../files/open-flags.ts';
import { createOpenFile, type FileOperations } from '../files/open-file.ts';
import { DIRECTORY_OPS } from '../files/regular.ts';
import { createFsStruct, moveFsStruct, type FsStruct } from '../fs/fs-struct.ts';
import { S_IFDIR } from '../fs/mode.ts';
import { copyMountNamespace, createMountNamespace } from '../fs/mount.ts';
import { createSuperBlock, TMPFS } from '../fs/super-block.ts';
import { Pidfd, PIDFD_THREAD } from '../pidfd/pidfd.ts';

export { dupFiles, dupFilesForFork } from '../files/dup-fd.ts';
export { createFiles, putFiles, unusedFd, type FilesStruct } from '../files/fd-table.ts';
export { copyFsStruct as copyFs, type FsStruct } from '../fs/fs-struct.ts';

const PIDFD_OPS: FileOperations = {
  kind: 'pidfd',
  isSeekable: false,
  release: ({ data }) => {
    (data as Pidfd).put();
  },
};

/** Puts a pidfd under a free descriptor, close-on-exec. */
export function installPidfd(anon: AnonFs, files: FilesStruct, fd: number, pidfd: Pidfd): void {
  const path = createAnonPath(anon, { mode: 0o600 }, () => 'anon_inode:[pidfd]');
  const flags = O_RDWR | (pidfd.nonblock ? O_NONBLOCK : 0) | (pidfd.isThread ? PIDFD_THREAD : 0);
  installFd(files, fd, createOpenFile({ ops: PIDFD_OPS, path, flags, data: pidfd }), FD_CLOEXEC);
}

/** The pidfd under a descriptor; EBADF when there is none. */
export function pidfdAt(files: FilesStruct, fd: number): Pidfd | Refusal<'EBADF'> {
  const file = fileAt(files, fd);
  if (isRefusal(file)) return file;
  if (!(file.data instanceof Pidfd)) return refuse('EBADF', `descriptor ${fd} is no pidfd`);
  file.data.nonblock = (file.flags & O_NONBLOCK) !== 0;
  return file.data;
}

/** Puts the directory of a control group under a free descriptor. */
export function installCgroup(files: FilesStruct, fd: number, cgroup: Cgroup): void {
  const fields = { mode: S_IFDIR | 0o755, data: cgroup };
  const path = createAnonPath(createAnonFs(), fields, () => '/sys/fs/cgroup');
  installFd(files, fd, createOpenFile({ ops: DIRECTORY_OPS, path, flags: O_RDONLY }));
}

/** The control group whose directory is open under a descriptor; EBADF when there is none. */
export function cgroupAt(files: FilesStruct, fd: number): Cgroup | Refusal<'EBADF'> {
  const file = fileAt(files, fd);
  if (isRefusal(file)) return file;
  const behind = file.path.dentry.inode?.data;
  return behind instanceof Cgroup
    ? behind
    : refuse('EBADF', `descriptor ${fd} is no control group`);
}

/** A place at the root of an empty tree of its own. */
export function createFs(): FsStruct {
  return createFsStruct(createMountNamespace(createSuperBlock(TMPFS)));
}

/** One user less. */
export function putFs(fs: FsStruct): void {
  fs.users--;
}

/** Root and cwd move into a copy of the mount namespace. @see fs/namespace.c, copy_mnt_ns() */
export function enterNewMounts(fs: FsStruct): void {
  moveFsStruct(fs, copyMountNamespace(fs.root.mount.ns).moved);
}
