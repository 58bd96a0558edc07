// Reads a text in one of the formats and gives everything that came of it.
import {
  createReader,
  StatisticsFold,
  type ProcessRecord,
  type TraceEvent,
  type TraceFormat,
  type TraceProblem,
  type TraceStatistics,
  type TraceSummary,
} from '../src/index.ts';

/** What came of a text. */
export interface Read {
  readonly events: readonly TraceEvent[];
  readonly problems: readonly TraceProblem[];
  readonly records: readonly ProcessRecord[];
  readonly summary: TraceSummary;
  readonly statistics: TraceStatistics;
  readonly warnings: readonly string[];
}

/** Reads `chunks` one after the other. */
export function read(
  format: TraceFormat,
  chunks: string | readonly (string | Uint8Array)[],
  { strict = false }: { strict?: boolean } = {},
): Read {
  const events: TraceEvent[] = [];
  const problems: TraceProblem[] = [];
  const records: ProcessRecord[] = [];
  const fold = new StatisticsFold({ onRecord: (record) => void records.push(record) });
  const reader = createReader(format, {
    file: 'log',
    strict,
    onEvent: (event) => {
      events.push(event);
      fold.take(event);
    },
    onProblem: (problem) => void problems.push(problem),
  });
  for (const chunk of typeof chunks === 'string' ? [chunks] : chunks) reader.push(chunk);
  const summary = reader.end();
  const statistics = fold.end();
  return { events, problems, records, summary, statistics, warnings: fold.warnings };
}
