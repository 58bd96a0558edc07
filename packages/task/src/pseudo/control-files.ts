// File systems whose files are functions: reading one asks the kernel, writing one tells it something.
// proc and cgroup are made of them.

import { isRefusal, type Refusal } from '@forkless/errors';
import type { FileOperations, IoErrno, OpenFile } from '../files/open-file.ts';
import { inodeOf } from '../files/regular.ts';
import { putWriteAccess, type Inode } from '../fs/inode.ts';
import { S_IFDIR, S_IFREG } from '../fs/mode.ts';
import { createInode, type FileSystemType } from '../fs/super-block.ts';

/** What reading and writing one file means. */
export interface ControlFile {
  read?(): string;
  write?(text: string): Refusal<IoErrno> | undefined;
}

const ACCESS_MODES = { read: 0o444, write: 0o200, both: 0o644 } as const;

function contentOf(file: OpenFile): Uint8Array {
  const text = (inodeOf(file).data as ControlFile).read?.() ?? '';
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** @see fs/kernfs/file.c, kernfs_fop_read_iter(), kernfs_fop_write_iter(), v6.12 */
export const CONTROL_OPS: FileOperations = {
  kind: 'control',
  isSeekable: true,
  read(file, count) {
    const data = contentOf(file).subarray(file.offset, file.offset + count);
    file.offset += data.length;
    return data;
  },
  write(file, data) {
    const control = inodeOf(file).data as ControlFile;
    const answer = control.write?.(String.fromCharCode(...data));
    return isRefusal(answer) ? answer : data.length;
  },
  release(file) {
    if (file.canWrite) putWriteAccess(inodeOf(file));
  },
};

/** Puts a file into a directory of such a file system. */
export function addControlFile(directory: Inode, name: string, control: ControlFile): void {
  const access = control.write === undefined ? 'read' : control.read ? 'both' : 'write';
  const mode = S_IFREG | ACCESS_MODES[access];
  const inode = createInode(directory.sb, { mode, data: control, home: 0 });
  inode.nlink = 1;
  directory.entries.set(name, inode);
}

/** Puts a directory into a directory of such a file system, and returns it. */
export function addDirectory(directory: Inode, name: string): Inode {
  const inode = createInode(directory.sb, { mode: S_IFDIR | 0o555, home: 0 });
  inode.nlink = 2;
  directory.nlink++;
  directory.entries.set(name, inode);
  return inode;
}

/** A type of file system whose regular files are control files. */
export function controlFileSystem(
  name: string,
  hooks: Pick<FileSystemType, 'onCreate' | 'onRemoveDirectory'> = {},
): FileSystemType {
  return { name, isInMemory: false, cachesNegative: false, fileOps: CONTROL_OPS, ...hooks };
}
