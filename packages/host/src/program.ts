// A request made into what the addon takes: one array of integers, a header and the steps of the child,
// and one text with all strings. Compiling is where the order of the steps is laid down; it does no system
// call and never looks at a descriptor.
import { isMainThread } from 'node:worker_threads';
import { ConfigError } from '@forkless/errors';
import { withoutAttributes } from './attributes.ts';
import { TablePlan, type StepWriter } from './descriptors.ts';
import { maskWords, memoryMode, resolvePlacement } from './place.ts';
import type { ResourceName, SpawnRequest, StdioEntry, Text } from './request.ts';
import { step, stepBefore, type StepName } from './step.ts';

/** A request, compiled. */
export interface Program {
  readonly numbers: Int32Array;
  readonly text: Text;
  /** Names of the steps, by the index that a failing one is reported with. */
  readonly steps: readonly StepName[];
  /** The paths tried, by the index that is reported. */
  readonly paths: readonly Text[];
}

/** Strings of an environment that were put into one text before. */
export interface EncodedEnv {
  readonly count: number;
  readonly text: string;
}

const flag = { shellFallback: 1, changesIds: 2, checkIdentity: 8 } as const;

/** Where in the header the id of a child goes. */
export const idIndex = 0;
/** Where in the header the flags are. */
export const flagsIndex = 1;
/** The flag by which the identity of the executable is checked before. */
export const checkIdentityFlag: number = flag.checkIdentity;

/** The name of the step with a reported index. */
export function stepName(program: Program, index: number): StepName {
  return index < 0 ? stepBefore(index) : (program.steps[index] ?? 'execve');
}

/** Steps that are not what the request calls them. */
const asked: Partial<Record<keyof typeof step, StepName>> = { fchdirOwn: 'fchdir', grant: 'dup2' };

class Writer implements StepWriter {
  readonly numbers: number[] = [];
  readonly steps: StepName[] = [];
  readonly strings: Text[] = [];
  readonly grantedFds: number[] = [];

  add(name: keyof typeof step, ...operands: number[]): void {
    this.steps.push(asked[name] ?? name);
    this.numbers.push(step[name], ...operands);
  }

  string(text: Text): number {
    return this.strings.push(text) - 1;
  }

  granted(fd: number): number {
    const before = this.grantedFds.indexOf(fd);
    return before >= 0 ? before : this.grantedFds.push(fd) - 1;
  }
}

/**
 * Compiles a request whose pipes are descriptors already. `copied`: the child's table is a copy of the
 * process's. Throws `ConfigError` for what no kernel call could mean. O(strings + actions).
 */
export function compile(
  given: SpawnRequest,
  stdio: readonly Exclude<StdioEntry, 'pipe'>[],
  copied: boolean,
  encodedEnv?: EncodedEnv,
): Program {
  const request = withoutAttributes(given);
  const writer = new Writer();
  writeGroupAndPower(writer, request);
  writeDirectory(writer, request);
  writeIds(writer, request);
  const plan = new TablePlan(writer, copied);
  plan.stdio(stdio);
  if (request.tty !== undefined) writer.add('ctty', plan.materialize(request.tty));
  for (const action of request.actions ?? []) plan.act(action);
  plan.closeRest();
  writeLast(writer, request);
  const cgroup = request.cgroup === undefined ? -1 : writer.granted(request.cgroup);
  const paths = pathsOf(request);
  const argv = textsOf('argv', request.argv);
  const env = encodedEnv ?? encodeEnv(request);
  return {
    numbers: Int32Array.of(
      0,
      (request.shellFallback === true ? flag.shellFallback : 0) |
        (request.uid !== undefined || request.gid !== undefined ? flag.changesIds : 0),
      argv.length,
      env === undefined ? -1 : env.count,
      paths.length,
      writer.strings.length,
      plan.high,
      cgroup,
      writer.grantedFds.length,
      ...writer.grantedFds,
      ...writer.numbers,
    ),
    text: joinText(argv, env, paths, writer.strings),
    steps: writer.steps,
    paths,
  };
}

/** Session, limits and place: with the credentials of the process, as they may need its power. */
function writeGroupAndPower(writer: Writer, request: SpawnRequest): void {
  if (request.session === true) writer.add('setsid');
  if (request.group !== undefined) writer.add('setpgid', request.group);
  if (request.limits !== undefined) writeLimits(writer, request.limits);
  if (request.nice !== undefined) writer.add('setpriority', request.nice);
  if (request.scheduler !== undefined) {
    const { policy, priority } = request.scheduler;
    writer.add('sched_setscheduler', schedulers[policy], priority);
  }
  if (request.place === undefined || typeof request.place === 'string') return;
  const { cpus, memory } = resolvePlacement(request.place);
  if (cpus !== undefined) {
    const words = maskWords(cpus);
    writer.add('sched_setaffinity', words.length, ...words);
  }
  if (memory !== undefined) {
    const words = memory.nodes === undefined ? [] : maskWords(memory.nodes);
    writer.add('set_mempolicy', memoryMode(memory.mode), words.length, ...words);
  }
}

function writeLimits(writer: Writer, limits: SpawnRequest['limits'] & object): void {
  for (const [name, limit] of Object.entries(limits)) {
    if (limit === undefined) continue;
    const resource = resources.indexOf(name as ResourceName);
    if (resource < 0) throw new ConfigError(`limits: there is no resource "${name}".`);
    writer.add('setrlimit', resource, ...limitWords(limit.soft), ...limitWords(limit.hard));
  }
}

function writeDirectory(writer: Writer, { cwd }: SpawnRequest): void {
  if (typeof cwd === 'number') writer.add('fchdir', writer.granted(cwd));
  else if (cwd !== undefined) writer.add('chdir', writer.string(cwd));
}

/** Groups first and the user last, as each needs the power that the next one gives up. */
function writeIds(writer: Writer, { groups, gid, uid, umask }: SpawnRequest): void {
  // Whoever drops to a user must not keep the groups of another one.
  const dropped = groups ?? (uid !== undefined || gid !== undefined ? dropGroups() : undefined);
  if (dropped !== undefined) writer.add('setgroups', dropped.length, ...dropped);
  if (gid !== undefined) writer.add('setgid', gid | 0);
  if (uid !== undefined) writer.add('setuid', uid | 0);
  if (umask !== undefined) writer.add('umask', umask);
}

/** None, where the process may set them at all; else they stay, as with libuv. */
function dropGroups(): readonly number[] | undefined {
  return process.geteuid?.() === 0 ? [] : undefined;
}

/** What a change of ids would undo (the death signal), and what must hold from here on. */
function writeLast(writer: Writer, request: SpawnRequest): void {
  if (request.parentDeathSignal !== undefined) writer.add('pdeathsig', request.parentDeathSignal);
  if (request.noNewPrivs === true) writer.add('no_new_privs');
  const { mask = [], ignore = [] } = request.signals ?? {};
  if (ignore.length > 0) writer.add('ignore', ...signalWords(ignore));
  writer.add('sigmask', ...signalWords(mask));
  writer.add('execve');
}

function pathsOf({ path, search }: SpawnRequest): readonly Text[] {
  if (search === undefined) return [path];
  const name = typeof path === 'string' ? path : Buffer.from(path).toString('latin1');
  if (name.includes('/')) return [path];
  // An empty name is found nowhere; an empty directory is the current one.
  if (name === '') return [''];
  if (typeof path !== 'string') throw new ConfigError('search: a name looked for must be text.');
  const directories = (search ?? defaultSearch).split(':');
  return directories.map((directory) => (directory === '' ? path : `${directory}/${path}`));
}

/** Where the C library looks when there is no PATH. */
export const defaultSearch = '/bin:/usr/bin';

/** A vector as the model has it, or lines. A bad pointer is nothing that can be handed to a real child. */
export function textsOf(name: string, vector: SpawnRequest['argv']): readonly Text[] {
  if (vector === null) return [];
  if (vector === 'fault') throw badPointer(name);
  if (vector.every(isText)) return vector;
  return vector.flatMap((one) => {
    if (isText(one)) return [one];
    if ('fault' in one) throw badPointer(name);
    return Array.from({ length: one.times }, () => one.text);
  });
}

function isText(one: unknown): one is Text {
  return typeof one === 'string' || one instanceof Uint8Array;
}

function badPointer(name: string): ConfigError {
  return new ConfigError(`${name}: a bad pointer can be given to the model only.`);
}

/** Lines `NAME=value` in one text; undefined: the process's own, which the addon reads by itself. */
export function encodeEnv({
  env,
  envp,
}: Pick<SpawnRequest, 'env' | 'envp'>):
  | EncodedEnv
  | undefined
  | { count: number; lines: readonly Text[] } {
  if (env !== undefined && envp !== undefined)
    throw new ConfigError('An environment is given twice, as env and as envp.');
  if (envp !== undefined) {
    const lines = textsOf('envp', envp);
    return { count: lines.length, lines };
  }
  if (env === undefined) {
    // A worker has a copy of its own, of which C knows nothing.
    return isMainThread ? undefined : encodeEnvObject(process.env);
  }
  return encodeEnvObject(env);
}

function encodeEnvObject(env: Readonly<Record<string, string | undefined>>): EncodedEnv {
  let text = '';
  let count = 0;
  for (const name of Object.keys(env)) {
    const value = env[name];
    if (value === undefined) continue;
    text += `${name}=${value}\0`;
    count++;
  }
  return { count, text };
}

/** All strings, each with its NUL. The addon counts them, so one with a NUL within is refused there. */
function joinText(
  argv: readonly Text[],
  env: ReturnType<typeof encodeEnv>,
  paths: readonly Text[],
  strings: readonly Text[],
): Text {
  const lines = env !== undefined && 'lines' in env ? env.lines : [];
  const encoded = env !== undefined && 'text' in env ? env.text : '';
  if (areStrings(argv) && areStrings(lines) && areStrings(paths) && areStrings(strings)) {
    return `${lined(argv)}${lined(lines)}${encoded}${lined(paths)}${lined(strings)}`;
  }
  const groups = [argv, lines, paths, strings];
  const bytes = groups.map((group) => Buffer.concat(group.flatMap((text) => [asBytes(text), nul])));
  return Buffer.concat([bytes[0]!, Buffer.from(encoded), ...bytes.slice(1)]);
}

function areStrings(texts: readonly Text[]): texts is readonly string[] {
  return texts.every((text) => typeof text === 'string');
}

function lined(texts: readonly string[]): string {
  let all = '';
  for (const text of texts) all += `${text}\0`;
  return all;
}

const nul = Buffer.of(0);

function asBytes(text: Text): Uint8Array {
  return typeof text === 'string' ? Buffer.from(text) : text;
}

/** In the order of RLIMIT_*. @see include/uapi/asm-generic/resource.h */
const resources: readonly ResourceName[] = [
  'cpu',
  'fsize',
  'data',
  'stack',
  'core',
  'rss',
  'nproc',
  'nofile',
  'memlock',
  'as',
  'locks',
  'sigpending',
  'msgqueue',
  'nice',
  'rtprio',
  'rttime',
];

const schedulers = { other: 0, fifo: 1, rr: 2, batch: 3, idle: 5 } as const;

/** 64 bits as two words; Infinity is RLIM_INFINITY. */
function limitWords(limit: number): [number, number] {
  if (limit === Infinity) return [-1, -1];
  return [limit | 0, Math.floor(limit / 2 ** 32) | 0];
}

function signalWords(signals: readonly number[]): [number, number] {
  let low = 0;
  let high = 0;
  for (const signal of signals) {
    if (!Number.isInteger(signal) || signal < 1 || signal > 64) {
      throw new ConfigError(`signals: ${signal} is no signal from 1 to 64.`);
    }
    if (signal <= 32) low |= 1 << (signal - 1);
    else high |= 1 << (signal - 33);
  }
  return [low, high];
}
