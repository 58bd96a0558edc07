// memfd_create(2): a file in memory that has no name anywhere.
import { refuse } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';
import type { Cred } from '../cred/cred.ts';
import { S_IFREG } from '../fs/mode.ts';
import { createAnonPath } from './anon-file.ts';
import { installFd, unusedFd } from './fd-table.ts';
import { FD_CLOEXEC, O_LARGEFILE, O_RDWR } from './open-flags.ts';
import { createOpenFile } from './open-file.ts';
import type { FdPlace } from './pipe.ts';
import { MEMFD_OPS } from './regular.ts';

export const MFD_CLOEXEC = 1;
export const MFD_ALLOW_SEALING = 2;
export const MFD_HUGETLB = 4;
export const MFD_NOEXEC_SEAL = 8;
export const MFD_EXEC = 16;

const MFD_ALL = MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL | MFD_EXEC;
const NAME_BYTES_MAX = 249;

/**
 * memfd_create(2): EINVAL for an unknown flag, for EXEC together with NOEXEC_SEAL, or for a name above
 * 249 bytes; EMFILE.
 *
 * MODEL: MFD_HUGETLB is unknown, and seals are not kept (only the missing execute bits are).
 *
 * @see mm/memfd.c, SYSCALL_DEFINE2(memfd_create), v6.12
 */
export function memfdCreate(
  place: FdPlace & { readonly cred: Cred },
  name: string,
  flags: number,
): number | Refusal<'EINVAL' | 'EMFILE'> {
  if ((flags & ~MFD_ALL) !== 0) return refuse('EINVAL', 'unknown flag');
  const both = MFD_NOEXEC_SEAL | MFD_EXEC;
  if ((flags & both) === both) return refuse('EINVAL', 'EXEC and NOEXEC_SEAL together');
  if (name.length > NAME_BYTES_MAX) return refuse('EINVAL', 'name of more than 249 bytes');
  const fd = unusedFd(place.files, place.limit);
  if (typeof fd !== 'number') return fd;
  const mode = (flags & MFD_NOEXEC_SEAL) === 0 ? 0o777 : 0o666;
  const owner = { uid: place.cred.fsuid, gid: place.cred.fsgid };
  const path = createAnonPath(
    place.anon,
    { mode: S_IFREG | mode, ...owner },
    () => `/memfd:${name} (deleted)`,
  );
  const file = createOpenFile({
    ops: MEMFD_OPS,
    path,
    flags: O_RDWR | O_LARGEFILE,
  });
  installFd(place.files, fd, file, (flags & MFD_CLOEXEC) === 0 ? 0 : FD_CLOEXEC);
  return fd;
}
