// From events to processes: who made whom, which task is a thread of which process, when a pid names
// somebody new. The order of a log is not that of cause and effect (a vforked child runs, and even ends,
// before the call that made it returns), so a task may be met first and linked to its parent later.
import { assert } from '@forkless/errors';
import {
  PID_MAX_LIMIT,
  type CreateEvent,
  type ExecEvent,
  type ExecRefusedEvent,
  type ExitEvent,
  type TraceEvent,
} from '../event.ts';
import {
  createRecord,
  EXECS_KEPT_MAX,
  type ProcessKey,
  type ProcessRecord,
} from './process-record.ts';

/** Tasks that may be alive at once; beyond it new ones are left out, with a warning. */
const TASKS_MAX = 1 << 20;
/** Ended tasks that may still wait for the return of the call that made them. */
const ORPHANS_MAX = 4096;
/** Pids of a page, as a power of two. */
const PAGE_BITS = 8;

/** What the tracker tells while it follows a recording. */
export interface ProcessSink {
  /** A process came to be at `timeNs`; the rest of the record is still open. */
  onStart?(record: ProcessRecord, timeNs: number): void;
  /** The process ended, or rather its leader did, at `timeNs`. */
  onEnd?(record: ProcessRecord, timeNs: number): void;
  /** A task that was reported by `onStart` turned out to be a thread; it had ended at `endNs`, or lives. */
  onThreadAfterAll?(record: ProcessRecord, endNs: number | undefined): void;
  /** Nothing more will be known of the process; each is handed over once, in no particular order. */
  onRecord?(record: ProcessRecord): void;
}

interface Task {
  record: ProcessRecord;
  /** False for the leader of the process. */
  isThread: boolean;
  /** A line or an event of its own has been seen. */
  isSeen: boolean;
  /** Its maker, where the recorder does not tell a thread from a process. */
  maker?: ProcessRecord;
}

/** Follows the events of one recording. Memory: one entry for each task alive. */
export class ProcessTracker {
  readonly #sink: ProcessSink;
  readonly #tasks = new Map<number, Task>();
  /** Tasks that ended before anything told who made them, by pid, oldest first. */
  readonly #orphans = new Map<number, Task>();
  /** How many processes each pid has named so far, in pages. */
  readonly #incarnations = new Map<number, Uint32Array>();
  readonly #warnings = new Set<string>();
  /** Records whose leader ended while threads of it live, with the number of these. */
  readonly #liveThreads = new Map<ProcessRecord, number>();
  #root: ProcessKey | undefined;
  #unseenChildren = 0;

  constructor(sink: ProcessSink) {
    this.#sink = sink;
  }

  /** Sentences on what could not be told. */
  get warnings(): readonly string[] {
    return [...this.#warnings];
  }

  /** Takes the next event. O(1). */
  take(event: TraceEvent): void {
    switch (event.kind) {
      case 'seen':
        this.#taskOf(event.tid, event.timeNs);
        return;
      case 'create':
        return this.#create(event);
      case 'exec':
        return this.#exec(event);
      case 'exec-refused':
        return this.#execRefused(event);
      case 'exit':
        return this.#exit(event);
      case 'create-refused':
        this.#taskOf(event.tid, event.timeNs);
        return;
      case 'fork-state':
        return;
    }
  }

  /** Hands over every process that has not been, those that still live with `endNs` undefined. */
  end(): void {
    const open = new Set<ProcessRecord>(this.#liveThreads.keys());
    for (const task of this.#orphans.values()) open.add(task.record);
    for (const task of this.#tasks.values()) {
      open.add(task.record);
      if (isUnseenChild(task)) this.#unseenChildren++;
    }
    for (const record of open) this.#sink.onRecord?.(record);
    if (this.#unseenChildren > 0) {
      this.#warnings.add(
        `Of the processes made, ${this.#unseenChildren} never show up under their pid: the recording was cut, or their pids are of another pid namespace (record with strace --decode-pids=pidns).`,
      );
    }
    this.#orphans.clear();
    this.#liveThreads.clear();
    this.#tasks.clear();
  }

  #taskOf(tid: number, timeNs: number): Task | undefined {
    const known = this.#tasks.get(tid);
    if (known !== undefined) {
      known.isSeen = true;
      return known;
    }
    const record = this.#start(tid, timeNs);
    if (record === undefined) return undefined;
    const task: Task = { record, isThread: false, isSeen: true };
    this.#tasks.set(tid, task);
    return task;
  }

  /** Starts a process under a pid that names nobody, or nobody any more. */
  #start(pid: number, timeNs: number): ProcessRecord | undefined {
    if (this.#tasks.size >= TASKS_MAX) {
      this.#warnings.add(`More than ${TASKS_MAX} tasks live at once; those beyond were left out.`);
      return undefined;
    }
    this.#root ??= { pid, incarnation: 0 };
    const record = createRecord({ pid, incarnation: this.#nextIncarnation(pid) }, timeNs);
    this.#sink.onStart?.(record, timeNs);
    return record;
  }

  #nextIncarnation(pid: number): number {
    assert(pid >= 0 && pid < PID_MAX_LIMIT, 'readers let no pid beyond PID_MAX_LIMIT through');
    let page = this.#incarnations.get(pid >> PAGE_BITS);
    if (page === undefined) {
      page = new Uint32Array(1 << PAGE_BITS);
      this.#incarnations.set(pid >> PAGE_BITS, page);
    }
    const at = pid & (page.length - 1);
    const incarnation = page[at] as number;
    page[at] = incarnation + 1;
    return incarnation;
  }

  #create(event: CreateEvent): void {
    const maker = this.#taskOf(event.tid, event.timeNs)?.record;
    if (maker === undefined) return;
    const found = this.#unlinked(event);
    if (event.isThread === true) {
      maker.threadCount++;
      if (found === undefined) this.#addThread(event.child, maker);
      else this.#becomeThread(event.child, found, maker);
      return;
    }
    maker.childCount++;
    const task = found ?? this.#addChild(event);
    if (task === undefined) return;
    if (event.isThread === undefined) task.maker = maker;
    this.#link(task, maker, event);
  }

  #link(task: Task, maker: ProcessRecord, event: CreateEvent): void {
    const { record } = task;
    record.isCreated = true;
    record.parent = { pid: maker.pid, incarnation: maker.incarnation };
    record.api = event.api;
    record.flags = event.flags;
    if (this.#orphans.get(event.child) !== task) return;
    this.#orphans.delete(event.child);
    this.#sink.onRecord?.(record);
  }

  /** The task, alive or ended, that came to be since the call began and has no maker yet. */
  #unlinked({ child, calledNs }: CreateEvent): Task | undefined {
    const orphan = this.#orphans.get(child);
    if (orphan !== undefined && orphan.record.startNs >= calledNs) return orphan;
    const task = this.#tasks.get(child);
    const isOpen = task !== undefined && !task.isThread && !task.record.isCreated;
    return isOpen && task.record.startNs >= calledNs ? task : undefined;
  }

  #addChild({ child, timeNs }: CreateEvent): Task | undefined {
    this.#replaceLiving(child);
    const record = this.#start(child, timeNs);
    if (record === undefined) return undefined;
    const task: Task = { record, isThread: false, isSeen: false };
    this.#tasks.set(child, task);
    return task;
  }

  #addThread(tid: number, record: ProcessRecord): void {
    this.#replaceLiving(tid);
    if (this.#tasks.size >= TASKS_MAX) return;
    this.#tasks.set(tid, { record, isThread: true, isSeen: false });
    this.#countThreads(record, 1);
  }

  /** A pid is given away again only after its end, so the end of the one before is not in the log. */
  #replaceLiving(pid: number): void {
    const living = this.#tasks.get(pid);
    if (living === undefined) return;
    this.#warnings.add(
      'Some pids were given to new tasks before their old ones ended: ends are missing, or pids of several namespaces are mixed.',
    );
    if (isUnseenChild(living)) this.#unseenChildren++;
    this.#tasks.delete(pid);
    if (living.isThread) this.#endThread(living.record);
    else this.#sink.onRecord?.(living.record);
  }

  #becomeThread(tid: number, task: Task, maker: ProcessRecord): void {
    const { record } = task;
    this.#sink.onThreadAfterAll?.(record, record.endNs);
    if (this.#orphans.get(tid) === task) {
      this.#orphans.delete(tid);
      return;
    }
    task.record = maker;
    task.isThread = true;
    this.#countThreads(maker, 1);
  }

  #countThreads(record: ProcessRecord, change: number): void {
    const count = (this.#liveThreads.get(record) ?? 0) + change;
    if (count > 0) this.#liveThreads.set(record, count);
    else this.#liveThreads.delete(record);
  }

  #endThread(record: ProcessRecord): void {
    this.#countThreads(record, -1);
    if (record.endNs !== undefined && !this.#liveThreads.has(record)) this.#settle(record);
  }

  #exec({ tid, oldTid, timeNs, path }: ExecEvent): void {
    const record =
      tid === oldTid ? this.#taskOf(tid, timeNs)?.record : this.#takeOver(tid, oldTid, timeNs);
    if (record === undefined) return;
    record.execCount++;
    if (record.leaderEndNs === undefined) record.execCountOfLeader++;
    if (record.execs.length < EXECS_KEPT_MAX) record.execs.push({ timeNs, path });
  }

  /** A thread beside the leader called exec: it goes on under the pid of the leader, the others end. */
  #takeOver(tid: number, oldTid: number, timeNs: number): ProcessRecord | undefined {
    const thread = this.#tasks.get(oldTid);
    if (thread === undefined || !thread.isThread) {
      // Its creation is not in the recording, so it was taken for a process until now.
      if (thread !== undefined && !thread.record.isCreated) {
        this.#tasks.delete(oldTid);
        this.#sink.onThreadAfterAll?.(thread.record, undefined);
      }
      return this.#taskOf(tid, timeNs)?.record;
    }
    const { record } = thread;
    this.#tasks.delete(oldTid);
    this.#countThreads(record, -1);
    record.endNs = undefined;
    this.#tasks.set(tid, { record, isThread: false, isSeen: true });
    return record;
  }

  #execRefused({ tid, timeNs }: ExecRefusedEvent): void {
    const task = this.#taskOf(tid, timeNs);
    if (task !== undefined) task.record.execRefusedCount++;
  }

  #exit(event: ExitEvent): void {
    const { tid, timeNs, isGroupDead } = event;
    const task = this.#taskOf(tid, timeNs);
    if (task === undefined) return;
    this.#tasks.delete(tid);
    const { record, maker } = task;
    if (task.isThread) return this.#endThread(record);
    if (maker !== undefined && isGroupDead === false && record.execCount === 0) {
      // MODEL: where flags are not recorded, one that leaves others of its group behind without ever
      // having run a program is taken for a thread; a leader that quits first is mistaken for one.
      maker.childCount--;
      maker.threadCount++;
      return this.#sink.onThreadAfterAll?.(record, undefined);
    }
    record.exitCode = event.code;
    record.signal = event.signal;
    record.endNs = timeNs;
    if (record.leaderEndNs === undefined) {
      record.leaderEndNs = timeNs;
      this.#sink.onEnd?.(record, timeNs);
    }
    if (!this.#liveThreads.has(record)) this.#settle(record);
  }

  /** Hands a process over, or lets it wait for the return of the call that made it. */
  #settle(record: ProcessRecord): void {
    const isRoot = record.pid === this.#root?.pid && record.incarnation === 0;
    if (record.isCreated || isRoot) return this.#sink.onRecord?.(record);
    const oldest = this.#orphans.keys().next();
    if (!oldest.done && this.#orphans.size >= ORPHANS_MAX) this.#giveUp(oldest.value);
    this.#giveUp(record.pid);
    this.#orphans.set(record.pid, { record, isThread: false, isSeen: true });
  }

  /** Nobody will claim that orphan any more. */
  #giveUp(pid: number): void {
    const orphan = this.#orphans.get(pid);
    if (orphan === undefined) return;
    this.#orphans.delete(pid);
    this.#sink.onRecord?.(orphan.record);
  }
}

function isUnseenChild({ record, isSeen, isThread }: Task): boolean {
  return record.isCreated && !isSeen && !isThread;
}
