// Copying a descriptor table, for fork, unshare and exec. Cost and size follow the highest number in use,
// not how many there are.
import { NR_OPEN_DEFAULT, createFiles, highestOpen, slotsFor, trimSlots } from './fd-table.ts';
import type { FilesStruct } from './fd-table.ts';
import { FD_CLOFORK } from './open-flags.ts';
import { getFile } from './open-file.ts';

/** Numbers that are not to be copied, both ends included. */
export interface FdRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Slots that a copy has to look at: up to the highest open number outside the hole, in words of 64.
 *
 * @see fs/file.c, sane_fdtable_size(), v6.18
 */
export function copiedSlots(files: FilesStruct, hole?: FdRange): number {
  let last = highestOpen(files);
  if (hole !== undefined && hole.to >= last && hole.from <= last) {
    last = Math.min(last, hole.from - 1);
    while (last >= 0 && files.slots[last] === undefined) last--;
  }
  if (last < 0) return NR_OPEN_DEFAULT;
  return Math.ceil((last + 1) / NR_OPEN_DEFAULT) * NR_OPEN_DEFAULT;
}

/**
 * A table of its own with the same open files, flags and numbers, without those in `hole`. A table that
 * grew once comes out only as large as the highest number needs.
 *
 * @see fs/file.c, dup_fd(), v6.18
 */
export function dupFiles(files: FilesStruct, hole?: FdRange): FilesStruct {
  return copyTable(files, hole, 0);
}

/** As fork copies: where FD_CLOFORK is known, the numbers that have it stay behind. */
export function dupFilesForFork(files: FilesStruct): FilesStruct {
  return copyTable(files, undefined, files.knowsClofork ? FD_CLOFORK : 0);
}

function copyTable(files: FilesStruct, hole: FdRange | undefined, skipped: number): FilesStruct {
  const slotCount = copiedSlots(files, hole);
  const copy = createFiles({
    knowsClofork: files.knowsClofork,
    maxFds: slotsFor(slotCount),
    slots: files.slots.slice(0, slotCount),
    fdFlags: files.fdFlags.slice(0, slotCount),
  });
  const { slots, fdFlags } = copy;
  for (let fd = 0; fd < slots.length; fd++) {
    const file = slots[fd];
    if (file === undefined) continue;
    const isInHole = hole !== undefined && fd >= hole.from && fd <= hole.to;
    if (isInHole || (fdFlags[fd]! & skipped) !== 0) {
      slots[fd] = undefined;
      fdFlags[fd] = 0;
    } else {
      getFile(file);
      copy.openCount++;
    }
  }
  trimSlots(copy);
  while (slots[copy.nextFd] !== undefined) copy.nextFd++;
  return copy;
}

/** What holds a descriptor table. */
export interface FilesHolder {
  files: FilesStruct;
}

/**
 * unshare(CLONE_FILES), and what exec does before its close-on-exec pass: a shared table is replaced by a
 * copy, a table of one's own stays.
 *
 * @see kernel/fork.c, unshare_files(), v6.18
 */
export function unshareFiles(holder: FilesHolder): void {
  const { files } = holder;
  if (files.users === 1) return;
  holder.files = dupFiles(files);
  files.users--;
}
