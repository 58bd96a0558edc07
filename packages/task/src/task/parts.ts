// The joint between what a process is and what it holds: the descriptor table and the place in the file
// system, as far as clone, exit and pidfds touch them. Their insides stand in files/ and fs/.

import { refuse, type Refusal } from '@forkless/errors';
import type { Cgroup } from '../cgroup/cgroup.ts';
import type { Pidfd } from '../pidfd/pidfd.ts';

/** What a descriptor leads to: a process, or the directory of a control group. */
export interface Slot {
  readonly pidfd?: Pidfd;
  readonly cgroup?: Cgroup;
}

/** A descriptor table. @see include/linux/fdtable.h, struct files_struct */
export interface FilesStruct {
  /** Tasks that use it. */
  users: number;
  readonly slots: Map<number, Slot>;
}

/** Working directory, root and umask. @see include/linux/fs_struct.h, struct fs_struct */
export interface FsStruct {
  /** Tasks that use it. */
  users: number;
  umask: number;
}

/** An empty table. */
export function createFiles(): FilesStruct {
  return { users: 1, slots: new Map() };
}

/** A table of its own with the same open files. @see fs/file.c, dup_fd() */
export function dupFiles(files: FilesStruct): FilesStruct {
  for (const { pidfd } of files.slots.values()) pidfd?.get();
  return { users: 1, slots: new Map(files.slots) };
}

/** One user less; the last one closes everything. @see fs/file.c, put_files_struct() */
export function putFiles(files: FilesStruct): void {
  if (--files.users > 0) return;
  for (const { pidfd } of files.slots.values()) pidfd?.put();
  files.slots.clear();
}

/** The lowest free descriptor below `end` (RLIMIT_NOFILE); EMFILE when there is none. */
export function unusedFd(files: FilesStruct, end: number): number | Refusal<'EMFILE'> {
  for (let fd = 0; fd < end; fd++) if (!files.slots.has(fd)) return fd;
  return refuse('EMFILE', `all descriptors below ${end} are in use`);
}

/** Puts a pidfd under a free descriptor, close-on-exec. */
export function installPidfd(files: FilesStruct, fd: number, pidfd: Pidfd): void {
  files.slots.set(fd, { pidfd });
}

/** The pidfd under a descriptor; EBADF when there is none. */
export function pidfdAt(files: FilesStruct, fd: number): Pidfd | Refusal<'EBADF'> {
  return files.slots.get(fd)?.pidfd ?? refuse('EBADF', `descriptor ${fd} is no pidfd`);
}

/** The control group whose directory is open under a descriptor; EBADF when there is none. */
export function cgroupAt(files: FilesStruct, fd: number): Cgroup | Refusal<'EBADF'> {
  return files.slots.get(fd)?.cgroup ?? refuse('EBADF', `descriptor ${fd} is no control group`);
}

/** A place at the root. */
export function createFs(): FsStruct {
  return { users: 1, umask: 0o022 };
}

/** What a task made without CLONE_FS gets. @see fs/fs_struct.c, copy_fs_struct() */
export function copyFs(fs: FsStruct): FsStruct {
  return { ...fs, users: 1 };
}

/** One user less. */
export function putFs(fs: FsStruct): void {
  fs.users--;
}
