// A recording played again on the model of the kernel: every process of it is made, runs its programs and
// ends in the recorded order. Where the recording made a child that then ran a program, a mechanism of
// choice takes the place of both; where it never did, only a copy of the parent will do.
import { assert, isRefusal, type Refusal } from '@forkless/errors';
import { compile, execute, type Program } from '@forkless/sim';
import {
  CloneCall,
  closeFd,
  componentsOf,
  copyProcessPath,
  EXEC_WORK,
  execveCall,
  exitGroupWith,
  forkArgs,
  installProgram,
  MemoryWork,
  mkdir,
  pidSeenBy,
  vforkArgs,
  wait4,
  WAIT,
  type Kernel,
  type KernelCloneArgs,
  type Task,
} from '@forkless/task';
import { WRITTEN_PAGES } from '../mechanisms/classic.ts';
import type { Mechanism } from '../mechanisms/mechanism.ts';
import type { SpawnRequest } from '../request.ts';
import { SpawnCall } from '../spawn-call.ts';
import { spendCopy, spendEnd, spendStart } from './life-work.ts';
import {
  lifeEvents,
  type LifeEvent,
  type RecordedKey,
  type RecordedProcess,
} from './recorded-process.ts';
import {
  addExecution,
  createTally,
  spend,
  spendAll,
  syscallsOf,
  tallied,
  type Tally,
} from './tally.ts';

/** On what a recording is replayed. */
export interface ReplayOptions {
  /** Serves what was fork and exec; undefined replays the recording's own calls. */
  readonly mechanism: Mechanism | undefined;
  /** A kernel that was just booted, with room for the pids of the recording. */
  readonly kernel: Kernel;
  /**
   * Written memory of every parent in MiB, for what its copies cost; 0 when left out, as recordings of
   * calls do not say.
   */
  readonly parentMib?: number;
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
const MISSED_COMPONENTS = componentsOf(`${NOWHERE}/program`);
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
  /** Its steps, which count their work. */
  readonly program: Program<SpawnCall>;
}

class Replay {
  readonly #options: ReplayOptions;
  readonly #kernel: Kernel;
  readonly #tasks = new Map<number, Task>();
  readonly #installed = new Map<string, string>();
  readonly #tally = createTally();
  readonly #cloneProgram = compile(tallied(copyProcessPath(), this.#tally));
  readonly #refused: Record<string, number> = {};
  /** By program and misses, so that a list of steps is made once for each. */
  readonly #requests = new Map<string, ServedRequest>();
  /** Children whose first program came with them. */
  readonly #spawned = new Set<RecordedProcess>();
  /** Children whose mechanism gave a pidfd, which is closed when they have ended. */
  readonly #withPidfd = new Map<Task, SpawnCall>();
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
    const execution = execute(this.#cloneProgram, call);
    if (execution.refusal !== undefined) return execution.refusal;
    addExecution(this.#tally, execution);
    if (!sharesMemory(record)) {
      spend(this.#tally, 'fault.cow-copy', WRITTEN_PAGES);
      spendCopy(this.#tally, this.#options.parentMib ?? 0);
    }
    this.#tally.syscalls++;
    spend(this.#tally, 'syscall');
    return call.child;
  }

  #spawn(
    mechanism: Mechanism,
    parent: Task,
    record: RecordedProcess,
    path: string,
  ): Task | Refusal {
    const { request, syscalls, program } = this.#requestFor(mechanism, record, path);
    const call = new SpawnCall(this.#kernel, parent, request);
    const execution = execute(program, call);
    if (execution.refusal !== undefined) return execution.refusal;
    addExecution(this.#tally, execution);
    if (call.clone.copied.of('mm_alloc') > 0) {
      spendCopy(this.#tally, this.#options.parentMib ?? 0);
    }
    spendStart(this.#tally, path);
    this.#tally.syscalls += syscalls;
    this.#spawned.add(record);
    if (call.pidfd.value >= 0) this.#withPidfd.set(call.child, call);
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
    const steps = mechanism.pathFor(request);
    const made = {
      request,
      syscalls: syscallsOf(steps.nodes),
      program: compile(tallied(steps, this.#tally)),
    };
    this.#requests.set(key, made);
    return made;
  }

  #exec(record: RecordedProcess, path: string): void {
    const task = this.#tasks.get(keyNumber(record));
    if (task === undefined) return;
    if (this.#spawned.delete(record)) return;
    const argv = [path.slice(path.lastIndexOf('/') + 1)];
    const request = { path: this.#install(path), argv, envp: [] };
    const { result, call } = execveCall(this.#kernel, task, request);
    if (record.isCreated) {
      const isFirst = this.#options.mechanism === undefined && record.execs[0]?.path === path;
      const misses = isFirst ? Math.min(record.execRefusedCount, MISSES_MAX) : 0;
      this.#tally.syscalls += 1 + misses;
      spend(this.#tally, 'syscall', 1 + misses);
      spend(this.#tally, 'exec.probe', misses);
      spend(this.#tally, 'path.component', misses * MISSED_COMPONENTS);
      if (!isRefusal(result)) {
        spendAll(this.#tally, EXEC_WORK, call);
        spendStart(this.#tally, path);
      }
    }
    if (isRefusal(result)) this.#refused[result.errno] = (this.#refused[result.errno] ?? 0) + 1;
  }

  #exit(record: RecordedProcess): void {
    const task = this.#tasks.get(keyNumber(record));
    if (task === undefined) return;
    this.#tasks.delete(keyNumber(record));
    this.#live--;
    const closedCount = task.files?.users === 1 ? task.files.openCount : 0;
    const dropped = new MemoryWork();
    dropped.during(this.#kernel.memory.counts, () =>
      exitGroupWith(this.#kernel, task, record.exitCode ?? 0),
    );
    if (record.isCreated) {
      spendEnd(this.#tally, { dropped, closedCount, levels: task.pid.level + 1 });
    }
    // MODEL: parents wait at once; when they did is not in every recording.
    const { parent } = task;
    const number = parent === null ? 0 : pidSeenBy(task, parent);
    if (parent !== null && number > 0) wait4(this.#kernel, parent, number, WAIT.WALL);
    this.#closePidfd(task);
  }

  /** A parent that waited has no use for the handle, and its next copies are not to grow by it. */
  #closePidfd(task: Task): void {
    const call = this.#withPidfd.get(task);
    if (call === undefined) return;
    this.#withPidfd.delete(task);
    if (call.parent.files !== null) closeFd(call.parent.files, call.pidfd.value);
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
