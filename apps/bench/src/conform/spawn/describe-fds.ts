// A descriptor table as recorded steps show it: each open number with what it leads to.
import {
  O_APPEND,
  O_DIRECT,
  O_DIRECTORY,
  O_NOATIME,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_SYNC,
  createFiles,
  dPath,
  fileAt,
  isCloexec,
  openFds,
} from '@forkless/task';
import type { FilesStruct, OpenFile, Path, Task } from '@forkless/task';
import { isRefusal } from '@forkless/errors';

/** One line of an answer's `fds`. */
export interface FdLine {
  readonly fd: number;
  readonly object: string;
  /** Lowest number with the same open file. */
  readonly same_as: number;
  readonly cloexec: boolean;
  readonly offset: number | null;
  readonly flags: readonly string[];
}

const ACCESS = ['O_RDONLY', 'O_WRONLY', 'O_RDWR', 'O_RDWR'];
const FLAG_WORDS: readonly (readonly [string, number])[] = [
  ['O_APPEND', O_APPEND],
  ['O_NONBLOCK', O_NONBLOCK],
  ['O_DIRECT', O_DIRECT],
  ['O_DIRECTORY', O_DIRECTORY],
  ['O_NOFOLLOW', O_NOFOLLOW],
  ['O_NOATIME', O_NOATIME],
  ['O_SYNC', O_SYNC],
];

/** The descriptors of a task, as it sees them in /proc/self/fd. */
export function tableOf({ files, fs, group }: Task): FdLine[] {
  return describeFds(files!, fs!.root, group.leader.files ?? createFiles());
}

/**
 * Every open number of a table, ascending; paths as seen from `root`. Names are read in /proc/self/fd,
 * which is the table of the process's leader, so a thread with a table of its own may find another file
 * there, or none.
 */
function describeFds(files: FilesStruct, root: Path, leader: FilesStruct): FdLine[] {
  const first = new Map<OpenFile, number>();
  return openFds(files).flatMap((fd) => {
    const file = fileAt(files, fd);
    if (isRefusal(file)) return [];
    if (!first.has(file)) first.set(file, fd);
    return [
      {
        fd,
        object: nameIn(leader, fd, root),
        same_as: first.get(file)!,
        cloexec: isCloexec(files, fd),
        offset: file.ops.size === undefined ? null : file.offset,
        flags: flagWords(file),
      },
    ];
  });
}

function nameIn(leader: FilesStruct, fd: number, root: Path): string {
  const file = fileAt(leader, fd);
  return isRefusal(file) ? '?' : dPath(file.path, root);
}

function flagWords({ flags, isPath }: OpenFile): string[] {
  const words = FLAG_WORDS.filter(([, bits]) => (flags & bits) === bits).map(([word]) => word);
  return isPath || (flags & O_PATH) !== 0 ? ['O_PATH', ...words] : [ACCESS[flags & 3]!, ...words];
}
