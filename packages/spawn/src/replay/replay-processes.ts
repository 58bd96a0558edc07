// A recording played again on the model of the kernel: every process of it is made, runs its programs and
// ends in the recorded order. Where the recording made a child that then ran a program, a mechanism of
// choice takes the place of both; where it never did, only a copy of the parent will do.
import { assert, isRefusal, type Refusal } from '@forkless/errors';
import { compile, execute } from '@forkless/sim';
import {
  CloneCall,
  copyProcessPath,
  execve,
  exitGroupWith,
  forkArgs,
  installProgram,
  mkdir,
  pidSeenBy,
  vforkArgs,
  wait4,
  WAIT,
  type Kernel,
  type KernelCloneArgs,
  type Task,
} from '@forkless/task';
import type { Mechanism } from '../mechanisms/mechanism.ts';
import type { SpawnRequest } from '../request.ts';
import { SpawnCall } from '../spawn-call.ts';
import { programFor } from '../spawn.ts';
import {
  lifeEvents,
  type LifeEvent,
  type RecordedKey,
  type RecordedProcess,
} from './recorded-process.ts';
import { addExecution, createTally, syscallsOf, type Tally } from './tally.ts';

/** On what a recording is replayed. */
export interface ReplayOptions {
  /** Serves what was fork and exec; undefined replays the recording's own calls. */
  readonly mechanism: Mechanism | undefined;
  /** A kernel that was just booted, with room for the pids of the recording. */
  readonly kernel: Kernel;
}

/** What a replay came to. */
export interface Replayed extends Tally {
  readonly mechanism: string;
  /** Processes made, the root not among them. */
  readonly created: number;
  /** Those that the mechanism made. */
  readonly served: number;
  /** Those that never ran a program, so that no spawn can make them. */
  readonly unserved: number;
  readonly peakLive: number;
  /** Alive at the end, as in the recording. */
  readonly liveAtEnd: number;
  /** What the model refused, by errno. */
  readonly refused: Readonly<Record<string, number>>;
}

const AS_RECORDED = 'as recorded';
const NOWHERE = '/nowhere';
/** Directories of a search that are replayed, at most. */
const MISSES_MAX = 64;
const cloneProgram = compile(copyProcessPath());

/** Replays the processes of a recording. Linear in them. */
export function replayProcesses(
  records: readonly RecordedProcess[],
  options: ReplayOptions,
): Replayed {
  const replaying = new Replay(options);
  for (const event of lifeEvents(records)) replaying.take(event);
  return replaying.end();
}

/** A request, and the calls that its mechanism makes for it. */
interface ServedRequest {
  readonly request: SpawnRequest;
  readonly syscalls: number;
}

class Replay {
  readonly #options: ReplayOptions;
  readonly #kernel: Kernel;
  readonly #tasks = new Map<number, Task>();
  readonly #installed = new Map<string, string>();
  readonly #tally = createTally();
  readonly #refused: Record<string, number> = {};
  /** By program and misses, so that a list of steps is made once for each. */
  readonly #requests = new Map<string, ServedRequest>();
  /** Children whose first program came with them. */
  readonly #spawned = new Set<RecordedProcess>();
  #created = 0;
  #served = 0;
  #unserved = 0;
  #live = 0;
  #peak = 0;

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#kernel = options.kernel;
  }

  take(event: LifeEvent): void {
    if (event.kind === 'create') this.#create(event.record);
    else if (event.kind === 'exec') this.#exec(event.record, event.path);
    else this.#exit(event.record);
  }

  end(): Replayed {
    return {
      mechanism: this.#options.mechanism?.name ?? AS_RECORDED,
      created: this.#created,
      served: this.#served,
      unserved: this.#unserved,
      peakLive: this.#peak,
      liveAtEnd: this.#live,
      refused: this.#refused,
      ...this.#tally,
    };
  }

  #create(record: RecordedProcess): void {
    const { mechanism } = this.#options;
    const parent = this.#parentOf(record);
    const [first] = record.execs;
    if (!record.isCreated) {
      // The root, or one whose making is not recorded: it is there, and counts for no mechanism.
      const call = new CloneCall(this.#kernel);
      call.begin(this.#kernel.init, forkArgs());
      this.#keep(record, execute(cloneProgram, call).refusal ?? call.child);
      return;
    }
    if (first === undefined) this.#unserved++;
    const child =
      mechanism !== undefined && first !== undefined
        ? this.#spawn(mechanism, parent, record, first.path)
        : this.#fork(parent, record);
    if (this.#keep(record, child)) this.#created++;
  }

  #keep(record: RecordedProcess, made: Task | Refusal): boolean {
    if (isRefusal(made)) {
      this.#refused[made.errno] = (this.#refused[made.errno] ?? 0) + 1;
      return false;
    }
    this.#tasks.set(keyNumber(record), made);
    this.#peak = Math.max(this.#peak, ++this.#live);
    return true;
  }

  /** A parent that is not known, or has ended, is stood in for by init. */
  #parentOf({ parent }: RecordedProcess): Task {
    const task = parent === undefined ? undefined : this.#tasks.get(keyNumber(parent));
    return task ?? this.#kernel.init;
  }

  /** As the recording made it. MODEL: namespaces and threads of the recording are not replayed. */
  #fork(parent: Task, record: RecordedProcess): Task | Refusal {
    const args: KernelCloneArgs = sharesMemory(record) ? vforkArgs() : forkArgs();
    const call = new CloneCall(this.#kernel);
    call.begin(parent, args);
    const execution = execute(cloneProgram, call);
    if (execution.refusal !== undefined) return execution.refusal;
    addExecution(this.#tally, execution);
    this.#tally.syscalls++;
    return call.child;
  }

  #spawn(
    mechanism: Mechanism,
    parent: Task,
    record: RecordedProcess,
    path: string,
  ): Task | Refusal {
    const { request, syscalls } = this.#requestFor(mechanism, record, path);
    const call = new SpawnCall(this.#kernel, parent, request);
    const execution = execute(programFor(mechanism, request), call);
    if (execution.refusal !== undefined) return execution.refusal;
    addExecution(this.#tally, execution);
    this.#tally.syscalls += syscalls;
    this.#spawned.add(record);
    this.#served++;
    return call.child;
  }

  /** Programs that were looked for in vain stand as directories of a search that hold nothing. */
  #requestFor(mechanism: Mechanism, record: RecordedProcess, path: string): ServedRequest {
    const program = this.#install(path);
    const misses = Math.min(record.execRefusedCount, MISSES_MAX);
    const key = `${misses}:${program}`;
    const known = this.#requests.get(key);
    if (known !== undefined) return known;
    const at = program.lastIndexOf('/');
    const name = program.slice(at + 1);
    const directories = [...Array.from({ length: misses }, () => NOWHERE), program.slice(0, at)];
    const request =
      misses === 0
        ? { path: program, argv: [name], envp: [] }
        : { path: name, search: directories.join(':'), argv: [name], envp: [] };
    const made = { request, syscalls: syscallsOf(mechanism.pathFor(request).nodes) };
    this.#requests.set(key, made);
    return made;
  }

  #exec(record: RecordedProcess, path: string): void {
    const task = this.#tasks.get(keyNumber(record));
    if (task === undefined) return;
    if (this.#spawned.delete(record)) return;
    const argv = [path.slice(path.lastIndexOf('/') + 1)];
    const request = { path: this.#install(path), argv, envp: [] };
    const result = execve(this.#kernel, task, request);
    if (record.isCreated) {
      const isFirst = this.#options.mechanism === undefined && record.execs[0]?.path === path;
      this.#tally.syscalls += 1 + (isFirst ? Math.min(record.execRefusedCount, MISSES_MAX) : 0);
    }
    if (isRefusal(result)) this.#refused[result.errno] = (this.#refused[result.errno] ?? 0) + 1;
  }

  #exit(record: RecordedProcess): void {
    const task = this.#tasks.get(keyNumber(record));
    if (task === undefined) return;
    this.#tasks.delete(keyNumber(record));
    this.#live--;
    exitGroupWith(this.#kernel, task, record.exitCode ?? 0);
    // MODEL: parents wait at once; when they did is not in every recording.
    const { parent } = task;
    const number = parent === null ? 0 : pidSeenBy(task, parent);
    if (parent !== null && number > 0) wait4(this.#kernel, parent, number, WAIT.WALL);
  }

  /** A program at the recorded path, shortened where the model could not hold it. */
  #install(path: string): string {
    const known = this.#installed.get(path);
    if (known !== undefined) return known;
    const name = path.slice(path.lastIndexOf('/') + 1).slice(0, 255) || 'program';
    const place = `/programs/${this.#installed.size}`;
    const { init } = this.#kernel;
    const looker = { cred: init.cred, fs: init.fs!, node: 0 };
    if (this.#installed.size === 0) mkdir(looker, '/programs', 0o755);
    const made = mkdir(looker, place, 0o755);
    assert(!isRefusal(made), 'a directory of its own is free');
    const refusal = installProgram(init, `${place}/${name}`);
    assert(refusal === undefined, 'a program of a short name can be installed');
    this.#installed.set(path, `${place}/${name}`);
    return `${place}/${name}`;
  }
}

/** A number for each process of a recording; pids are below 2^22. */
function keyNumber({ pid, incarnation }: RecordedKey): number {
  return incarnation * 2 ** 22 + pid;
}

/** vfork and posix_spawn borrow the memory; strace says so in words, tracepoints in hexadecimal. */
function sharesMemory({ api, flags }: RecordedProcess): boolean {
  if (api === 'vfork') return true;
  if (api === 'newtask') return (Number.parseInt(flags, 16) & 0x100) !== 0;
  return /(?:^|\|)CLONE_VM(?:\||$)/.test(flags);
}
