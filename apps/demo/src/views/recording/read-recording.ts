// A recording from its bytes to what is shown of it. Runs anywhere.
import { ConfigError } from '@forkless/errors';
import {
  createChromeTraceWriter,
  createReader,
  detectFormat,
  ForkStateFold,
  StatisticsFold,
  type ForkStateStatistics,
  type ProcessRecord,
  type TraceStatistics,
  type TraceSummary,
} from '@forkless/trace';

/** All of a recording. */
export interface Recording {
  readonly name: string;
  readonly summary: TraceSummary;
  readonly statistics: TraceStatistics;
  /** Of a forkstate recording, which tells of forks alone. */
  readonly forkState: ForkStateStatistics | undefined;
  readonly records: readonly ProcessRecord[];
  /** Chrome Trace JSON; Perfetto opens it. */
  readonly timeline: string;
  /** What could not be read, with its line. */
  readonly problems: readonly string[];
}

const PROBLEMS_SHOWN_MAX = 20;
const HEAD_CHARACTERS = 65_536;
/** Characters that are handed to the reader at once. */
const PIECE_CHARACTERS = 2 ** 20;
/** Processes that are kept. */
const PROCESSES_MAX = 200_000;

/** Reads a recording; a `ConfigError` when its format is not known. */
export function readRecording(name: string, text: string): Recording {
  const format = detectFormat(text.slice(0, HEAD_CHARACTERS));
  if (format === undefined) {
    const [first = ''] = text.split('\n', 1);
    throw new ConfigError(
      `${name}, line 1: expected a recording of strace, perf script, ftrace or forkstate, got "${first.slice(0, 60)}"`,
    );
  }
  const problems: string[] = [];
  const records: ProcessRecord[] = [];
  const timeline: string[] = [];
  const writer = createChromeTraceWriter((piece) => timeline.push(piece));
  const fold = new StatisticsFold({
    onRecord: (record) => {
      if (records.length === PROCESSES_MAX) {
        throw new ConfigError(`${name}: expected at most ${PROCESSES_MAX} processes`);
      }
      records.push(record);
      writer.process(record);
    },
  });
  const forks = new ForkStateFold();
  const reader = createReader(format, {
    file: name,
    onEvent: (event) => {
      fold.take(event);
      forks.take(event);
    },
    onProblem: ({ file, line, reason }) => {
      if (problems.length < PROBLEMS_SHOWN_MAX) problems.push(`${file}:${line}: ${reason}`);
    },
  });
  for (let at = 0; at < text.length; at += PIECE_CHARACTERS) {
    reader.push(text.slice(at, at + PIECE_CHARACTERS));
  }
  const summary = reader.end();
  const statistics = fold.end();
  writer.end(summary.wallNs);
  const forkState = summary.format === 'forkstate' ? forks.end() : undefined;
  return {
    name,
    summary,
    statistics,
    forkState,
    records,
    timeline: timeline.join(''),
    problems,
  };
}
