// The two system calls of the spawn_template RFC, with the checks of their arguments: one makes a template
// behind a descriptor, the other makes children from it.

import { isRefusal, refuse, type Refusal } from '@forkless/errors';
import {
  createAnonFs,
  createAnonPath,
  createOpenFile,
  FD_CLOEXEC,
  fileAt,
  installFd,
  O_RDWR,
  unusedFd,
  type ArgVector,
  type FileOperations,
  type Kernel,
  type SigSet,
  type Task,
} from '@forkless/task';
import { POSIX_SPAWN, type FileAction, type SpawnAttributes } from '../request.ts';
import { spawn, type Spawned, type SpawnRefusal } from '../spawn.ts';
import { callerOf } from '../spawn-call.ts';
import { templateMechanism } from './spawn-template.ts';
import { createTemplate, createTemplateOf, SpawnTemplate, type Invalidation } from './template.ts';
import type { TemplateCache } from './template-cache.ts';

/** Bytes of the block of arguments of create, and the most that is read. */
export const TEMPLATE_CREATE_SIZE = 72;
const PAGE_SIZE = 4096;
const ACTIONS_MAX = 256;
const INT_MAX = 0x7fff_ffff;

/**
 * Flags of the two calls.
 * MODEL: the numbers are ours, as the RFC was read for what its flags do.
 */
export const SPAWN_TEMPLATE_CLOEXEC = 1;
export const SPAWN_TEMPLATE_INHERIT_FDS = 1;

/** The block of create. What is left out is 0, and `execfd` −1. */
export interface TemplateCreateArgs {
  readonly flags?: number;
  readonly execfd?: number;
  readonly filename?: string;
  /** To come; 0 so far. */
  readonly execFlags?: number;
  readonly reserved?: number;
  /** Address and number of actions, which only spawn takes: 0. */
  readonly actions?: number;
  readonly actionCount?: number;
}

/** One action as spawn takes it. Fields that its type has no use for must be as they are when left out. */
export interface TemplateAction {
  readonly type: 'close' | 'close_range' | 'dup2' | 'fchdir' | 'open';
  readonly fd: number;
  /** dup2: the new number. close_range: the last one, −1 for the largest there is. */
  readonly newfd?: number;
  /** open: flags, mode and path. */
  readonly flags?: number;
  readonly mode?: number;
  readonly path?: string;
}

/** The block of spawn. */
export interface TemplateSpawnArgs {
  readonly flags?: number;
  /** Where the pidfd is told; it has to be somewhere. */
  readonly pidfd: { value: number } | null;
  readonly argv: ArgVector;
  readonly envp: ArgVector;
  readonly actions?: readonly TemplateAction[];
  readonly sigmask?: SigSet;
  readonly sigdefault?: SigSet;
}

const TEMPLATE_OPS: FileOperations = {
  kind: 'spawn template',
  isSeekable: false,
  release: ({ data }) => {
    (data as SpawnTemplate).close();
  },
};

/**
 * spawn_template_create: the descriptor of a template. EINVAL for a short block, for flags and fields that
 * have to be 0, for a relative name, and unless there is either a descriptor or a name; E2BIG for more than
 * a page; EBADF, EMFILE, and what opening the program refuses.
 * @see the spawn_template RFC, v1 (2026-05-28), create
 */
export function spawnTemplateCreate(
  caller: Task,
  args: TemplateCreateArgs,
  options: {
    readonly size?: number;
    readonly invalidation?: Invalidation;
    readonly cache?: TemplateCache;
  } = {},
): number | Refusal {
  const { size = TEMPLATE_CREATE_SIZE } = options;
  if (size < TEMPLATE_CREATE_SIZE) return refuse('EINVAL', `a block of ${size} bytes`);
  if (size > PAGE_SIZE) return refuse('E2BIG', `a block of ${size} bytes`);
  const { flags = 0, execfd = -1, filename } = args;
  if ((flags & ~SPAWN_TEMPLATE_CLOEXEC) !== 0) return refuse('EINVAL', 'an unknown flag');
  const zeros = [args.execFlags, args.reserved, args.actions, args.actionCount];
  if (zeros.some((field = 0) => field !== 0)) return refuse('EINVAL', 'a field that is to be 0');
  if (execfd >= 0 === (filename !== undefined)) {
    return refuse('EINVAL', 'a descriptor and a name, or neither');
  }
  const { files, limit } = callerOf(caller);
  const fd = unusedFd(files, limit);
  if (isRefusal(fd)) return fd;
  const how = [options.invalidation, options.cache] as const;
  const template =
    filename === undefined
      ? createTemplateOf(caller, execfd, ...how)
      : createTemplate(caller, filename, ...how);
  if (isRefusal(template)) return template;
  const path = createAnonPath(createAnonFs(), { mode: 0o600 }, () => 'anon_inode:[template]');
  const file = createOpenFile({ ops: TEMPLATE_OPS, path, flags: O_RDWR, data: template });
  installFd(files, fd, file, (flags & SPAWN_TEMPLATE_CLOEXEC) === 0 ? 0 : FD_CLOEXEC);
  return fd;
}

/**
 * spawn_template_spawn: a child, its pidfd told. EBADF for what is not open, EINVAL for what is no
 * template, for flags, for want of a place for the pidfd and for an action with a field it has no use for,
 * E2BIG for more than 256 actions, EACCES for other credentials than the maker's, ESTALE for a program that
 * changed. What fails later is the child's exit status.
 * @see the spawn_template RFC, v1 (2026-05-28), spawn
 */
export function spawnTemplateSpawn(
  kernel: Kernel,
  caller: Task,
  fd: number,
  args: TemplateSpawnArgs,
): Spawned | SpawnRefusal | Refusal {
  const file = fileAt(caller.files!, fd);
  if (isRefusal(file)) return file;
  const { data } = file;
  if (!(data instanceof SpawnTemplate)) return refuse('EINVAL', 'the descriptor is no template');
  const { flags = 0, pidfd, actions = [] } = args;
  if ((flags & ~SPAWN_TEMPLATE_INHERIT_FDS) !== 0) return refuse('EINVAL', 'an unknown flag');
  if (pidfd === null) return refuse('EINVAL', 'nowhere to tell the pidfd');
  if (actions.length > ACTIONS_MAX) return refuse('E2BIG', 'too many actions');
  const done: FileAction[] = [];
  for (const action of actions) {
    const read = readAction(action);
    if ('ok' in read) return read;
    done.push(read);
  }
  const inheritFds = (flags & SPAWN_TEMPLATE_INHERIT_FDS) !== 0;
  const { argv, envp } = args;
  const request = { path: data.path, argv, envp, actions: done, attributes: attributesOf(args) };
  const made = spawn(kernel, caller, templateMechanism(data, { inheritFds }), request);
  if (!isRefusal(made)) pidfd.value = made.pidfd!;
  return made;
}

function attributesOf({ sigmask, sigdefault }: TemplateSpawnArgs): SpawnAttributes {
  const mask = sigmask === undefined ? {} : { sigmask };
  const defaults = sigdefault === undefined ? {} : { sigdefault };
  const flags =
    (sigmask === undefined ? 0 : POSIX_SPAWN.POSIX_SPAWN_SETSIGMASK) |
    (sigdefault === undefined ? 0 : POSIX_SPAWN.POSIX_SPAWN_SETSIGDEF);
  return { flags, ...mask, ...defaults };
}

/** An action whose fields are in order. */
function readAction(action: TemplateAction): FileAction | Refusal<'EINVAL'> {
  const { type, fd, newfd = 0, flags = 0, mode = 0, path } = action;
  const invalid = refuse(
    'EINVAL',
    `${type} with a field it has no use for, or without one it needs`,
  );
  if (fd < 0 || (type === 'open') !== (path !== undefined)) return invalid;
  if (type !== 'open' && (flags !== 0 || mode !== 0)) return invalid;
  switch (type) {
    case 'open':
      return newfd === 0 ? { kind: 'open', fd, path: path!, flags, mode } : invalid;
    case 'dup2':
      return newfd >= 0 ? { kind: 'dup2', fd, to: newfd } : invalid;
    case 'close_range': {
      const last = newfd === -1 ? INT_MAX : newfd;
      return last >= fd ? { kind: 'close_range', fd, last } : invalid;
    }
    default:
      return newfd === 0 ? { kind: type, fd } : invalid;
  }
}
