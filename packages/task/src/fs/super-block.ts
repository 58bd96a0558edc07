// File systems: a tree of inodes below one root, and how it treats names that are not there.
import type { Refusal } from '@forkless/errors';
import type { FileOperations } from '../files/open-file.ts';
import type { Inode } from './inode.ts';
import { S_IFDIR, isType } from './mode.ts';

/** What kind of file system it is; decides how long names stay in the dentry cache. */
export interface FileSystemType {
  readonly name: string;
  /** Everything lives in the caches, so a name is cached from its creation on (tmpfs). */
  readonly isInMemory: boolean;
  /** Names that were looked for and not found are remembered (ext4, not tmpfs). */
  readonly cachesNegative: boolean;
  /** Told of each new inode that has been given a name, to fill in what it stands for. */
  readonly onCreate?: (inode: Inode, directory: Inode, name: string) => void;
  /** Removes a directory that is more than its names; null when it is done. */
  readonly onRemoveDirectory?: (
    directory: Inode,
    name: string,
  ) => Refusal<'EBUSY' | 'ENOENT'> | null;
  /** What reading and writing its regular files means, if not bytes with an offset. */
  readonly fileOps?: FileOperations;
}

/**
 * A mounted file system instance.
 *
 * @see include/linux/fs.h, struct super_block, v6.12
 */
export interface SuperBlock {
  readonly type: FileSystemType;
  /** SB_RDONLY. */
  isReadOnly: boolean;
  readonly root: Inode;
  inoNext: number;
  /** Changes of inodes so far: the time of this file system. */
  changeCount: number;
}

export const TMPFS: FileSystemType = {
  name: 'tmpfs',
  isInMemory: true,
  cachesNegative: false,
};
export const EXT4: FileSystemType = {
  name: 'ext4',
  isInMemory: false,
  cachesNegative: true,
};

/** What a new inode is given. */
export interface InodeFields {
  readonly mode: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly target?: string;
  readonly device?: string;
  readonly content?: Uint8Array;
  readonly home?: number;
  readonly data?: unknown;
}

/** The content of every file that is empty. */
const NO_BYTES = new Uint8Array(0);
/** The names in whatever is no directory: there are none, ever. */
const NO_ENTRIES = new Map<string, Inode>();

/** Makes an inode that has no name yet. */
export function createInode(sb: SuperBlock, fields: InodeFields): Inode {
  const now = ++sb.changeCount;
  return {
    ino: sb.inoNext++,
    sb,
    mode: fields.mode,
    uid: fields.uid ?? 0,
    gid: fields.gid ?? 0,
    nlink: 0,
    mtime: now,
    ctime: now,
    home: fields.home ?? null,
    writeCount: 0,
    content: fields.content ?? NO_BYTES,
    entries: isType(fields.mode, S_IFDIR) ? new Map<string, Inode>() : NO_ENTRIES,
    target: fields.target ?? '',
    device: fields.device ?? '',
    data: fields.data,
  };
}

/** An empty file system whose root directory has the given mode (type bits added) and owner. */
export function createSuperBlock(type: FileSystemType, mode = 0o755): SuperBlock {
  const sb = { type, isReadOnly: false, inoNext: 1, changeCount: 0 } as SuperBlock & {
    root: Inode;
  };
  sb.root = createInode(sb, { mode: S_IFDIR | mode });
  sb.root.nlink = 2;
  return sb;
}
