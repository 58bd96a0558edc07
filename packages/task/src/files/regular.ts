// Regular files, directories and memfds: bytes with an offset.
import { assert, refuse } from '@forkless/errors';
import type { Inode } from '../fs/inode.ts';
import { putWriteAccess, touchTimes } from '../fs/inode.ts';
import { S_ISGID, S_ISUID, S_IXGRP } from '../fs/mode.ts';
import { O_APPEND } from './open-flags.ts';
import type { FileOperations, IoResult, OpenFile } from './open-file.ts';

/** Regular files of every file system here. */
export const REGULAR_OPS: FileOperations = {
  kind: 'regular',
  isSeekable: true,
  canDirect: true,
  read: regularRead,
  write: regularWrite,
  size: (file) => inodeOf(file).content.length,
  release: (file) => {
    if (file.canWrite) putWriteAccess(inodeOf(file));
  },
};

/** Files of memfd_create, which do not count as writers of their inode. */
export const MEMFD_OPS: FileOperations = {
  kind: 'memfd',
  isSeekable: true,
  canDirect: true,
  read: regularRead,
  write: regularWrite,
  size: (file) => inodeOf(file).content.length,
};

/** Directories: they have an offset, but reading them takes another call. */
export const DIRECTORY_OPS: FileOperations = {
  kind: 'directory',
  isSeekable: true,
  read: () => refuse('EISDIR', 'a directory'),
  size: () => 0,
};

/** The inode behind an open file. */
export function inodeOf(file: OpenFile): Inode {
  const { inode } = file.path.dentry;
  assert(inode !== null, 'an open file has an inode');
  return inode;
}

function regularRead(file: OpenFile, count: number): IoResult<Uint8Array> {
  const { content } = inodeOf(file);
  const data = content.slice(file.offset, file.offset + count);
  file.offset += data.length;
  return data;
}

function regularWrite(file: OpenFile, data: Uint8Array): IoResult<number> {
  const inode = inodeOf(file);
  if ((file.flags & O_APPEND) !== 0) file.offset = inode.content.length;
  if (data.length === 0) return 0;
  const end = file.offset + data.length;
  if (end > inode.content.length) {
    const grown = new Uint8Array(end);
    grown.set(inode.content);
    inode.content = grown;
  }
  inode.content.set(data, file.offset);
  inode.format = undefined;
  touchTimes(inode, 'content');
  file.offset = end;
  return data.length;
}

/**
 * What a change of content or owner by someone unprivileged leaves of a mode: set-uid goes, set-gid goes
 * where it means set-gid.
 *
 * @see fs/attr.c, setattr_should_drop_suidgid(), v6.12
 */
export function dropSetid(mode: number): number {
  const kept = mode & ~S_ISUID;
  return (mode & S_IXGRP) === 0 ? kept : kept & ~S_ISGID;
}
