// Reads the rows of our bpftrace script: one task creation each, with the state of the parent's
// descriptors and memory at that moment.
import { isThreadHex } from '../clone-flags.ts';
import { PID_MAX_LIMIT, type ForkState } from '../event.ts';
import { quote } from '../input/problem.ts';
import { decodeText } from '../input/text.ts';
import {
  createLineReader,
  type LineParser,
  type ParserContext,
  type TraceReader,
  type TraceReaderOptions,
} from '../input/trace-reader.ts';

/** `N ` as bpftrace prints it, then 18 fields and the command, which may hold blanks. */
const ROW =
  /^(?:N )?(\d{1,20}) (\d{1,10}) (\d{1,10}) (\d{1,10}) ([0-9a-f]{1,16}) (\d{1,10}) (\d{1,10}) ([0-9a-f]{1,16}) ([0-9a-f]{1,16}) ([0-9a-f]{1,16}) ([0-9a-f]{1,16}) (\d{1,15}) (\d{1,15}) (-?\d{1,15}) (-?\d{1,15}) (\d{1,10}) (-?\d{1,10}) (\d{1,10}) (.*)$/;
const HEADER = /^(?:# )?ns ptgid ptid child flags /;
const CHATTER = /^(?:Attaching \d+ probes?\.\.\.|WARNING: .*|Lost \d+ events|)$/;

/** Reads what `bpftrace -B line forkstate.bt PID` printed. */
export function createForkStateReader(options: TraceReaderOptions): TraceReader {
  return createLineReader('forkstate', options, (context) => new ForkStateParser(context));
}

class ForkStateParser implements LineParser {
  readonly #context: ParserContext;

  constructor(context: ParserContext) {
    this.#context = context;
  }

  line(bytes: Uint8Array, from: number, to: number): void {
    const line = decodeText(bytes, from, to);
    const row = ROW.exec(line);
    if (row === null) return this.#otherLine(line);
    const [, ns = '', , ptid, child] = row;
    if (Number(ptid) >= PID_MAX_LIMIT || Number(child) >= PID_MAX_LIMIT) {
      return this.#context.problem(`expected pids below 2^22, got ${quote(line)}`);
    }
    const at = ns.padStart(10, '0');
    const timeNs = this.#context.clock.sinceOrigin(Number(at.slice(0, -9)), Number(at.slice(-9)));
    this.#context.emit({ kind: 'fork-state', timeNs, tid: Number(ptid), state: stateOf(row) });
  }

  #otherLine(line: string): void {
    if (/^Lost \d+ events/.test(line)) {
      this.#context.warn('The recorder lost events, so counts are too low.');
    }
    if (HEADER.test(line) || CHATTER.test(line)) return;
    this.#context.problem(`expected a row of forkstate, got ${quote(line)}`);
  }
}

function stateOf(row: RegExpExecArray): ForkState {
  const number = (field: number) => Number(row[field]);
  const flags = row[5] as string;
  return {
    parentTgid: number(2),
    child: number(4),
    flags,
    isThread: isThreadHex(flags),
    maxFds: number(6),
    nextFd: number(7),
    openFds: [8, 9, 10, 11].reduce((sum, field) => sum + popCount(row[field] as string), 0),
    vmas: number(12),
    totalVmPages: number(13),
    rssFilePages: number(14),
    rssAnonPages: number(15),
    threads: number(16),
    filesRefs: number(17),
    cpu: number(18),
    comm: row[19] as string,
  };
}

function popCount(hex: string): number {
  let count = 0;
  for (const digit of hex) {
    for (let bits = Number.parseInt(digit, 16); bits > 0; bits >>= 1) count += bits & 1;
  }
  return count;
}
