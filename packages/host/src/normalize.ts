// The arguments of spawn and execFile of node:child_process, as a request. What is out of the ordinary
// (IPC, Windows, a wrong type) is left to Node: its answer, an error too, is then the answer.
import { fileURLToPath } from 'node:url';
import type { SpawnOptions, StdioOptions } from 'node:child_process';
import { load } from './native.ts';
import type { Placement, SpawnRequest, StdioEntry } from './request.ts';
import type { Template } from './template.ts';

/** What `spawn`, `exec` and `execFile` take besides the options of Node. */
export interface HostOptions {
  /** CPUs and memory of the child, set in the child. */
  readonly place?: Placement;
  /** An executable prepared by `createTemplate`; the command is then only its name. */
  readonly template?: Template;
  /** Never gain privileges by executing, as with setuid files. */
  readonly noNewPrivs?: boolean;
}

/** Options whose values were looked at. */
export type Options = SpawnOptions & HostOptions & { readonly encoding?: unknown };

/** A spawn that is ours to do. */
export interface Normalized {
  readonly request: SpawnRequest & { readonly stdio: readonly StdioEntry[] };
  /** Streams whose descriptors the child takes over, and which must not read any more. */
  readonly lent: readonly { pause?(): unknown }[];
  readonly file: string;
  readonly args: readonly string[];
  readonly options: Options;
}

/** The request behind `spawn(file, args, options)`, or undefined: let Node do it. */
export function normalize(file: unknown, args: unknown, options: unknown): Normalized | undefined {
  if (load().native === undefined) return undefined;
  const split = splitArguments(args, options);
  if (split === undefined || !isPlainText(file) || file === '') return undefined;
  if (!split.args.every(isPlainText) || !areOrdinary(split.options)) return undefined;
  const stdio = stdioOf(split.options.stdio);
  const cwd = cwdOf(split.options.cwd);
  if (stdio === undefined || cwd === null) return undefined;
  const command = withShell(file, split.args, split.options);
  return {
    request: requestOf(command, split.options, stdio.entries, cwd),
    lent: stdio.lent,
    file: command.file,
    args: command.argv,
    options: split.options,
  };
}

/** `(args, options)`, `(options)`, or nothing. */
export function splitArguments(
  args: unknown,
  options: unknown,
): { readonly args: readonly string[]; readonly options: Options } | undefined {
  const listed = Array.isArray(args) ? (args as readonly string[]) : undefined;
  if (listed === undefined && args !== undefined && args !== null) {
    if (typeof args !== 'object' || (options !== undefined && options !== null)) return undefined;
    return { args: [], options: args as Options };
  }
  if (options === undefined || options === null) return { args: listed ?? [], options: {} };
  if (typeof options !== 'object') return undefined;
  return { args: listed ?? [], options: options as Options };
}

function isPlainText(text: unknown): text is string {
  return typeof text === 'string' && !text.includes('\0');
}

function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function isId(value: unknown): boolean {
  return (
    isAbsent(value) ||
    (Number.isInteger(value) && (value as number) >= -(2 ** 31) && (value as number) < 2 ** 31)
  );
}

/** Whether each option is of a type that Node would take. */
function areOrdinary(options: Options): boolean {
  const { uid, gid, shell, argv0, detached, env, timeout, signal, killSignal } = options;
  return (
    isId(uid) &&
    isId(gid) &&
    (isAbsent(detached) || typeof detached === 'boolean') &&
    (isAbsent(shell) || typeof shell === 'boolean' || isPlainText(shell)) &&
    (isAbsent(argv0) || isPlainText(argv0)) &&
    (isAbsent(env) || (typeof env === 'object' && isOrdinaryEnv(env))) &&
    (isAbsent(timeout) || (Number.isInteger(timeout) && timeout >= 0)) &&
    (signal === undefined || signal instanceof AbortSignal) &&
    (isAbsent(killSignal) || typeof killSignal === 'string' || typeof killSignal === 'number') &&
    options.serialization === undefined
  );
}

function isOrdinaryEnv(env: NodeJS.ProcessEnv): boolean {
  return Object.entries(env).every(([name, value]) => isPlainText(name) && isPlainText(`${value}`));
}

/** The path of a directory; undefined for ours, null for what is Node's to refuse. */
function cwdOf(cwd: string | URL | null | undefined): string | undefined | null {
  if (isAbsent(cwd)) return undefined;
  if (cwd instanceof URL) return cwd.protocol === 'file:' ? fileURLToPath(cwd) : null;
  return isPlainText(cwd) ? cwd : null;
}

interface Command {
  readonly file: string;
  readonly argv: readonly string[];
}

function withShell(file: string, args: readonly string[], { shell, argv0 }: Options): Command {
  if (isAbsent(shell) || shell === false || shell === '') {
    return { file, argv: [argv0 ?? file, ...args] };
  }
  const interpreter = typeof shell === 'string' ? shell : '/bin/sh';
  const line = args.length > 0 ? [file, ...args].join(' ') : file;
  return { file: interpreter, argv: [argv0 ?? interpreter, '-c', line] };
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Built member by member: this runs on the event loop for every child. */
function requestOf(
  { file, argv }: Command,
  options: Options,
  stdio: readonly StdioEntry[],
  cwd: string | undefined,
): Normalized['request'] {
  const { env, uid, gid, detached, place, noNewPrivs } = options;
  const request: Writable<Normalized['request']> = {
    path: file,
    argv,
    stdio,
    shellFallback: true,
  };
  if (!file.includes('/')) request.search = searchPath(env);
  if (!isAbsent(env)) request.env = allOf(env);
  if (cwd !== undefined) request.cwd = cwd;
  if (!isAbsent(uid)) request.uid = uid;
  if (!isAbsent(gid)) request.gid = gid;
  if (detached === true) request.session = true;
  if (place !== undefined) request.place = place;
  if (noNewPrivs === true) request.noNewPrivs = true;
  return request;
}

/** As libuv: the PATH that counts is the child's; without one it is the C library's. */
function searchPath(env: NodeJS.ProcessEnv | null | undefined): string | null {
  return (isAbsent(env) ? process.env['PATH'] : env['PATH']) ?? null;
}

/** With inherited members, as Node copies them. */
function allOf(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const all: NodeJS.ProcessEnv = {};
  for (const name in env) all[name] = env[name];
  return all;
}

/** What stdio comes to, or undefined for what is Node's to do or to refuse. */
function stdioOf(
  stdio: StdioOptions | null | undefined,
): { entries: StdioEntry[]; lent: { pause?(): unknown }[] } | undefined {
  const list = typeof stdio === 'string' ? [stdio, stdio, stdio] : (stdio ?? []);
  if (!Array.isArray(list)) return undefined;
  const entries: StdioEntry[] = [];
  const lent: { pause?(): unknown }[] = [];
  for (let fd = 0; fd < Math.max(3, list.length); fd++) {
    const given: unknown = list[fd];
    const entry = stdioEntry(given, fd);
    if (entry === undefined) return undefined;
    if (handleOf(given) !== undefined) lent.push(given as { pause?(): unknown });
    entries.push(entry);
  }
  return { entries, lent };
}

function stdioEntry(given: unknown, fd: number): StdioEntry | undefined {
  if (isAbsent(given)) return fd < 3 ? 'pipe' : 'ignore';
  if (given === 'pipe' || given === 'overlapped') return 'pipe';
  if (given === 'ignore' || given === 'inherit') return given;
  if (typeof given === 'number') return isDescriptor(given) ? given : undefined;
  if (typeof given !== 'object') return undefined;
  const { fd: own } = given as { fd?: unknown };
  if (isDescriptor(own)) return own;
  const wrapped = handleOf(given)?.fd;
  return isDescriptor(wrapped) ? wrapped : undefined;
}

function isDescriptor(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 0;
}

/** The handle of a socket of Node, inside which its descriptor is. */
function handleOf(given: unknown): { readonly fd?: unknown } | undefined {
  if (typeof given !== 'object' || given === null) return undefined;
  const { fd, _handle: handle } = given as { fd?: unknown; _handle?: unknown };
  return !isDescriptor(fd) && typeof handle === 'object' && handle !== null ? handle : undefined;
}
