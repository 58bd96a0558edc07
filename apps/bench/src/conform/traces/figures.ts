// The figures of one recording under the names of truth.json, told by the readers and folds of
// @forkless/trace.
import {
  ForkStateFold,
  StatisticsFold,
  type Ranking,
  type Spread,
  type TraceStatistics,
  type TraceSummary,
} from '@forkless/trace';
import { readRecording } from '../../recording/read-recording.ts';

/** Figures by name. */
export type Figures = Readonly<Record<string, unknown>>;

/** Digits behind the point that the recorder rounds to; whole numbers have none. */
export const figureDigits: Readonly<Record<string, number>> = {
  fork_without_exec_fraction: 4,
  wall_s: 6,
  forks_per_s: 1,
  lifetime_ms: 3,
  multithreaded_parent_fraction: 3,
};

/** Reads the recording at `path` and tells its figures. */
export async function figuresOf(path: string): Promise<Figures> {
  const statistics = new StatisticsFold();
  const forkState = new ForkStateFold();
  const summary = await readRecording(path, (event) => {
    statistics.take(event);
    forkState.take(event);
  });
  if (summary.format === 'forkstate') return forkStateFigures(forkState);
  const common = commonFigures(statistics.end(), summary);
  return summary.format === 'strace'
    ? { ...common.shared, ...straceFigures(common.statistics, summary) }
    : { ...common.shared, ...tracepointFigures(common.statistics, summary) };
}

function commonFigures(statistics: TraceStatistics, { wallNs }: TraceSummary) {
  const { createdProcesses, forkWithoutExec } = statistics;
  const shared = {
    created_processes: createdProcesses,
    created_threads: statistics.createdThreads,
    peak_live_processes: statistics.peakLiveProcesses,
    fork_without_exec: forkWithoutExec,
    fork_without_exec_fraction: forkWithoutExec / createdProcesses,
    processes_with_2plus_execs: statistics.processesWithTwoExecs,
    wall_s: wallNs / 1e9,
    forks_per_s: createdProcesses / (wallNs / 1e9),
    lifetime_ms: {
      p50: toMs(statistics.lifetimeNsP50),
      p90: toMs(statistics.lifetimeNsP90),
      p99: toMs(statistics.lifetimeNsP99),
    },
    top_exec: counts(statistics.topExec),
  };
  return { shared, statistics };
}

function straceFigures(
  statistics: TraceStatistics,
  { lines, counts: kinds }: TraceSummary,
): Figures {
  return {
    exit_nonzero: statistics.exitNonzero,
    killed_by_signal: statistics.killedBySignal,
    lines,
    unfinished: kinds['unfinished'] ?? 0,
    superseded: kinds['superseded'] ?? 0,
    signal_lines: kinds['signal'] ?? 0,
    create_by_api: statistics.createByApi,
    create_failed: statistics.createRefused,
    flags: counts(statistics.flags),
    exec: { ok: statistics.execOk, ...statistics.execRefused },
  };
}

function tracepointFigures(statistics: TraceStatistics, { counts: events }: TraceSummary): Figures {
  return {
    events,
    flags_hex: counts(statistics.flags),
    exec_ok: statistics.execOk,
    exec_by_nonleader: statistics.execByNonLeader,
  };
}

function forkStateFigures(fold: ForkStateFold): Figures {
  const statistics = fold.end();
  const { processes, threads } = statistics;
  return {
    rows: processes + threads,
    processes,
    threads,
    flags_hex: counts(statistics.flags),
    fds_open_at_fork: spread(statistics.openFds),
    max_fds: spread(statistics.maxFds),
    vmas: spread(statistics.vmas),
    total_vm_pages: spread(statistics.totalVmPages),
    rss_pages_approx: spread(statistics.rssPages),
    rss_anon_pages_approx: spread(statistics.rssAnonPages),
    parent_threads: spread(statistics.parentThreads),
    multithreaded_parent_fraction: statistics.multithreadedParents / processes,
  };
}

function counts(ranking: Ranking): Readonly<Record<string, number>> {
  return Object.fromEntries(ranking);
}

function spread({ p50, p90, max }: Spread): Figures {
  return { p50, p90, max };
}

function toMs(ns: number | undefined): number | undefined {
  return ns === undefined ? undefined : ns / 1e6;
}
