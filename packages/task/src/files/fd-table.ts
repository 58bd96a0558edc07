// The descriptor table: numbers to open files, with a close-on-exec bit a number. 64 numbers fit into the
// files_struct itself; above that the table is a power of two and only grows.
import { assert, refuse } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';
import { dropRecordLocks } from '../fs/record-lock.ts';
import { FD_CLOEXEC } from './open-flags.ts';
import type { OpenFile } from './open-file.ts';
import { putFile } from './open-file.ts';

/** Numbers that need no table of their own: one word of bits. */
export const NR_OPEN_DEFAULT = 64;
/** `fs.nr_open`: no descriptor is this high or higher. */
export const NR_OPEN = 1024 * 1024;

/** What a grown table costs: three allocations, in bytes as asked for. */
export interface FdtableBytes {
  readonly fdtable: number;
  readonly slots: number;
  readonly bitmaps: number;
}

/**
 * A descriptor table.
 *
 * @see include/linux/fdtable.h, struct files_struct and struct fdtable, v6.12
 */
export interface FilesStruct {
  /** Tasks that share it. */
  users: number;
  /** Slots there are: 64, or a power of two above. */
  maxFds: number;
  /** No number below this one is free. */
  nextFd: number;
  readonly slots: (OpenFile | undefined)[];
  /** Flags by number: FD_CLOEXEC, FD_CLOFORK. */
  readonly fdFlags: number[];
  /** How many numbers are in use. */
  openCount: number;
  /** FD_CLOFORK is known, as POSIX.1-2024 has it. */
  readonly knowsClofork: boolean;
}

/** A table of one user; an empty one but for what is given. */
export function createFiles(
  given: Partial<Pick<FilesStruct, 'knowsClofork' | 'maxFds' | 'slots' | 'fdFlags'>> = {},
): FilesStruct {
  return {
    users: 1,
    maxFds: given.maxFds ?? NR_OPEN_DEFAULT,
    nextFd: 0,
    slots: given.slots ?? [],
    fdFlags: given.fdFlags ?? [],
    openCount: 0,
    knowsClofork: given.knowsClofork ?? false,
  };
}

/**
 * Slots of a table in which `fd` has a place: 64, or a power of two.
 *
 * @see fs/file.c, alloc_fdtable(), v6.18
 */
export function slotsFor(slotCount: number): number {
  let slots = NR_OPEN_DEFAULT;
  while (slots < slotCount) slots *= 2;
  return slots;
}

/**
 * Bytes a table of `slots` needs outside the files_struct; null when it fits inside.
 *
 * @see fs/file.c, alloc_fdtable(), v6.18
 */
export function fdtableBytes(slots: number): FdtableBytes | null {
  if (slots <= NR_OPEN_DEFAULT) return null;
  const words = slots / 64;
  const fullWords = Math.ceil(words / 64);
  return {
    fdtable: 56,
    slots: 8 * slots,
    bitmaps: Math.max(2 * (slots / 8) + 8 * fullWords, 64),
  };
}

/** The open file under a number, O_PATH ones included; EBADF when there is none. */
export function fileAt(files: FilesStruct, fd: number): OpenFile | Refusal<'EBADF'> {
  return files.slots[fd] ?? refuse('EBADF', `descriptor ${fd} is not open`);
}

/** Whether a number is in use. */
export function isOpen(files: FilesStruct, fd: number): boolean {
  return files.slots[fd] !== undefined;
}

/** The lowest free number at or above `start`. O(numbers in use from there). */
export function lowestFree(files: FilesStruct, start: number): number {
  let fd = Math.max(start, files.nextFd);
  while (files.slots[fd] !== undefined) fd++;
  return fd;
}

/** The highest number in use, −1 when there is none. */
export function highestOpen(files: FilesStruct): number {
  let fd = files.slots.length - 1;
  while (fd >= 0 && files.slots[fd] === undefined) fd--;
  return fd;
}

/**
 * The lowest free number from `start` up to `end` (the soft RLIMIT_NOFILE), EMFILE when there is none.
 * Nothing is reserved yet: `installFd` takes the number.
 *
 * @see fs/file.c, alloc_fd(), v6.18
 */
export function unusedFd(files: FilesStruct, end: number, start = 0): number | Refusal<'EMFILE'> {
  const fd = lowestFree(files, start);
  if (fd >= end || fd >= NR_OPEN) return refuse('EMFILE', `no free descriptor below ${end}`);
  return fd;
}

/** Puts an open file under a free number; the table grows as needed and owns the reference. */
export function installFd(files: FilesStruct, fd: number, file: OpenFile, fdFlags = 0): void {
  assert(files.slots[fd] === undefined, 'a descriptor is installed where none is');
  growTo(files, fd);
  files.slots[fd] = file;
  files.fdFlags[fd] = fdFlags;
  files.openCount++;
  if (fd === files.nextFd) files.nextFd = fd + 1;
}

/** Makes room for number `fd`; the table never shrinks. */
export function growTo(files: FilesStruct, fd: number): void {
  if (fd >= files.maxFds) files.maxFds = slotsFor(fd + 1);
}

/** Takes the file out of a slot and returns it with its reference. */
export function takeFd(files: FilesStruct, fd: number): OpenFile | undefined {
  const file = files.slots[fd];
  if (file === undefined) return undefined;
  files.slots[fd] = undefined;
  files.fdFlags[fd] = 0;
  files.openCount--;
  if (fd < files.nextFd) files.nextFd = fd;
  if (fd === files.slots.length - 1) trimSlots(files);
  return file;
}

/** Slots above the highest number in use are not kept. */
export function trimSlots({ slots }: FilesStruct): void {
  while (slots.length > 0 && slots[slots.length - 1] === undefined) slots.pop();
}

/** close(2): EBADF when nothing is open there. */
export function closeFd(files: FilesStruct, fd: number): Refusal<'EBADF'> | null {
  const file = takeFd(files, fd);
  if (file === undefined) return refuse('EBADF', `descriptor ${fd} is not open`);
  dropFile(files, file);
  return null;
}

/** A table lets go of a file, and of its record locks there. @see fs/open.c, filp_close(), v6.12 */
export function dropFile(files: FilesStruct, file: OpenFile): void {
  const { inode } = file.path.dentry;
  if (inode?.locks !== undefined && !file.isPath) dropRecordLocks(inode, files);
  putFile(file);
}

/** Whether exec will close this number. */
export function isCloexec(files: FilesStruct, fd: number): boolean {
  return ((files.fdFlags[fd] ?? 0) & FD_CLOEXEC) !== 0;
}

/**
 * What exec does to its (by then unshared) table: every close-on-exec number is closed, lowest first.
 *
 * @see fs/file.c, do_close_on_exec(), v6.18
 */
export function closeOnExec(files: FilesStruct): void {
  const { length } = files.slots;
  for (let fd = 0; fd < length; fd++) if (isCloexec(files, fd)) closeFd(files, fd);
}

/**
 * One task less; the last one closes everything.
 *
 * @see fs/file.c, put_files_struct(), v6.18
 */
export function putFiles(files: FilesStruct): void {
  if (--files.users > 0) return;
  const { length } = files.slots;
  for (let fd = 0; fd < length; fd++) {
    if (isOpen(files, fd)) closeFd(files, fd);
  }
}

/** The numbers in use, ascending. */
export function openFds(files: FilesStruct): number[] {
  const fds: number[] = [];
  files.slots.forEach((file, fd) => {
    if (file !== undefined) fds.push(fd);
  });
  return fds;
}
