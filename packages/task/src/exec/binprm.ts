// Preparing an exec: everything up to the point of no return. Nothing of the task changes here; a refusal
// leaves it as it was, and a plan can be carried out or dropped.
import { assert, refuse } from '@forkless/errors';
import type { Refusal } from '@forkless/errors';
import { CAP_SYS_RAWIO } from '../cred/capability.ts';
import type { Cred } from '../cred/cred.ts';
import { nsCapable } from '../cred/cred.ts';
import type { ExecCred } from '../cred/exec-cred.ts';
import { computeExecCred } from '../cred/exec-cred.ts';
import type { FilesStruct } from '../files/fd-table.ts';
import { isCloexec } from '../files/fd-table.ts';
import { AT_FDCWD, baseOf } from '../files/open-call.ts';
import { O_NOFOLLOW, O_RDONLY } from '../files/open-flags.ts';
import type { OpenFile } from '../files/open-file.ts';
import { WOULD_BLOCK, putFile } from '../files/open-file.ts';
import { inodeOf } from '../files/regular.ts';
import { componentsOf } from '../fs/components.ts';
import { nameOfDentry } from '../fs/dentry.ts';
import type { Looker } from '../fs/fs-struct.ts';
import { allowWriteAccess, denyWriteAccess } from '../fs/inode.ts';
import { MAY_READ } from '../fs/mode.ts';
import type { Path } from '../fs/mount.ts';
import { mntMaySuid } from '../fs/mount.ts';
import type { OpenErrno } from '../fs/open.ts';
import { openPath } from '../fs/open.ts';
import { inodePermission } from '../fs/permission.ts';
import { checkName } from '../fs/walk.ts';
import type { ArgArea, ArgRun, ArgVector } from './arguments.ts';
import {
  copyString,
  copyStrings,
  countStrings,
  createArgArea,
  runCount,
  vectorRuns,
} from './arguments.ts';
import type { ElfFile } from './elf.ts';
import { phdrsBytes, readInterpreter } from './elf.ts';
import { formatOf, plainImage } from './file-format.ts';
import type { LoadedImage } from './image.ts';
import { loadImage } from './image.ts';

export const AT_SYMLINK_NOFOLLOW = 0x100;
export const AT_EMPTY_PATH = 0x1000;
/** Since 6.14: only say whether the file could be executed. */
export const AT_EXECVE_CHECK = 0x10000;

/** Most rewrites of the program by a script. */
const REWRITES_MAX = 5;
const COMM_BYTES = 15;

/** What execveat(2) can answer. */
export type ExecErrno =
  | OpenErrno
  | 'E2BIG'
  | 'EAGAIN'
  | 'EBADF'
  | 'EFAULT'
  | 'EIO'
  | 'ELIBBAD'
  | 'ENOEXEC';

/** What exec needs to know of the task that calls it. */
export interface ExecCaller extends Looker {
  readonly files: FilesStruct;
  readonly noNewPrivs: boolean;
  /** Soft RLIMIT_STACK in bytes. */
  readonly stackLimit: number;
  /** The fs_struct is used by a task outside the thread group. */
  readonly sharesFs: boolean;
  /** Whether a change of user went over RLIMIT_NPROC and the user still is over it. */
  readonly isOverNproc: () => boolean;
  readonly tracer?: Cred | undefined;
}

/** The arguments of execveat(2). */
export interface ExecRequest {
  /** `fault` is an invalid pointer. */
  readonly path: string | { readonly fault: true };
  readonly argv: ArgVector;
  readonly envp: ArgVector;
  readonly dirfd?: number;
  /** What `dirfd` leads to, where the kernel kept it from before; no descriptor is looked at then. */
  readonly base?: Path;
  /** AT_ flags. */
  readonly flags?: number;
}

/** An exec that can go ahead. Holds the program file open and denies writing to it. */
export interface ExecPlan {
  readonly file: OpenFile;
  readonly comm: string;
  readonly argv: readonly ArgRun[];
  readonly envp: readonly ArgRun[];
  readonly execfn: string;
  readonly cred: ExecCred;
  /** The task cannot read the program or its interpreter. */
  readonly isUnreadable: boolean;
  readonly image: LoadedImage;
  /** Bytes of argument strings on the new stack. */
  readonly stringBytes: number;
}

interface Binprm {
  readonly caller: ExecCaller;
  file: OpenFile;
  readonly filename: string;
  interp: string;
  /** The name leads through a close-on-exec descriptor. */
  readonly isInaccessible: boolean;
  readonly area: ArgArea;
  argv: ArgRun[];
}

/**
 * The preparation of one exec, part by part in the kernel's order. A part that refuses has changed
 * nothing; `drop` takes back what the parts before it hold.
 *
 * @see fs/exec.c, do_execveat_common(), bprm_execve(), exec_binprm(), v6.18
 */
export class ExecPreparation {
  readonly caller: ExecCaller;
  readonly request: ExecRequest;
  /** Files opened so far: the program, and the interpreters it led to. */
  openCount = 0;
  /** Names the kernel held on the way, the caller's path among them. */
  nameCount = 0;
  /** Components of those names. */
  componentCount = 0;
  /** Bytes of each table of program headers that was read. */
  readonly phdrBytes: number[] = [];
  /** AT_EXECVE_CHECK: everything up to the format was in order. */
  isChecked = false;
  #path = '';
  #file: OpenFile | undefined;
  #bprm: Binprm | undefined;
  #plan: ExecPlan | undefined;

  constructor(caller: ExecCaller, request: ExecRequest) {
    this.caller = caller;
    this.request = request;
  }

  get plan(): ExecPlan {
    assert(this.#plan !== undefined, 'a plan is asked for once the format is found');
    return this.#plan;
  }

  get #flags(): number {
    return this.request.flags ?? 0;
  }

  get #dirfd(): number {
    return this.request.dirfd ?? AT_FDCWD;
  }

  /** Pages of the new stack that hold the strings copied so far. */
  get argumentPages(): number {
    return Math.ceil(((this.#bprm?.area.byteCount ?? 0) + 8) / 4096);
  }

  /** The path is copied from the caller: EFAULT, ENOENT, ENAMETOOLONG. */
  copyName(): Refusal<ExecErrno> | undefined {
    const { path } = this.request;
    if (typeof path !== 'string') return refuse('EFAULT', 'the path cannot be read');
    this.#path = path;
    this.nameCount++;
    return checkName(path, (this.#flags & AT_EMPTY_PATH) !== 0) ?? undefined;
  }

  /** The user may have run over RLIMIT_NPROC when it changed: EAGAIN. */
  checkTaskCount(): Refusal<ExecErrno> | undefined {
    if (!this.caller.isOverNproc()) return undefined;
    return refuse('EAGAIN', 'the user has more processes than allowed');
  }

  /** The program is opened and kept from being written. */
  openProgram(): Refusal<ExecErrno> | undefined {
    const flags = this.#flags;
    if ((flags & ~KNOWN_FLAGS) !== 0) return refuse('EINVAL', 'an unknown flag');
    const base = this.request.base ?? baseOf(this.caller.files, this.#dirfd, this.#path);
    if (base !== undefined && 'ok' in base) return base;
    const isNofollow = (flags & AT_SYMLINK_NOFOLLOW) !== 0;
    const file = openExec(this.caller, this.#path, { base, isNofollow });
    if ('ok' in file) return file;
    this.#file = file;
    this.openCount++;
    this.componentCount += componentsOf(this.#path);
    return undefined;
  }

  /** Names and arguments are counted and copied: EFAULT, E2BIG. */
  copyArguments(): Refusal<ExecErrno> | undefined {
    assert(this.#file !== undefined, 'the program is open');
    const name = { path: this.#path, dirfd: this.#dirfd };
    const bprm = allocBprm(this.caller, this.#file, this.request, name);
    if ('ok' in bprm) return bprm;
    this.#bprm = bprm;
    this.isChecked = (this.#flags & AT_EXECVE_CHECK) !== 0;
    return undefined;
  }

  /** Scripts and interpreters are followed to a program that can be loaded. */
  findFormat(): Refusal<ExecErrno> | undefined {
    assert(this.#bprm !== undefined, 'the arguments are copied');
    const comesFromFd = this.#path === '' && this.#dirfd !== AT_FDCWD;
    const plan = findFormat(this, this.#bprm, vectorRuns(this.request.envp), comesFromFd);
    this.#file = this.#bprm.file;
    if ('ok' in plan) return plan;
    this.#plan = plan;
    return undefined;
  }

  /** Lets go of the program. */
  drop(): void {
    if (this.#file !== undefined) closeExec(this.#file);
    this.#file = undefined;
  }
}

const KNOWN_FLAGS = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | AT_EXECVE_CHECK;

/**
 * All checks of execveat(2) at once: a plan that can be carried out or dropped, `checked` for
 * AT_EXECVE_CHECK, or the first refusal.
 */
export function prepareExec(
  caller: ExecCaller,
  request: ExecRequest,
): ExecPlan | 'checked' | Refusal<ExecErrno> {
  const preparation = new ExecPreparation(caller, request);
  const refused =
    preparation.copyName() ??
    preparation.checkTaskCount() ??
    preparation.openProgram() ??
    preparation.copyArguments() ??
    (preparation.isChecked ? undefined : preparation.findFormat());
  if (refused !== undefined || preparation.isChecked) preparation.drop();
  if (refused !== undefined) return refused;
  return preparation.isChecked ? 'checked' : preparation.plan;
}

/** Gives a plan up again. */
export function dropPlan(plan: ExecPlan): void {
  closeExec(plan.file);
}

/**
 * Opens a file to execute it and keeps writers away: EACCES for anything but an executable regular file,
 * ETXTBSY while it is open for writing.
 *
 * @see fs/exec.c, do_open_execat(), v6.18
 */
export function openExec(
  looker: Looker,
  name: string,
  options: {
    readonly base?: Path | undefined;
    readonly isNofollow?: boolean;
  } = {},
): OpenFile | Refusal<OpenErrno> {
  const file = openPath(looker, name, {
    flags: O_RDONLY | (options.isNofollow === true ? O_NOFOLLOW : 0),
    isExec: true,
    allowEmpty: true,
    base: options.base,
  });
  assert(file !== WOULD_BLOCK, 'only a FIFO waits, and it cannot be executed');
  if ('ok' in file) return file;
  const busy = denyWriteAccess(inodeOf(file));
  if (busy === null) return file;
  putFile(file);
  return busy;
}

function closeExec(file: OpenFile): void {
  allowWriteAccess(inodeOf(file));
  putFile(file);
}

function allocBprm(
  caller: ExecCaller,
  file: OpenFile,
  request: ExecRequest,
  name: { readonly path: string; readonly dirfd: number },
): Binprm | Refusal<'E2BIG' | 'EFAULT'> {
  const argc = countStrings(request.argv);
  if (typeof argc !== 'number') return argc;
  const envc = countStrings(request.envp);
  if (typeof envc !== 'number') return envc;
  const area = createArgArea(argc, envc, caller.stackLimit);
  if ('ok' in area) return area;
  const isPlain = name.dirfd === AT_FDCWD || name.path.startsWith('/');
  const filename = isPlain
    ? name.path
    : `/dev/fd/${name.dirfd}${name.path === '' ? '' : `/${name.path}`}`;
  const refused =
    copyString(area, filename) ??
    copyStrings(area, request.envp) ??
    copyStrings(area, request.argv) ??
    (argc === 0 ? copyString(area, '') : null);
  if (refused !== null) return refused;
  return {
    caller,
    file,
    filename,
    interp: filename,
    isInaccessible: !isPlain && isCloexec(caller.files, name.dirfd),
    area,
    argv: argc === 0 ? [{ text: '', times: 1 }] : vectorRuns(request.argv),
  };
}

/**
 * Follows scripts to a program: at most five rewrites, ELOOP beyond.
 *
 * @see fs/exec.c, exec_binprm(), v6.18
 */
function findFormat(
  seen: ExecPreparation,
  bprm: Binprm,
  envp: ArgRun[],
  comesFromFd: boolean,
): ExecPlan | Refusal<ExecErrno> {
  for (let depth = 0; ; depth++) {
    if (depth > REWRITES_MAX) return refuse('ELOOP', 'more than five scripts');
    const { script } = formatOf(inodeOf(bprm.file));
    if (script === undefined) break;
    const refused = loadScript(seen, bprm, script);
    if (refused !== null) return refused;
  }
  return loadElf(seen, bprm, envp, comesFromFd);
}

/**
 * Puts interpreter, its argument and the script's name before the arguments, and the interpreter in the
 * script's place. ENOENT when the script's name will be gone after exec.
 *
 * @see fs/binfmt_script.c, load_script(), v6.18
 */
function loadScript(
  seen: ExecPreparation,
  bprm: Binprm,
  script: {
    readonly interpreter: string;
    readonly argument: string | undefined;
  },
): Refusal<ExecErrno> | null {
  if (bprm.isInaccessible) return refuse('ENOENT', 'the script is reached by a closing descriptor');
  dropFirst(bprm);
  const added = [script.interpreter, script.argument, bprm.interp].filter(
    (text) => text !== undefined,
  );
  for (const text of added.toReversed()) {
    const refused = copyString(bprm.area, text);
    if (refused !== null) return refused;
  }
  bprm.argv = [...added.map((text) => ({ text, times: 1 })), ...bprm.argv];
  bprm.interp = script.interpreter;
  seen.nameCount++;
  seen.componentCount += componentsOf(script.interpreter);
  const file = openExec(bprm.caller, script.interpreter);
  if ('ok' in file) return file;
  seen.openCount++;
  closeExec(bprm.file);
  bprm.file = file;
  return null;
}

function dropFirst(bprm: Binprm): void {
  const [first, ...others] = bprm.argv;
  if (first === undefined) return;
  bprm.area.byteCount -= first.text.length + 1;
  bprm.argv = first.times > 1 ? [{ ...first, times: first.times - 1 }, ...others] : others;
}

function loadElf(
  seen: ExecPreparation,
  bprm: Binprm,
  envp: ArgRun[],
  comesFromFd: boolean,
): ExecPlan | Refusal<ExecErrno> {
  const { caller } = bprm;
  const inode = inodeOf(bprm.file);
  const { program, interpreter: name, phdrBytes } = formatOf(inode);
  if ('ok' in program) return program;
  seen.phdrBytes.push(phdrBytes);
  if (typeof name === 'object') return name;
  const interpreter = name === undefined ? undefined : loadInterpreter(seen, caller, name);
  if (interpreter !== undefined && 'ok' in interpreter) return interpreter;
  const hasRawio = nsCapable(caller.cred, caller.cred.userNs, CAP_SYS_RAWIO);
  const base = bprm.filename.slice(bprm.filename.lastIndexOf('/') + 1);
  const comm = comesFromFd ? nameOfDentry(bprm.file.path.dentry) : base;
  return {
    file: bprm.file,
    comm: comm.slice(0, COMM_BYTES),
    argv: bprm.argv,
    envp,
    execfn: bprm.filename,
    cred: execCred(bprm),
    isUnreadable: !mayRead(caller, bprm.file) || interpreter?.isUnreadable === true,
    image:
      interpreter === undefined
        ? plainImage(inode, program, hasRawio)
        : loadImage({ program, content: inode.content, interpreter, hasRawio }),
    stringBytes: bprm.area.byteCount,
  };
}

interface LoadedInterpreter {
  readonly file: ElfFile;
  readonly content: Uint8Array;
  readonly isUnreadable: boolean;
}

function loadInterpreter(
  seen: ExecPreparation,
  caller: ExecCaller,
  name: string,
): LoadedInterpreter | Refusal<ExecErrno> {
  seen.nameCount++;
  seen.componentCount += componentsOf(name);
  const opened = openExec(caller, name);
  if ('ok' in opened) return opened;
  seen.openCount++;
  const { content } = inodeOf(opened);
  const isUnreadable = !mayRead(caller, opened);
  closeExec(opened);
  const file = readInterpreter(content);
  if ('ok' in file) return file;
  seen.phdrBytes.push(phdrsBytes(file));
  return { file, content, isUnreadable };
}

function mayRead(caller: ExecCaller, file: OpenFile): boolean {
  return inodePermission(caller.cred, inodeOf(file), MAY_READ) === null;
}

function execCred({ caller, file }: Binprm): ExecCred {
  const inode = inodeOf(file);
  const maySuid = mntMaySuid(file.path.mount, caller.fs.root.mount.ns);
  return computeExecCred({
    old: caller.cred,
    file: { uid: inode.uid, gid: inode.gid, mode: inode.mode, maySuid },
    noNewPrivs: caller.noNewPrivs,
    sharesFs: caller.sharesFs,
    tracer: caller.tracer,
  });
}

/** Number of arguments in the plan. */
export function planArgc(plan: ExecPlan): number {
  return runCount(plan.argv);
}
