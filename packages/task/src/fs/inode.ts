// Inodes: what a file is, apart from its names. An inode has a home, the node on which its memory was
// allocated, and a write count whose sign says whether writers or programs hold it.
import { refuse } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';
import type { FileFormat } from '../exec/file-format.ts';
import type { RecordLock } from './record-lock.ts';
import type { SuperBlock } from './super-block.ts';

/**
 * A file. Content and names of regular files, directories and links live in the field of their type.
 *
 * @see include/linux/fs.h, struct inode, v6.12
 */
export interface Inode {
  readonly ino: number;
  readonly sb: SuperBlock;
  /** Type and permission bits. */
  mode: number;
  uid: number;
  gid: number;
  nlink: number;
  /** When the content last changed, and when anything did; see `touchTimes`. */
  mtime: number;
  ctime: number;
  /** NUMA node of the inode's memory, null while it is only on disk. */
  home: number | null;
  /** Above zero: open for writing that often. Below zero: being executed or written off that often. */
  writeCount: number;
  /** Content of a regular file. */
  content: Uint8Array;
  /** Names in a directory, in order of creation. */
  readonly entries: Map<string, Inode>;
  /** Where a symbolic link points. */
  target: string;
  /** What a device node, FIFO or socket stands for; the driver is found by this name. */
  readonly device: string;
  /** What stands behind it: the pipe of a FIFO that was opened, the control group of a directory. */
  data: unknown;
  /** Record locks on it, as far as there are any. */
  locks?: RecordLock[] | undefined;
  /** What exec has read of the content; forgotten when the content changes. */
  format?: FileFormat | undefined;
}

/**
 * A change of the content, or of what else an inode says of itself.
 * MODEL: no clock; a time is the number of changes there were in the file system, so that two of them differ.
 *
 * @see fs/inode.c, inode_set_ctime_current(), v6.12
 */
export function touchTimes(inode: Inode, what: 'content' | 'attributes'): void {
  const now = ++inode.sb.changeCount;
  if (what === 'content') inode.mtime = now;
  inode.ctime = now;
}

/**
 * One more writer. ETXTBSY while the file is being executed.
 *
 * @see include/linux/fs.h, get_write_access(), v6.12
 */
export function getWriteAccess(inode: Inode): Refusal<'ETXTBSY'> | null {
  if (inode.writeCount < 0) return refuse('ETXTBSY', 'the file is being executed');
  inode.writeCount++;
  return null;
}

/** One writer less. */
export function putWriteAccess(inode: Inode): void {
  inode.writeCount--;
}

/**
 * Keeps writers away while the file is executed. ETXTBSY while it is open for writing.
 *
 * @see include/linux/fs.h, deny_write_access(), v6.12
 */
export function denyWriteAccess(inode: Inode): Refusal<'ETXTBSY'> | null {
  if (inode.writeCount > 0) return refuse('ETXTBSY', 'the file is open for writing');
  inode.writeCount--;
  return null;
}

/** Lets writers in again. */
export function allowWriteAccess(inode: Inode): void {
  inode.writeCount++;
}
