// Reads the text of perf script, of a tracefs `trace` file and of `trace-cmd report`: three heads before
// the same arguments. task_newtask tells the flags and comes first; the task is made with the
// sched_process_fork that follows, and each of the two stands alone where only it was recorded.
import { isThreadHex } from '../clone-flags.ts';
import { PID_MAX_LIMIT } from '../event.ts';
import { startsWithAt } from '../input/bytes.ts';
import { NameTable } from '../input/name-table.ts';
import { quote } from '../input/problem.ts';
import {
  createLineReader,
  type LineParser,
  type ParserContext,
  type TraceReader,
  type TraceReaderOptions,
} from '../input/trace-reader.ts';
import { firstNumber, lastField, lastNumber, numberAt, skipHex } from './tracepoint-args.ts';
import { createHead, readHead } from './tracepoint-head.ts';

/** Parents whose sched_process_fork is still awaited; a real machine has at most one a CPU. */
const AWAITED_MAX = 4096;

/** What a task_newtask told. */
interface NewTask {
  readonly timeNs: number;
  readonly tid: number;
  readonly child: number;
  readonly flags: string;
}

const NO_NEWTASK =
  'There is no task_newtask in it, so threads are told from processes by group_dead alone; record task:task_newtask as well.';

/** Reads perf script, ftrace or trace-cmd text. */
export function createTracepointReader(options: TraceReaderOptions): TraceReader {
  return createLineReader('tracepoint', options, (context) => new TracepointParser(context));
}

class TracepointParser implements LineParser {
  readonly #context: ParserContext;
  readonly #names = new NameTable();
  readonly #head = createHead();
  /** By parent; the child of none of them has run yet. */
  readonly #awaited = new Map<number, NewTask>();

  constructor(context: ParserContext) {
    this.#context = context;
  }

  line(bytes: Uint8Array, from: number, to: number): void {
    const end = trimEnd(bytes, from, to);
    if (end === from || bytes[from] === 0x23) return;
    const head = this.#head;
    if (!readHead(head, bytes, from, end)) return this.#otherLine(bytes, from, end);
    if (head.tid >= PID_MAX_LIMIT) return this.#malformed(bytes, from, end, 'a pid below 2^22');
    const timeNs = this.#context.clock.sinceOrigin(head.sec, head.fractionNs);
    const name = this.#names.text(bytes, head.nameFrom, head.nameTo);
    this.#context.count(name);
    if (this.#awaited.size > 0 && name !== 'sched_process_fork') this.#goOn(head.tid);
    if (!this.#event(name, timeNs, bytes, end)) {
      this.#malformed(bytes, from, end, `the arguments of ${name}`);
    }
  }

  end(): void {
    for (const task of this.#awaited.values()) this.#emitNewTask(task, task.timeNs);
    this.#awaited.clear();
  }

  /** True for events that are not of processes too. */
  #event(name: string, timeNs: number, bytes: Uint8Array, to: number): boolean {
    switch (name) {
      case 'task_newtask':
        return this.#newtask(timeNs, bytes, to);
      case 'sched_process_fork':
        return this.#fork(timeNs, bytes, to);
      case 'sched_process_exec':
        return this.#exec(timeNs, bytes, to);
      case 'sched_process_exit':
        return this.#exit(timeNs, bytes, to);
      default:
        return true;
    }
  }

  /** @see include/trace/events/task.h, task_newtask, v6.12 */
  #newtask(timeNs: number, bytes: Uint8Array, to: number): boolean {
    const { tid, argsFrom } = this.#head;
    const child = firstNumber(bytes, argsFrom, to, 'pid=');
    const field = lastField(bytes, argsFrom, to, ' clone_flags=');
    if (!isPid(child) || field === undefined) return false;
    const flagsTo = skipHex(bytes, field.from, to);
    if (flagsTo === field.from || flagsTo - field.from > 16) return false;
    const flags = this.#names.text(bytes, field.from, flagsTo);
    if (this.#awaited.size >= AWAITED_MAX) this.end();
    this.#awaited.set(tid, { timeNs, tid, child, flags });
    return true;
  }

  /** @see include/trace/events/sched.h, sched_process_fork, v6.12 */
  #fork(timeNs: number, bytes: Uint8Array, to: number): boolean {
    const { tid, argsFrom } = this.#head;
    const child = lastNumber(bytes, argsFrom, to, ' child_pid=');
    if (!isPid(child)) return false;
    const awaited = this.#awaited.get(tid);
    this.#awaited.delete(tid);
    if (awaited?.child === child) {
      this.#emitNewTask(awaited, timeNs);
      return true;
    }
    if (awaited !== undefined) this.#emitNewTask(awaited, awaited.timeNs);
    this.#context.warn(NO_NEWTASK);
    const [calledNs, isThread, api] = [timeNs, undefined, 'fork-event'] as const;
    this.#context.emit({ kind: 'create', timeNs, calledNs, tid, child, isThread, api, flags: '' });
    return true;
  }

  /** The parent or the child runs on, so no sched_process_fork will come: it was not recorded. */
  #goOn(tid: number): void {
    for (const task of this.#awaited.values()) {
      if (task.tid !== tid && task.child !== tid) continue;
      this.#awaited.delete(task.tid);
      this.#emitNewTask(task, task.timeNs);
    }
  }

  #emitNewTask({ timeNs: calledNs, tid, child, flags }: NewTask, timeNs: number): void {
    const isThread = isThreadHex(flags);
    const api = 'newtask';
    this.#context.emit({ kind: 'create', timeNs, calledNs, tid, child, isThread, api, flags });
  }

  /** @see include/trace/events/sched.h, sched_process_exec, v6.12 */
  #exec(timeNs: number, bytes: Uint8Array, to: number): boolean {
    const { argsFrom } = this.#head;
    const oldField = lastField(bytes, argsFrom, to, ' old_pid=');
    if (oldField === undefined) return false;
    const oldTid = numberAt(bytes, oldField.from, to);
    const pidField = lastField(bytes, argsFrom, oldField.at, ' pid=');
    if (pidField === undefined) return false;
    const tid = numberAt(bytes, pidField.from, oldField.at);
    if (!isPid(tid) || !isPid(oldTid)) return false;
    if (!startsWithAt(bytes, argsFrom, to, 'filename=')) return false;
    const path = this.#names.text(bytes, argsFrom + 'filename='.length, pidField.at);
    this.#context.emit({ kind: 'exec', timeNs, tid, oldTid, path });
    return true;
  }

  /** group_dead came later. @see include/trace/events/sched.h, sched_process_exit, v6.12 */
  #exit(timeNs: number, bytes: Uint8Array, to: number): boolean {
    const { argsFrom } = this.#head;
    const prio = lastField(bytes, argsFrom, to, ' prio=');
    if (prio === undefined) return false;
    const tid = lastNumber(bytes, argsFrom, prio.at, ' pid=');
    if (!isPid(tid)) return false;
    const dead = lastField(bytes, prio.at, to, ' group_dead=');
    if (dead === undefined) this.#context.emit({ kind: 'exit', timeNs, tid });
    else {
      const isGroupDead = startsWithAt(bytes, dead.from, to, 'true');
      this.#context.emit({ kind: 'exit', timeNs, tid, isGroupDead });
    }
    return true;
  }

  #otherLine(bytes: Uint8Array, from: number, to: number): void {
    const text = this.#names.text(bytes, from, Math.min(to, from + 200));
    if (/^(cpus=\d+|version = \d+|CPU ?\d+ is empty)$/.test(text)) return;
    const lost = /LOST (\d+) EVENTS|lost (\d+)/.exec(text);
    if (lost !== null) {
      return this.#context.warn('The recorder lost events, so counts are too low.');
    }
    // The frames of a call chain, one a line, with an address first.
    if (/^\s+[0-9a-f]{4,16} \S/.test(text)) return;
    this.#context.problem(
      `expected a line of perf script, ftrace or trace-cmd, got ${quote(text)}`,
    );
  }

  #malformed(bytes: Uint8Array, from: number, to: number, expected: string): void {
    const text = this.#names.text(bytes, from, Math.min(to, from + 4096));
    this.#context.problem(`expected ${expected}, got ${quote(text.trim())}`);
  }
}

function isPid(value: number): boolean {
  return value >= 0 && value < PID_MAX_LIMIT;
}

function trimEnd(bytes: Uint8Array, from: number, to: number): number {
  let end = to;
  while (end > from && (bytes[end - 1] === 0x20 || bytes[end - 1] === 0x09)) end--;
  return end;
}
