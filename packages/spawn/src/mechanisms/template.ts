// A spawn template: a program that was opened and checked once, whatever else is kept with it, and who may
// use it.

import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import {
  AT_EMPTY_PATH,
  AT_FDCWD,
  dropPlan,
  inodeOf,
  lookupPath,
  prepareExec,
  readInterpreterName,
  readProgram,
  RLIMITS,
  type Cred,
  type ExecPlan,
  type ExecRequest,
  type Inode,
  type Task,
} from '@forkless/task';
import { callerOf } from '../spawn-call.ts';
import { keepsInterpreter, type TemplateCache } from './template-cache.ts';

/** What a template does about writers: keeps them away, or notices and becomes stale. */
export type Invalidation = 'denyWrite' | 'detectAndDrop';

/** What tells that a file is still the same: device and number, size, rights, and both times. */
interface FileKey {
  readonly device: unknown;
  readonly ino: number;
  readonly size: number;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly ctime: number;
  readonly mtime: number;
}

/** A file that is kept besides the program: where it was found, and what it was. */
interface KeptFile {
  readonly path: string;
  readonly key: FileKey;
}

/** A template: a checked program, and who may use it. */
export class SpawnTemplate {
  /** How the program is named: its path, or the descriptor it was opened by. */
  readonly path: string;
  /** The very credentials it was made with; nobody else may use it, unless it is shared. */
  readonly cred: Cred;
  readonly cache: TemplateCache;
  /** Where the program is, for one that was given by a descriptor and has no path to look at again. */
  readonly from: Pick<ExecRequest, 'base' | 'dirfd' | 'flags'> | undefined;
  readonly #key: FileKey;
  readonly #kept: readonly KeptFile[];
  #plan: ExecPlan | undefined;

  constructor(
    about: Pick<SpawnTemplate, 'path' | 'cred' | 'cache' | 'from'>,
    plan: ExecPlan,
    kept: readonly KeptFile[],
    invalidation: Invalidation,
  ) {
    this.path = about.path;
    this.cred = about.cred;
    this.cache = about.cache;
    this.from = about.from;
    this.#key = keyOf(inodeOf(plan.file));
    this.#kept = kept;
    if (invalidation === 'denyWrite') this.#plan = plan;
    else dropPlan(plan);
  }

  /** Files that are compared before each use besides the program. */
  get keptPaths(): readonly string[] {
    return this.#kept.map(({ path }) => path);
  }

  /** EACCES for others than those it serves. */
  refuseUser({ cred }: Task): Refusal<'EACCES'> | undefined {
    const serves = cred === this.cred || (this.cache.shared === true && isEqual(cred, this.cred));
    return serves ? undefined : refuse('EACCES', 'the template is of other credentials');
  }

  /** The program is opened again and compared: ESTALE when it is no longer what was checked. */
  compareProgram(user: Task): Refusal | undefined {
    if (this.from !== undefined) return undefined;
    const plan = openProgram(user, { path: this.path });
    if (isRefusal(plan)) return plan.errno === 'ENOEXEC' ? stale(plan.reason) : plan;
    const isSame = isEqual(keyOf(inodeOf(plan.file)), this.#key);
    dropPlan(plan);
    return isSame ? undefined : stale('the program is no longer the one that was checked');
  }

  /** The same for one of the files kept besides. */
  compareKept(user: Task, at: number): Refusal | undefined {
    const { path, key } = this.#kept[at]!;
    const found = lookupPath(callerOf(user), path);
    const isSame = !isRefusal(found) && isEqual(keyOf(found.dentry.inode!), key);
    return isSame ? undefined : stale(`${path} is no longer what it was`);
  }

  /** The last descriptor of the template is closed: writers may come again. */
  close(): void {
    if (this.#plan !== undefined) dropPlan(this.#plan);
    this.#plan = undefined;
  }
}

const stale = (reason: string): Refusal<'ESTALE'> => refuse('ESTALE', reason);

function keyOf(inode: Inode): FileKey {
  const { sb, ino, mode, uid, gid, content, ctime, mtime } = inode;
  return { device: sb, ino, size: content.length, mode, uid, gid, ctime, mtime };
}

/** Field by field; lists, as groups are, by their items. */
function isEqual<T extends object>(one: T, other: T): boolean {
  return (Object.keys(one) as (keyof T)[]).every((field) => {
    const [a, b] = [one[field], other[field]];
    if (!Array.isArray(a) || !Array.isArray(b)) return a === b;
    return a.length === b.length && a.every((item, at) => item === b[at]);
  });
}

/**
 * Makes a template of a program. EINVAL for a relative path, ENOEXEC for what is no ELF program, ETXTBSY
 * while somebody writes to it, and what opening it for exec refuses.
 * @see the spawn_template RFC, v1 (2026-05-28), create
 */
export function createTemplate(
  caller: Task,
  programPath: string,
  invalidation: Invalidation = 'denyWrite',
  cache: TemplateCache = {},
): SpawnTemplate | Refusal {
  if (!programPath.startsWith('/')) return refuse('EINVAL', 'the path is relative');
  const plan = openProgram(caller, { path: programPath });
  if (isRefusal(plan)) return plan;
  const about = { path: programPath, cred: caller.cred, cache, from: undefined };
  return withKept(caller, about, plan, invalidation);
}

/** The same of a program that is open already; it is never looked for again. EBADF. */
export function createTemplateOf(
  caller: Task,
  execfd: number,
  invalidation: Invalidation = 'denyWrite',
  cache: TemplateCache = {},
): SpawnTemplate | Refusal {
  const opened = { path: '', dirfd: execfd, flags: AT_EMPTY_PATH };
  const plan = openProgram(caller, opened);
  if (isRefusal(plan)) return plan;
  const from = { dirfd: execfd, flags: AT_EMPTY_PATH, base: plan.file.path };
  const about = { path: `/dev/fd/${execfd}`, cred: caller.cred, cache, from };
  return withKept(caller, about, plan, invalidation);
}

function withKept(
  caller: Task,
  about: Pick<SpawnTemplate, 'path' | 'cred' | 'cache' | 'from'>,
  plan: ExecPlan,
  invalidation: Invalidation,
): SpawnTemplate | Refusal {
  const { cache } = about;
  const interpreter = keepsInterpreter(cache) ? interpreterOf(inodeOf(plan.file)) : undefined;
  const kept: KeptFile[] = [];
  for (const path of [interpreter, ...(cache.libraries ?? [])]) {
    if (path === undefined) continue;
    const found = lookupPath(callerOf(caller), path);
    if (isRefusal(found)) {
      dropPlan(plan);
      return found;
    }
    kept.push({ path, key: keyOf(found.dentry.inode!) });
  }
  return new SpawnTemplate(about, plan, kept, invalidation);
}

function interpreterOf({ content }: Inode): string | undefined {
  const program = readProgram(content);
  const name = 'ok' in program ? undefined : readInterpreterName(content, program.segments);
  return typeof name === 'string' ? name : undefined;
}

/** Opens a program as exec does; a script, whose interpreter would be opened instead, is refused. */
function openProgram(
  caller: Task,
  request: Pick<ExecRequest, 'dirfd' | 'flags'> & { readonly path: string },
): ExecPlan | Refusal {
  const opener = {
    ...callerOf(caller),
    noNewPrivs: caller.noNewPrivs,
    stackLimit: caller.group.rlimits[RLIMITS.RLIMIT_STACK]!.cur,
    sharesFs: false,
    isOverNproc: () => false,
  };
  const plan = prepareExec(opener, { ...request, argv: [request.path], envp: [] });
  if (plan === 'checked') return refuse('EINVAL', 'only a check');
  if (isRefusal(plan)) return plan;
  if (isElf(inodeOf(plan.file), opener, request)) return plan;
  dropPlan(plan);
  return refuse('ENOEXEC', 'a script');
}

/** Whether what was opened is what was named, and not its interpreter. */
function isElf(
  opened: Inode,
  opener: ReturnType<typeof callerOf>,
  { path, dirfd = AT_FDCWD }: { readonly path: string; readonly dirfd?: number },
): boolean {
  if (dirfd !== AT_FDCWD) return opener.files.slots[dirfd]?.path.dentry.inode === opened;
  const found = lookupPath(opener, path);
  return !isRefusal(found) && found.dentry.inode === opened;
}
