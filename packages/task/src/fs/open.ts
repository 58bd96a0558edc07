// Opening a file by name: the walk, creation, the checks in the kernel's order, and the write counts that
// keep programs and writers apart.
import { assert, refuse } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';
import { DEVICES } from '../files/device.ts';
import {
  O_ACCMODE,
  O_CREAT,
  O_DIRECT,
  O_DIRECTORY,
  O_EXCL,
  O_NOATIME,
  O_NOCTTY,
  O_NOFOLLOW,
  O_NONBLOCK,
  O_PATH,
  O_PATH_FLAGS,
  O_TMPFILE,
  O_TRUNC,
  VALID_OPEN_FLAGS,
} from '../files/open-flags.ts';
import type { FileOperations, OpenFile } from '../files/open-file.ts';
import { WOULD_BLOCK, createOpenFile } from '../files/open-file.ts';
import type { Pipe } from '../files/pipe.ts';
import { PIPE_OPS, createPipe } from '../files/pipe.ts';
import { DIRECTORY_OPS, REGULAR_OPS, dropSetid } from '../files/regular.ts';
import { CAP_FSETID } from '../cred/capability.ts';
import { nsCapable } from '../cred/cred.ts';
import type { Dentry } from './dentry.ts';
import { createDentry, hashDentry } from './dentry.ts';
import type { Looker } from './fs-struct.ts';
import type { Inode } from './inode.ts';
import { getWriteAccess, putWriteAccess, touchTimes } from './inode.ts';
import {
  MAY_EXEC,
  MAY_READ,
  MAY_WRITE,
  S_IALLUGO,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  S_IFSOCK,
  isType,
} from './mode.ts';
import type { Path } from './mount.ts';
import { MS_NODEV, followMounts, isMountReadOnly, isNoexec } from './mount.ts';
import type { NameErrno } from './names.ts';
import { instantiate, mayCreateIn } from './names.ts';
import { inodePermission, isOwnerOrCapable } from './permission.ts';
import { createInode } from './super-block.ts';
import {
  checkName,
  isDirectory,
  lookupDentry,
  lookupPath,
  startWalk,
  walkLast,
  walkParent,
} from './walk.ts';
import type { LastName, Walk } from './walk.ts';

/** What open(2) can answer. */
export type OpenErrno = NameErrno | 'ENODEV' | 'ENXIO' | 'ETXTBSY';

/** How to open. */
export interface OpenRequest {
  /** O_ flags; unknown ones are ignored as open(2) does. */
  readonly flags: number;
  /** Permission bits of a file that is created. */
  readonly mode?: number;
  /** Opened to be executed, which asks for the execute bit instead of the read bit. */
  readonly isExec?: boolean;
  /** Where a relative path starts; the cwd if absent. */
  readonly base?: Path | undefined;
  /** An empty path means `base` itself. */
  readonly allowEmpty?: boolean;
}

/** A request of one shape, whatever was left out of it. */
interface Intent {
  readonly flags: number;
  readonly mode: number | undefined;
  readonly isExec: boolean | undefined;
  readonly base: Path | undefined;
  readonly allowEmpty: boolean | undefined;
  /** MAY_ bits asked of the inode. */
  readonly access: number;
}

/**
 * Opens `name`. WOULD_BLOCK for a FIFO that waits for its other end.
 *
 * @see fs/namei.c, path_openat(), do_open(); fs/open.c, build_open_flags(), do_dentry_open(), v6.18
 */
export function openPath(
  looker: Looker,
  name: string,
  request: OpenRequest,
): OpenFile | Refusal<OpenErrno> | typeof WOULD_BLOCK {
  const intent = buildIntent(request);
  if ('ok' in intent) return intent;
  const bad = checkName(name, request.allowEmpty);
  if (bad !== null) return bad;
  const walk = startWalk(looker, request.base);
  if ((intent.flags & O_TMPFILE) === O_TMPFILE) return openTmpfile(walk, name, intent);
  if (name === '') return finishOpen(walk, intent, false, false);
  let last = walkParent(walk, name);
  if ('ok' in last) return last;
  let wantsDirectory = (intent.flags & O_DIRECTORY) !== 0;
  let follows = (intent.flags & O_NOFOLLOW) === 0;
  for (;;) {
    // A trailing slash says so for all the links that come after it, too.
    if (last.hasTrailingSlash) wantsDirectory = follows = true;
    const step = openLast(walk, last, intent, follows);
    if (step === 'created') return finishOpen(walk, intent, true, wantsDirectory);
    if (step === 'found') return finishOpen(walk, intent, false, wantsDirectory);
    if ('ok' in step) return step;
    const next = walkParent(walk, step.link);
    if ('ok' in next) return next;
    last = next;
  }
}

/**
 * EINVAL for flags that exclude each other; open(2) looks at them before the path.
 *
 * @see fs/open.c, build_open_flags(), v6.18
 */
export function checkOpenFlags(given: number): Refusal<'EINVAL'> | null {
  const flags = (given & O_PATH) === 0 ? given : given & O_PATH_FLAGS;
  const both = O_DIRECTORY | O_CREAT;
  const isTmpfile = (flags & O_TMPFILE) === O_TMPFILE;
  if ((flags & both) === both) return refuse('EINVAL', 'O_DIRECTORY together with O_CREAT');
  if (isTmpfile && (flags & O_ACCMODE) === 0) return refuse('EINVAL', 'O_TMPFILE to be read only');
  const isStray = (flags & O_TMPFILE & ~O_DIRECTORY) !== 0 && !isTmpfile;
  return isStray ? refuse('EINVAL', 'O_TMPFILE without O_DIRECTORY') : null;
}

/** What each access mode asks of the inode. */
const ACCESSES = [MAY_READ, MAY_WRITE, MAY_READ | MAY_WRITE, MAY_READ | MAY_WRITE] as const;

function buildIntent(request: OpenRequest): Intent | Refusal<'EINVAL'> {
  let flags = request.flags & VALID_OPEN_FLAGS;
  if ((flags & O_PATH) !== 0) flags &= O_PATH_FLAGS;
  const bad = checkOpenFlags(flags);
  if (bad !== null) return bad;
  let access = request.isExec === true ? MAY_EXEC : ACCESSES[flags & O_ACCMODE]!;
  if ((flags & O_TRUNC) !== 0) access |= MAY_WRITE;
  if ((flags & O_PATH) !== 0) access = 0;
  const { mode, isExec, base, allowEmpty } = request;
  return { flags, access, mode, isExec, base, allowEmpty };
}

type Step = 'created' | 'found' | { readonly link: string } | Refusal<OpenErrno>;

/** Handles the last name: reaches it, creates it, or tells the link to follow. */
function openLast(walk: Walk, last: LastName, intent: Intent, follows: boolean): Step {
  const creates = (intent.flags & O_CREAT) !== 0;
  const isExclusive = creates && (intent.flags & O_EXCL) !== 0;
  if (last.type !== 'norm') {
    const reached = walkLast(walk, last, { follow: false });
    return 'ok' in reached ? reached : 'found';
  }
  if (creates && last.hasTrailingSlash) return refuse('EISDIR', 'a trailing slash with O_CREAT');
  const dentry = lookupDentry(walk.looker, walk.path.dentry, last.name);
  if ('ok' in dentry) return dentry;
  if (dentry.inode === null) {
    return creates ? createLast(walk, dentry, intent) : refuse('ENOENT', 'no such name');
  }
  const isLink = isType(dentry.inode.mode, S_IFLNK);
  if (isLink && follows && !isExclusive) {
    if (walk.linkCount++ >= 40) return refuse('ELOOP', 'more than 40 symbolic links');
    return { link: dentry.inode.target };
  }
  walk.path = followMounts({ mount: walk.path.mount, dentry });
  return 'found';
}

function createLast(walk: Walk, dentry: Dentry, intent: Intent): Step {
  const { looker } = walk;
  if (isMountReadOnly(walk.path.mount)) return refuse('EROFS', 'mounted read-only');
  const refused = mayCreateIn(looker, walk.path.dentry);
  if (refused !== null) return refused;
  const mode = (intent.mode ?? 0) & S_IALLUGO & ~looker.fs.umask;
  if (!dentry.isHashed) hashDentry(dentry);
  instantiate(looker, dentry, { mode: S_IFREG | mode });
  walk.path = { mount: walk.path.mount, dentry };
  return 'created';
}

function finishOpen(
  walk: Walk,
  intent: Intent,
  isCreated: boolean,
  wantsDirectory: boolean,
): OpenFile | Refusal<OpenErrno> | typeof WOULD_BLOCK {
  const { looker, path } = walk;
  const { flags } = intent;
  const { inode } = path.dentry;
  assert(inode !== null, 'the walk ended at something that exists');
  if ((flags & O_CREAT) !== 0 && !isCreated) {
    if ((flags & O_EXCL) !== 0) return refuse('EEXIST', 'the name is taken');
    if (isDirectory(inode)) return refuse('EISDIR', 'a directory');
  }
  if (wantsDirectory && !isDirectory(inode)) return refuse('ENOTDIR', 'not a directory');
  if ((flags & O_PATH) !== 0) return placeOnly(looker, path, flags);
  const truncates = !isCreated && (flags & O_TRUNC) !== 0 && isType(inode.mode, S_IFREG);
  if (truncates && isMountReadOnly(path.mount)) return refuse('EROFS', 'mounted read-only');
  const refused = mayOpen(looker, path, intent, isCreated ? 0 : intent.access);
  if (refused !== null) return refused;
  const file = dentryOpen(looker, path, intent);
  if (typeof file === 'symbol' || 'ok' in file) return file;
  file.isCreated = isCreated;
  if (truncates) truncate(looker, inode);
  return file;
}

/**
 * O_TMPFILE: a file without a name in the file system of a directory.
 *
 * MODEL: such a file can never be linked into the tree afterwards.
 *
 * @see fs/namei.c, do_tmpfile(), vfs_tmpfile(), v6.18
 */
function openTmpfile(
  { looker }: Walk,
  name: string,
  intent: Intent,
): OpenFile | Refusal<OpenErrno> | typeof WOULD_BLOCK {
  const directory = lookupPath(looker, name, {
    wantsDirectory: true,
    follow: (intent.flags & O_NOFOLLOW) === 0,
    ...(intent.base === undefined ? {} : { base: intent.base }),
  });
  if ('ok' in directory) return directory;
  if (isMountReadOnly(directory.mount)) return refuse('EROFS', 'mounted read-only');
  const refused = mayCreateIn(looker, directory.dentry);
  if (refused !== null) return refused;
  const { sb } = directory.mount;
  const mode = S_IFREG | ((intent.mode ?? 0) & S_IALLUGO & ~looker.fs.umask);
  const owner = { uid: looker.cred.fsuid, gid: looker.cred.fsgid, home: looker.node };
  const inode = createInode(sb, { mode, ...owner });
  const dentry = createDentry(directory.dentry, `#${inode.ino}`, inode, looker.node);
  dentry.isHashed = false;
  looker.onAlloc?.('dentry', looker.node);
  looker.onAlloc?.('inode', looker.node);
  return dentryOpen(looker, { mount: directory.mount, dentry }, intent);
}

function placeOnly(looker: Looker, path: Path, flags: number): OpenFile {
  looker.onAlloc?.('filp', looker.node);
  const kept = flags & (O_PATH | O_DIRECTORY | O_NOFOLLOW);
  return createOpenFile({ ops: PLACE_OPS, path, flags: kept });
}

const PLACE_OPS: FileOperations = { kind: 'place', isSeekable: false };

/**
 * @see fs/namei.c, may_open(), v6.18
 */
function mayOpen(
  looker: Looker,
  path: Path,
  intent: Intent,
  access: number,
): Refusal<OpenErrno> | null {
  const { inode } = path.dentry;
  assert(inode !== null, 'an existing file');
  const executes = (access & MAY_EXEC) !== 0;
  switch (inode.mode & S_IFMT) {
    case S_IFLNK:
      return refuse('ELOOP', 'a symbolic link that is not to be followed');
    case S_IFDIR:
      if ((access & MAY_WRITE) !== 0) return refuse('EISDIR', 'a directory cannot be written');
      if (executes) return refuse('EACCES', 'a directory cannot be executed');
      break;
    case S_IFBLK:
    case S_IFCHR:
      if ((path.mount.flags & MS_NODEV) !== 0) return refuse('EACCES', 'mounted nodev');
      if (executes) return refuse('EACCES', 'a device cannot be executed');
      break;
    case S_IFIFO:
    case S_IFSOCK:
      if (executes) return refuse('EACCES', 'not a regular file');
      break;
    case S_IFREG:
      if (executes && isNoexec(path.mount)) return refuse('EACCES', 'mounted noexec');
      break;
    default:
      if (executes) return refuse('EACCES', 'not a regular file');
  }
  const refused = inodePermission(looker.cred, inode, access);
  if (refused !== null) return refused;
  if ((intent.flags & O_NOATIME) !== 0 && !isOwnerOrCapable(looker.cred, inode)) {
    return refuse('EPERM', 'O_NOATIME on a file of another user');
  }
  return null;
}

/**
 * @see fs/open.c, do_dentry_open(), v6.18
 */
function dentryOpen(
  looker: Looker,
  path: Path,
  intent: Intent,
): OpenFile | Refusal<OpenErrno> | typeof WOULD_BLOCK {
  const { inode } = path.dentry;
  assert(inode !== null, 'an existing file');
  const flags = intent.flags & ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC);
  const writes = intent.isExec !== true && (flags & O_ACCMODE) !== 0;
  const isRegular = isType(inode.mode, S_IFREG);
  if (writes && isRegular) {
    const busy = getWriteAccess(inode);
    if (busy !== null) return busy;
    if (isMountReadOnly(path.mount)) {
      putWriteAccess(inode);
      return refuse('EROFS', 'mounted read-only');
    }
  }
  const kind = kindOf(inode);
  if ('ok' in kind) return kind;
  if ((flags & O_DIRECT) !== 0 && kind !== PIPE_OPS && kind.canDirect !== true) {
    return refuse('EINVAL', 'the file cannot do O_DIRECT');
  }
  if (kind === PIPE_OPS) return openFifo(looker, path, inode, flags);
  looker.onAlloc?.('filp', looker.node);
  return createOpenFile({ ops: kind, path, flags: flags | O_LARGEFILE_FORCED });
}

/** A 64-bit open(2) always adds O_LARGEFILE. */
const O_LARGEFILE_FORCED = 0o100000;

function kindOf(inode: Inode): FileOperations | Refusal<'ENODEV' | 'ENXIO'> {
  switch (inode.mode & S_IFMT) {
    case S_IFREG:
      return inode.sb.type.fileOps ?? REGULAR_OPS;
    case S_IFDIR:
      return DIRECTORY_OPS;
    case S_IFIFO:
      return PIPE_OPS;
    case S_IFCHR:
    case S_IFBLK:
      return DEVICES[inode.device] ?? refuse('ENXIO', 'no driver for this device');
    default:
      return refuse('ENXIO', 'a socket is not opened by name');
  }
}

/**
 * MODEL: a FIFO that waits for its other end has not been opened yet, so two sides that both wait meet
 * only when one of them uses O_NONBLOCK or O_RDWR.
 *
 * @see fs/pipe.c, fifo_open(), v6.12
 */
function openFifo(
  looker: Looker,
  path: Path,
  inode: Inode,
  flags: number,
): OpenFile | Refusal<'ENXIO'> | typeof WOULD_BLOCK {
  const pipe = (inode.data ??= createPipe()) as Pipe;
  const access = flags & O_ACCMODE;
  const isNonblock = (flags & O_NONBLOCK) !== 0;
  if (access === 0 && pipe.writerCount === 0 && !isNonblock) return WOULD_BLOCK;
  if (access === 1 && pipe.readerCount === 0) {
    return isNonblock ? refuse('ENXIO', 'nobody reads the FIFO') : WOULD_BLOCK;
  }
  looker.onAlloc?.('filp', looker.node);
  const file = createOpenFile({
    ops: PIPE_OPS,
    path,
    flags: flags | O_LARGEFILE_FORCED,
    data: pipe,
  });
  if (file.canRead) pipe.readerCount++;
  if (file.canWrite) pipe.writerCount++;
  return file;
}

/** Empties a file, as O_TRUNC does. */
function truncate(looker: Looker, inode: Inode): void {
  inode.content = new Uint8Array(0);
  inode.format = undefined;
  touchTimes(inode, 'content');
  if (!nsCapable(looker.cred, looker.cred.userNs, CAP_FSETID)) inode.mode = dropSetid(inode.mode);
}
