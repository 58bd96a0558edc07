// close_range(2) and closefrom: many numbers at once, closed or marked, in a shared table or apart.
import { refuse } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';
import type { FilesHolder } from './dup-fd.ts';
import { dupFiles } from './dup-fd.ts';
import type { FilesStruct } from './fd-table.ts';
import { closeFd, isOpen } from './fd-table.ts';
import { FD_CLOEXEC } from './open-flags.ts';

export const CLOSE_RANGE_UNSHARE = 2;
export const CLOSE_RANGE_CLOEXEC = 4;

/**
 * close_range(2) over numbers taken as unsigned 32-bit. EINVAL for an unknown flag or first > last. With
 * UNSHARE a shared table is first replaced by a copy that leaves the range out (with CLOEXEC too it is
 * copied whole). Cost: the part of the table below its highest number.
 *
 * @see fs/file.c, SYSCALL_DEFINE3(close_range), v6.18
 */
export function closeRange(
  holder: FilesHolder,
  range: { readonly first: number; readonly last: number },
  flags: number,
): Refusal<'EINVAL'> | null {
  if ((flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)) !== 0) {
    return refuse('EINVAL', 'an unknown flag');
  }
  const from = range.first >>> 0;
  const to = range.last >>> 0;
  if (from > to) return refuse('EINVAL', 'the first number is above the last');
  const onlyMarks = (flags & CLOSE_RANGE_CLOEXEC) !== 0;
  if ((flags & CLOSE_RANGE_UNSHARE) !== 0 && holder.files.users > 1) {
    const shared = holder.files;
    holder.files = dupFiles(shared, onlyMarks ? undefined : { from, to });
    shared.users--;
  }
  const { files } = holder;
  const end = Math.min(to, files.slots.length - 1);
  for (let fd = from; fd <= end; fd++) {
    if (!isOpen(files, fd)) continue;
    if (onlyMarks) files.fdFlags[fd] = (files.fdFlags[fd] ?? 0) | FD_CLOEXEC;
    else closeFd(files, fd);
  }
  return null;
}

/** Closes every number from `from` on, as closefrom(3) and its spawn action do. */
export function closeFrom(files: FilesStruct, from: number): void {
  closeRange({ files }, { first: Math.max(from, 0), last: 0xffffffff }, 0);
}
