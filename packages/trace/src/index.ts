export { cloneFlagNames, isThreadHex } from './clone-flags.ts';
export { createReader } from './create-reader.ts';
export { detectFormat } from './detect-format.ts';
export { PID_MAX_LIMIT } from './event.ts';
export type {
  CreateApi,
  CreateEvent,
  CreateRefusedEvent,
  ExecEvent,
  ExecRefusedEvent,
  ExitEvent,
  ForkState,
  ForkStateEvent,
  SeenEvent,
  TraceEvent,
} from './event.ts';
export { ForkStateFold } from './forkstate/forkstate-statistics.ts';
export type { ForkStateStatistics, Spread } from './forkstate/forkstate-statistics.ts';
export { LINE_BYTES_MAX } from './input/line-splitter.ts';
export { PROBLEMS_TOLD_MAX } from './input/problem.ts';
export type { ProblemOptions, TraceProblem } from './input/problem.ts';
export type { TraceOrigin } from './input/trace-clock.ts';
export type {
  TraceFormat,
  TraceReader,
  TraceReaderOptions,
  TraceSummary,
} from './input/trace-reader.ts';
export { ndjsonHeader, ndjsonLine } from './ndjson/ndjson.ts';
export type { ExecNote, ProcessKey, ProcessRecord } from './process/process-record.ts';
export { ProcessTracker } from './process/process-tracker.ts';
export type { ProcessSink } from './process/process-tracker.ts';
export { baseName, StatisticsFold } from './process/statistics.ts';
export type { Ranking, TraceStatistics } from './process/statistics.ts';
export { buildProcessTree, keyNumber, processName } from './process/process-tree.ts';
export type { ProcessNode } from './process/process-tree.ts';
export { createChromeTraceWriter } from './write/chrome-trace.ts';
export { foldedStacks } from './write/folded-stacks.ts';
export type { FoldedWeight } from './write/folded-stacks.ts';
export { createPerfettoWriter } from './write/perfetto.ts';
export type { PerfettoWriter } from './write/perfetto.ts';
export type { TimelineWriter } from './write/timeline-writer.ts';
