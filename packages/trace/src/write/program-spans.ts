// A process as a timeline shows it: one span for each program it ran, before the first exec one for the
// copy of its parent that it was.
import type { ProcessRecord } from '../process/process-record.ts';
import { baseName } from '../process/statistics.ts';

/** A stretch of time under one name. */
export interface ProgramSpan {
  readonly name: string;
  readonly fromNs: number;
  readonly toNs: number;
}

/** The spans of a process in order; `lastNs` ends what has no end. */
export function programSpans(record: ProcessRecord, lastNs: number): ProgramSpan[] {
  const endNs = Math.max(record.endNs ?? lastNs, record.startNs);
  const starts = record.execs.map(({ timeNs, path }) => ({
    name: baseName(path) || path,
    fromNs: Math.min(Math.max(timeNs, record.startNs), endNs),
  }));
  const first = starts[0];
  if (first === undefined || first.fromNs > record.startNs) {
    starts.unshift({ name: record.isCreated ? 'before exec' : 'traced', fromNs: record.startNs });
  }
  return starts.map(({ name, fromNs }, i) => ({
    name,
    fromNs,
    toNs: Math.max(fromNs, starts[i + 1]?.fromNs ?? endNs),
  }));
}

/** What a row of a timeline is called. */
export function rowName(record: ProcessRecord): string {
  const last = record.execs.at(-1);
  return last === undefined ? 'no exec' : baseName(last.path) || last.path;
}
