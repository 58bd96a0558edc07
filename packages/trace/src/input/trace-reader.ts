// What all readers share: chunks go in, events come out at once, and in the end there is a summary. A
// format is a function that makes a parser of single lines.
import { BoundedCounts } from './bounded-counts.ts';
import { LINE_BYTES_MAX, LineSplitter } from './line-splitter.ts';
import { ProblemLog, type ProblemOptions } from './problem.ts';
import { TraceClock, type TraceOrigin } from './trace-clock.ts';
import type { TraceEvent } from '../event.ts';

/** The formats that can be read. `tracepoint` is the text of perf script, ftrace and trace-cmd. */
export type TraceFormat = 'strace' | 'tracepoint' | 'forkstate' | 'ndjson';

/** What a reader is given. */
export interface TraceReaderOptions extends ProblemOptions {
  /** Called for each event, in the order of the log, from within `push` and `end`. */
  readonly onEvent: (event: TraceEvent) => void;
}

/** What can be said of a whole recording once it is read. */
export interface TraceSummary {
  readonly format: TraceFormat;
  readonly lines: number;
  /** Lines that could not be understood. */
  readonly problems: number;
  /** From the first to the last time in the recording. */
  readonly wallNs: number;
  /** Undefined if nothing had a time. */
  readonly origin: TraceOrigin | undefined;
  /** Kinds of lines by name, such as `unfinished` or `sched_process_exec`. */
  readonly counts: Readonly<Record<string, number>>;
  /** What a person should know before trusting the result, one sentence each. */
  readonly warnings: readonly string[];
}

/** Reads one recording; memory stays constant whatever its length. */
export interface TraceReader {
  /** Takes the next piece, cut anywhere. Throws a `ConfigError` on the first problem if strict. */
  push(chunk: Uint8Array | string): void;
  /** Takes the end of the recording. */
  end(): TraceSummary;
}

/** What a parser of lines is given. */
export interface ParserContext {
  emit(event: TraceEvent): void;
  /** Reports a problem of the line at hand. */
  problem(reason: string): void;
  /** A sentence for the summary; said once however often it is given. */
  warn(sentence: string): void;
  /** Counts one line of a kind. */
  count(kind: string): void;
  readonly clock: TraceClock;
}

/** Understands single lines. */
export interface LineParser {
  line(bytes: Uint8Array, from: number, to: number): void;
  /** Tells what it still held back. */
  end?(): void;
}

/** Makes a reader from a parser of lines. */
export function createLineReader(
  format: TraceFormat,
  options: TraceReaderOptions,
  createParser: (context: ParserContext) => LineParser,
): TraceReader {
  const problems = new ProblemLog(options);
  const counts = new BoundedCounts();
  const warnings = new Set<string>();
  const clock = new TraceClock();
  let lines = 0;
  const parser = createParser({
    emit: options.onEvent,
    problem: (reason) => problems.report(lines, reason),
    warn: (sentence) => void warnings.add(sentence),
    count: (kind) => counts.add(kind),
    clock,
  });
  const splitter = new LineSplitter(
    (bytes, from, to) => {
      lines++;
      parser.line(bytes, from, to);
    },
    () => {
      lines++;
      problems.report(lines, `the line is longer than ${LINE_BYTES_MAX} bytes and was passed over`);
    },
  );
  return {
    push: (chunk) => splitter.push(chunk),
    end() {
      splitter.end();
      parser.end?.();
      return {
        format,
        lines,
        problems: problems.count,
        wallNs: clock.latestNs,
        origin: clock.origin,
        counts: counts.toRecord(),
        warnings: [...warnings],
      };
    },
  };
}
