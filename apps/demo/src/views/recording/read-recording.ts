// A recording from its bytes to what is shown of it. Runs anywhere.
import { ConfigError } from '@forkless/errors';
import {
  buildProcessTree,
  createChromeTraceWriter,
  createReader,
  detectFormat,
  StatisticsFold,
  type ProcessNode,
  type ProcessRecord,
  type TraceStatistics,
  type TraceSummary,
} from '@forkless/trace';

/** All of a recording. */
export interface Recording {
  readonly name: string;
  readonly summary: TraceSummary;
  readonly statistics: TraceStatistics;
  readonly roots: readonly ProcessNode[];
  readonly records: readonly ProcessRecord[];
  /** Chrome Trace JSON; Perfetto opens it. */
  readonly timeline: string;
  /** What could not be read, with its line. */
  readonly problems: readonly string[];
}

const PROBLEMS_SHOWN_MAX = 20;
const HEAD_CHARACTERS = 65_536;

/** Reads a recording; a `ConfigError` when its format is not known. */
export function readRecording(name: string, text: string): Recording {
  const format = detectFormat(text.slice(0, HEAD_CHARACTERS));
  if (format === undefined) {
    throw new ConfigError(
      `${name}: expected a recording of strace, perf script, ftrace or forkstate, found none of them`,
    );
  }
  const problems: string[] = [];
  const records: ProcessRecord[] = [];
  let timeline = '';
  const writer = createChromeTraceWriter((piece) => (timeline += piece));
  const fold = new StatisticsFold({
    onRecord: (record) => {
      records.push(record);
      writer.process(record);
    },
  });
  const reader = createReader(format, {
    file: name,
    onEvent: (event) => fold.take(event),
    onProblem: ({ file, line, reason }) => {
      if (problems.length < PROBLEMS_SHOWN_MAX) problems.push(`${file}:${line}: ${reason}`);
    },
  });
  reader.push(text);
  const summary = reader.end();
  const statistics = fold.end();
  writer.end(summary.wallNs);
  const roots = buildProcessTree(records);
  return { name, summary, statistics, roots, records, timeline, problems };
}
