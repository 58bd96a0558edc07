// The arguments of spawn and execFile of node:child_process, as a request. What is out of the ordinary
// (IPC, Windows, a wrong type) is left to Node: its answer, an error too, is then the answer.
import { fileURLToPath } from 'node:url';
import type { SpawnOptions, StdioOptions } from 'node:child_process';
import { load } from './native.ts';
import type { LentStream } from './pipes.ts';
import type { Placement, SpawnRequest, StdioEntry } from './request.ts';
import { knownSignal } from './signal.ts';
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
  readonly lent: readonly LentStream[];
  readonly file: string;
  /** As given, from the program's own name on. */
  readonly args: readonly string[];
  readonly options: Options;
}

/** The request behind `spawn(file, args, options)`, or undefined: let Node do it. */
export function normalize(file: unknown, args: unknown, options: unknown): Normalized | undefined {
  if (load().native === undefined) return undefined;
  const split = splitArguments(args, options);
  if (split === undefined || !isPlainText(file) || file === '') return undefined;
  return normalizeSplit(file, split.args, split.options);
}

/** `(args, options)`, `(options)`, or nothing; the options are copied, so that only their own members count. */
function splitArguments(
  args: unknown,
  options: unknown,
): { readonly args: readonly unknown[]; readonly options: Options } | undefined {
  const listed = Array.isArray(args) ? (args as readonly unknown[]) : undefined;
  if (listed === undefined && !isAbsent(args)) {
    return isPlainObject(args) ? { args: [], options: copyOptions(args) } : undefined;
  }
  if (options !== undefined && !isPlainObject(options)) return undefined;
  return { args: listed ?? [], options: copyOptions(options) };
}

/** Own members only: what somebody put on Object.prototype is no option. */
export function copyOptions(options: object | undefined | null): Options {
  return { __proto__: null, ...options } as Options;
}

/** The same, once it is known what are arguments and what are options. */
export function normalizeSplit(
  file: string,
  args: readonly unknown[],
  options: Options,
): Normalized | undefined {
  const texts = textsOf(args);
  if (texts === undefined || !areOrdinary(options)) return undefined;
  const stdio = stdioOf(options.stdio);
  const cwd = cwdOf(options.cwd);
  const env = envOf(options.env);
  if (stdio === undefined || cwd === null || env === null) return undefined;
  const command = withShell(file, texts, options);
  return {
    request: requestOf(command, options, { stdio: stdio.entries, cwd, env }),
    lent: stdio.lent,
    file: command.file,
    // Node shows arguments as they were given, numbers too, unless a shell has them in its line.
    args: command.isShell ? command.argv : [command.argv[0]!, ...(args as readonly string[])],
    options,
  };
}

/** Arguments as the child gets them, or undefined if one cannot be given to a program. */
function textsOf(args: readonly unknown[]): readonly string[] | undefined {
  if (args.every(isPlainText)) return args;
  if (args.some((one) => typeof one === 'symbol')) return undefined;
  const texts = args.map(String);
  return texts.every(isPlainText) ? texts : undefined;
}

export function isPlainText(text: unknown): text is string {
  return typeof text === 'string' && !text.includes('\0');
}

export function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isAbsent(value: unknown): value is undefined | null {
  return value === undefined || value === null;
}

function isAbsentOrBoolean(value: unknown): boolean {
  return isAbsent(value) || typeof value === 'boolean';
}

function isId(value: unknown): boolean {
  return isAbsent(value) || value === ((value as number) | 0);
}

export function isTimeout(value: unknown): boolean {
  return isAbsent(value) || (Number.isInteger(value) && (value as number) >= 0);
}

export function isKillSignal(value: unknown): boolean {
  return isAbsent(value) || knownSignal(value) !== undefined;
}

/** Whether each option is of a type that Node would take. */
function areOrdinary(options: Options): boolean {
  const { uid, gid, shell, argv0, signal } = options;
  return (
    isId(uid) &&
    isId(gid) &&
    isAbsentOrBoolean(options.detached) &&
    isAbsentOrBoolean(options.windowsHide) &&
    isAbsentOrBoolean(options.windowsVerbatimArguments) &&
    (isAbsentOrBoolean(shell) || isPlainText(shell)) &&
    (isAbsent(argv0) || isPlainText(argv0)) &&
    isTimeout(options.timeout) &&
    (signal === undefined || signal instanceof AbortSignal) &&
    isKillSignal(options.killSignal) &&
    options.serialization === undefined
  );
}

/** The path of a directory; undefined for ours, null for what is Node's to refuse. */
function cwdOf(cwd: unknown): string | undefined | null {
  // As in libuv, an empty one is none.
  if (isAbsent(cwd) || cwd === '') return undefined;
  if (cwd instanceof URL) return cwd.protocol === 'file:' ? fileURLToPath(cwd) : null;
  return isPlainText(cwd) ? cwd : null;
}

/** With inherited members, as Node copies them; undefined for ours, null for what is Node's to refuse. */
function envOf(env: unknown): Record<string, string> | undefined | null {
  // As in Node, anything false is none.
  if (!env) return undefined;
  if (typeof env !== 'object') return null;
  const all = { __proto__: null } as unknown as Record<string, string>;
  for (const name in env) {
    const value: unknown = (env as Record<string, unknown>)[name];
    if (value === undefined) continue;
    const text = `${value as string}`;
    if (!isPlainText(name) || !isPlainText(text)) return null;
    all[name] = text;
  }
  return all;
}

interface Command {
  readonly file: string;
  readonly argv: readonly string[];
  readonly isShell: boolean;
}

function withShell(file: string, args: readonly string[], { shell, argv0 }: Options): Command {
  if (isAbsent(shell) || shell === false || shell === '') {
    return { file, argv: [argv0 ?? file, ...args], isShell: false };
  }
  const interpreter = typeof shell === 'string' ? shell : '/bin/sh';
  const line = args.length > 0 ? [file, ...args].join(' ') : file;
  return { file: interpreter, argv: [argv0 ?? interpreter, '-c', line], isShell: true };
}

type Writable<T> = { -readonly [Key in keyof T]: T[Key] };

/** Built member by member: this runs on the event loop for every child. */
function requestOf(
  { file, argv }: Command,
  options: Options,
  { stdio, cwd, env }: { stdio: StdioEntry[]; cwd: string | undefined; env: Environment },
): Normalized['request'] {
  const { uid, gid, detached, place, noNewPrivs } = options;
  const request: Writable<Normalized['request']> = {
    path: file,
    argv,
    stdio,
    shellFallback: true,
  };
  // As libuv: the PATH that counts is the child's; without one it is the C library's.
  if (!file.includes('/')) request.search = (env ?? process.env)['PATH'] ?? null;
  if (env !== undefined) request.env = env;
  if (cwd !== undefined) request.cwd = cwd;
  if (!isAbsent(uid)) request.uid = uid;
  if (!isAbsent(gid)) request.gid = gid;
  if (detached === true) request.session = true;
  if (place !== undefined) request.place = place;
  if (noNewPrivs === true) request.noNewPrivs = true;
  return request;
}

type Environment = Record<string, string> | undefined;

/** What stdio comes to, or undefined for what is Node's to do or to refuse. */
function stdioOf(
  stdio: StdioOptions | null | undefined,
): { entries: StdioEntry[]; lent: LentStream[] } | undefined {
  // As in Node, anything false is pipes.
  const list = typeof stdio === 'string' && stdio ? [stdio, stdio, stdio] : stdio || [];
  if (!Array.isArray(list)) return undefined;
  const entries: StdioEntry[] = [];
  const lent: LentStream[] = [];
  for (let fd = 0; fd < Math.max(3, list.length); fd++) {
    const given: unknown = list[fd];
    const entry = stdioEntry(given, fd);
    if (entry === undefined) return undefined;
    if (handleOf(given) !== undefined) lent.push(given as LentStream);
    entries.push(entry);
  }
  return { entries, lent };
}

function stdioEntry(given: unknown, fd: number): StdioEntry | undefined {
  if (isAbsent(given)) return fd < 3 ? 'pipe' : 'ignore';
  if (given === 'pipe' || given === 'overlapped') return 'pipe';
  if (given === 'ignore' || given === 'inherit') return given;
  // As in Node, a negative number is a pipe.
  if (typeof given === 'number' && given < 0) return 'pipe';
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
