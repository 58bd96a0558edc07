// A recording as the lives in it: who was made by whom, what each ran, and when it ended.
import { ConfigError } from '@forkless/errors';
import {
  StatisticsFold,
  type ProcessRecord,
  type TraceStatistics,
  type TraceSummary,
} from '@forkless/trace';
import { ForkCopiesFold, type ForkCopies } from './fork-copies.ts';
import { readRecording, type RecordingOptions } from '../recording/read-recording.ts';

/** Processes that are kept in memory; a longer recording is read, but not replayed. */
const PROCESSES_MAX = 500_000;

/** A recording, read to its end. */
export interface RecordedLives {
  readonly records: readonly ProcessRecord[];
  readonly statistics: TraceStatistics;
  readonly summary: TraceSummary;
  /** What a person should know before trusting the result. */
  readonly warnings: readonly string[];
  readonly problems: number;
  /** Of a forkstate recording, which tells of forks alone. */
  readonly forkCopies: ForkCopies | undefined;
}

/** Reads a recording that tells of processes. */
export async function readLives(path: string, options: RecordingOptions): Promise<RecordedLives> {
  const records: ProcessRecord[] = [];
  const fold = new StatisticsFold({
    onRecord(record) {
      if (records.length >= PROCESSES_MAX) {
        throw new ConfigError(`${path}: expected at most ${PROCESSES_MAX} processes to replay.`);
      }
      records.push(record);
    },
  });
  const copies = new ForkCopiesFold();
  const summary = await readRecording(
    path,
    (event) => {
      fold.take(event);
      copies.take(event);
    },
    options,
  );
  const forkCopies = summary.format === 'forkstate' ? copies.end() : undefined;
  const statistics = fold.end();
  const warnings = [...summary.warnings, ...fold.warnings];
  return { records, statistics, summary, warnings, problems: summary.problems, forkCopies };
}
