// Pseudo-terminals as descriptors: a master and the terminal behind it. What a terminal means to sessions
// and groups is in jobs/.

import { refuse, type Refusal } from '@forkless/errors';
import { S_IFCHR } from '../fs/mode.ts';
import { Tty } from '../jobs/tty.ts';
import { createAnonPath } from './anon-file.ts';
import { fileAt, installFd, type FilesStruct } from './fd-table.ts';
import { O_LARGEFILE, O_RDWR } from './open-flags.ts';
import { createOpenFile, type FileOperations, type OpenFile } from './open-file.ts';
import { unusedPair, type FdPlace } from './pipe.ts';

/** MODEL: nothing is ever typed or shown, so reading waits for ever and writing goes nowhere. */
const TTY_OPS: FileOperations = {
  kind: 'tty',
  isSeekable: false,
  write: (_file, data) => data.length,
};

/**
 * A new pair under the two lowest free numbers, the master first; EMFILE.
 *
 * @see drivers/tty/pty.c, ptmx_open(), v6.12
 */
export function openPty(
  place: FdPlace,
): { readonly master: number; readonly slave: number; readonly tty: Tty } | Refusal<'EMFILE'> {
  const fds = unusedPair(place.files, place.limit);
  if ('ok' in fds) return fds;
  const tty = new Tty('/dev/pts/N');
  installFd(place.files, fds[0], ttyFile(place, '/dev/ptmx', undefined));
  installFd(place.files, fds[1], ttyFile(place, tty.name, tty));
  return { master: fds[0], slave: fds[1], tty };
}

function ttyFile(place: FdPlace, name: string, tty: Tty | undefined): OpenFile {
  const path = createAnonPath(place.anon, { mode: S_IFCHR | 0o620 }, () => name);
  return createOpenFile({ ops: TTY_OPS, path, flags: O_RDWR | O_LARGEFILE, data: tty });
}

/** The terminal under a descriptor: EBADF when nothing is open, ENOTTY when it is something else. */
export function ttyAt(files: FilesStruct, fd: number): Tty | Refusal<'EBADF' | 'ENOTTY'> {
  const file = fileAt(files, fd);
  if ('ok' in file) return file;
  return file.data instanceof Tty ? file.data : refuse('ENOTTY', `descriptor ${fd} is no terminal`);
}
