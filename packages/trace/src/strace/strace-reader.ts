// Reads the log of `strace -f`: joins the halves of calls that other tasks interrupted, follows a thread
// that takes over the pid of its leader by exec, and tells a retried clone from one that made a task.
import { PID_MAX_LIMIT, type CreateApi } from '../event.ts';
import { quote } from '../input/problem.ts';
import { decodeText, detached } from '../input/text.ts';
import {
  createLineReader,
  type LineParser,
  type ParserContext,
  type TraceReader,
  type TraceReaderOptions,
} from '../input/trace-reader.ts';
import { readBody, type StraceBody, type StraceResult } from './strace-body.ts';
import { createFlags, firstString, isCreate, isExec, isThreadFlags } from './strace-calls.ts';
import { StraceHeads, type StraceHead } from './strace-head.ts';

/** Tasks that may be under way at once; the log of a real machine stays far below. */
const TASKS_MAX = 1 << 20;

/** A call whose second half is still to come. */
interface PendingCall {
  readonly name: string;
  /** Flags of a create, path of an exec. */
  readonly detail: string;
  /** When it began. */
  readonly calledNs: number;
  /** The thread that called exec and goes on under the pid of its leader. */
  readonly oldTid?: number;
}

/** Characters of a line that a path may keep alive. */
const LINE_KEPT_MAX = 1000;

/** Different flags of which a string is shared. */
const FLAGS_MAX = 1000;

const NO_CALL: PendingCall = { name: '', detail: '', calledNs: 0 };
const NO_TIME = 'It has no times (strace -ttt), so no duration can be told.';
const FOREIGN_PIDS =
  'Tasks in other pid namespaces are linked by the comments that --decode-pids=pidns adds.';

/** Reads the log of strace. Memory: one entry for each task under way. */
export function createStraceReader(options: TraceReaderOptions): TraceReader {
  return createLineReader('strace', options, (context) => new StraceParser(context));
}

class StraceParser implements LineParser {
  readonly #context: ParserContext;
  readonly #heads: StraceHeads;
  readonly #head: StraceHead = { tid: 0, timeNs: 0, bodyFrom: 0 };
  readonly #flags = new Map<string, string>();
  /** The half call of each task under way. */
  readonly #tasks = new Map<number, PendingCall>();

  constructor(context: ParserContext) {
    this.#context = context;
    this.#heads = new StraceHeads(context.clock, () => context.warn(NO_TIME));
  }

  line(bytes: Uint8Array, from: number, to: number): void {
    if (from === to) return;
    const line = decodeText(bytes, from, to);
    const head = this.#head;
    this.#heads.read(head, line);
    const body = readBody(head.bodyFrom === 0 ? line : line.slice(head.bodyFrom));
    if (body === undefined || head.tid >= PID_MAX_LIMIT) {
      return this.#context.problem(`expected a line of strace, got ${quote(line)}`);
    }
    if (body.kind !== 'note') this.#body(body, head.tid, head.timeNs);
  }

  #body(body: Exclude<StraceBody, { kind: 'note' }>, tid: number, timeNs: number): void {
    const isFirst = !this.#tasks.has(tid);
    if (isFirst && !this.#firstLine(tid, timeNs)) return;
    switch (body.kind) {
      case 'call':
        return this.#finish(body.name, body.args, body.result, undefined);
      case 'unfinished':
        this.#context.count('unfinished');
        return this.#setPending(tid, body.name, body.args);
      case 'resumed':
        return this.#resume(body, tid, isFirst);
      case 'pid-changed':
        return this.#changePid(body, tid);
      case 'signal':
        return this.#context.count('signal');
      case 'superseded':
        return this.#context.count('superseded');
      default:
        return this.#end(body, tid, timeNs);
    }
  }

  #firstLine(tid: number, timeNs: number): boolean {
    if (this.#tasks.size >= TASKS_MAX) {
      this.#context.problem(
        `more than ${TASKS_MAX} tasks are under way, so task ${tid} is left out`,
      );
      return false;
    }
    this.#tasks.set(tid, NO_CALL);
    this.#context.emit({ kind: 'seen', timeNs, tid });
    return true;
  }

  #setPending(tid: number, name: string, args: string): void {
    // A call torn a second time keeps what its first part told.
    const before = this.#tasks.get(tid);
    const detail = this.#detailOf(name, args);
    if (before !== undefined && before.name === name && detail === '') return;
    this.#tasks.set(tid, { name, detail, calledNs: this.#head.timeNs });
  }

  #resume({ name, args, result }: StraceBody & { kind: 'resumed' }, tid: number, isFirst: boolean) {
    const pending = this.#tasks.get(tid) ?? NO_CALL;
    this.#tasks.set(tid, NO_CALL);
    if (pending.name === name) return this.#finish(name, args, result, pending);
    if (!isFirst) {
      const was = pending.name === '' ? 'no call' : pending.name;
      this.#context.problem(`expected the end of ${was} of task ${tid}, got that of ${name}`);
    }
    this.#finish(name, args, result, undefined);
  }

  /** The first half stands on the thread, the second will stand on its leader. */
  #changePid({ name, args, leader }: StraceBody & { kind: 'pid-changed' }, tid: number): void {
    this.#tasks.delete(tid);
    const detail = this.#detailOf(name, args);
    if (this.#tasks.size < TASKS_MAX) {
      this.#tasks.set(leader, { name, detail, calledNs: this.#head.timeNs, oldTid: tid });
    }
  }

  #finish(
    name: string,
    args: string,
    result: StraceResult,
    pending: PendingCall | undefined,
  ): void {
    if (isCreate(name)) this.#create(name, args, result, pending);
    else if (isExec(name)) this.#exec(args, result, pending);
  }

  #create(
    api: CreateApi,
    args: string,
    result: StraceResult,
    pending: PendingCall | undefined,
  ): void {
    const { tid, timeNs } = this.#head;
    if (!result.ok) {
      return this.#context.emit({ kind: 'create-refused', timeNs, tid, api, errno: result.errno });
    }
    if (result.hasForeignPid) this.#context.warn(FOREIGN_PIDS);
    const child = result.value;
    if (child <= 0 || child >= PID_MAX_LIMIT) {
      return this.#context.problem(`expected ${api} to return a pid, got ${child}`);
    }
    const flags = pending?.detail || this.#detailOf(api, args);
    const isThread = isThreadFlags(flags);
    const calledNs = pending?.calledNs ?? timeNs;
    this.#context.emit({ kind: 'create', timeNs, calledNs, tid, child, isThread, api, flags });
  }

  #exec(args: string, result: StraceResult, pending: PendingCall | undefined): void {
    const { tid, timeNs } = this.#head;
    const path = pending?.detail || this.#detailOf('execve', args);
    const oldTid = pending?.oldTid ?? tid;
    this.#context.emit(
      result.ok
        ? { kind: 'exec', timeNs, tid, oldTid, path }
        : { kind: 'exec-refused', timeNs, tid, path, errno: result.errno },
    );
  }

  #end(body: StraceBody & { kind: 'exited' | 'killed' }, tid: number, timeNs: number): void {
    this.#tasks.delete(tid);
    this.#context.emit(
      body.kind === 'exited'
        ? { kind: 'exit', timeNs, tid, code: body.code }
        : { kind: 'exit', timeNs, tid, signal: body.signal },
    );
  }

  #detailOf(name: string, args: string): string {
    if (isCreate(name)) return this.#shared(createFlags(name, args));
    if (!isExec(name)) return '';
    const path = firstString(args) ?? '';
    // Short lines may stay in memory for the path in them, long ones may not.
    return args.length > LINE_KEPT_MAX ? detached(path) : path;
  }

  /** One string for flags that are equal. */
  #shared(flags: string): string {
    const known = this.#flags.get(flags);
    if (known !== undefined) return known;
    const own = detached(flags);
    if (this.#flags.size < FLAGS_MAX) this.#flags.set(own, own);
    return own;
  }
}
