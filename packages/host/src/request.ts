// What a child is to be, as plain data: the words in which the model and the machine are asked alike. A
// request of `@forkless/spawn` is one of ours; ours may say more, as a real child can have more, and bytes
// where the model has text. Nothing reaches the child that is not in its request.
import type { FileAction as ModelAction, SpawnRequest as ModelRequest } from '@forkless/spawn';

/** Text, or bytes where a file system or an argument is not UTF-8. No NUL within. */
export type Text = string | Uint8Array;

/** Bits of a resource limit; undefined leaves that one as it is, Infinity lifts it. */
export interface ResourceLimit {
  readonly soft: number;
  readonly hard: number;
}

/** Names of `RLIMIT_*`, lower case, as in `prlimit(1)`. */
export type ResourceName =
  | 'cpu'
  | 'fsize'
  | 'data'
  | 'stack'
  | 'core'
  | 'rss'
  | 'nproc'
  | 'nofile'
  | 'memlock'
  | 'as'
  | 'locks'
  | 'sigpending'
  | 'msgqueue'
  | 'nice'
  | 'rtprio'
  | 'rttime';

/** A NUMA memory policy of a task; nodes are ignored by `default` and `local`. @see set_mempolicy(2) */
export interface MemoryPolicy {
  readonly mode:
    | 'default'
    | 'preferred'
    | 'bind'
    | 'interleave'
    | 'local'
    | 'preferred-many'
    | 'weighted-interleave';
  readonly nodes?: readonly number[];
}

/**
 * Where a child runs and where its memory comes from. `node` alone means: the CPUs of that node, and its
 * memory preferred.
 */
export interface Placement {
  readonly node?: number;
  readonly cpus?: readonly number[];
  readonly memory?: MemoryPolicy;
}

/** The same, with bytes for a path. */
type WithBytes<Action> = Action extends { readonly path: string }
  ? Omit<Action, 'path'> & { readonly path: Text }
  : Action;

/** One step on the descriptors, the directory or the terminal of a child. They are done in order. */
export type FileAction = WithBytes<ModelAction>;

/** `from` of the process becomes `to` of the child. Equal numbers let the child keep it. */
export function dup2(from: number, to: number): FileAction {
  return { kind: 'dup2', fd: from, to };
}

/** Closes a descriptor of the child; a closed one is no error. */
export function close(fd: number): FileAction {
  return { kind: 'close', fd };
}

/** Opens a file as `fd` of the child, with the child's directory and credentials. `flags` are `O_*`. */
export function open(fd: number, path: Text, flags: number, mode = 0): FileAction {
  return { kind: 'open', fd, path, flags, mode };
}

/** Changes the child's directory; later relative paths, the executable's too, start there. */
export function chdir(path: Text): FileAction {
  return { kind: 'chdir', path };
}

/** Changes the child's directory to an open one. */
export function fchdir(fd: number): FileAction {
  return { kind: 'fchdir', fd };
}

/** Closes all descriptors from `first` on. */
export function closeFrom(first: number): FileAction {
  return { kind: 'closefrom', fd: first };
}

/** Makes the child's process group that of the foreground of the terminal `fd`. */
export function tcsetpgrp(fd: number): FileAction {
  return { kind: 'tcsetpgrp', fd };
}

/** What is 0, 1, 2, … of the child: a descriptor of the process by its number, or one of three words. */
export type StdioEntry = 'inherit' | 'ignore' | 'pipe' | number;

/** What the model's requests say in fewer words than ours. */
type Widened = 'path' | 'argv' | 'envp' | 'actions' | 'place';

/**
 * What a child is to be. `search` and `attributes` are the model's: the directories of a PATH, in which the
 * child itself looks for `path`, and what posix_spawn takes as attributes. What an attribute and a member of
 * ours both say is refused.
 */
export type SpawnRequest = Omit<ModelRequest, Widened> & HostRequest;

/** What a request says beyond the model's, or more widely. */
export interface HostRequest {
  /** The executable, or with `search` its name. */
  readonly path: Text;
  readonly argv: ModelRequest['argv'] | readonly Text[];
  /** Lines `NAME=value`. Absent, as `env`: the environment of the process. */
  readonly envp?: ModelRequest['envp'] | readonly Text[];
  /** The same as an object. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** A path, or the number of an open directory. */
  readonly cwd?: Text | number;
  /** Absent: 0, 1 and 2 are inherited. Entries below 3 that are missing are ignored. */
  readonly stdio?: readonly StdioEntry[];
  readonly actions?: readonly FileAction[];
  /** The words are the model's: both leave the child to the scheduler, on the CPUs of the caller. */
  readonly place?: Placement | 'inherit' | 'ask-scheduler';
  readonly session?: boolean;
  /** A process group to enter, 0 for one of its own. */
  readonly group?: number;
  /** The number of a descriptor of the child that becomes its controlling terminal; needs `session`. */
  readonly tty?: number;
  readonly uid?: number;
  readonly gid?: number;
  readonly groups?: readonly number[];
  readonly umask?: number;
  /** Signals blocked and ignored in the child, by number. Absent: none. */
  readonly signals?: { readonly mask?: readonly number[]; readonly ignore?: readonly number[] };
  readonly limits?: Readonly<Partial<Record<ResourceName, ResourceLimit>>>;
  /** The number of an open directory of cgroup 2. */
  readonly cgroup?: number;
  readonly nice?: number;
  readonly scheduler?: {
    readonly policy: 'other' | 'fifo' | 'rr' | 'batch' | 'idle';
    readonly priority: number;
  };
  /** The signal the child gets when this process ends. */
  readonly parentDeathSignal?: number;
  readonly noNewPrivs?: boolean;
  /** A file without a known header is run by /bin/sh, as execvp(3) does. */
  readonly shellFallback?: boolean;
}
