// The figures by which recordings are compared: how many processes and threads were made and how, how
// many lived at once and how long, which programs they ran, which of them never ran any.
import type { TraceEvent } from '../event.ts';
import { BoundedCounts } from '../input/bounded-counts.ts';
import { PeakMeter } from './peak-meter.ts';
import type { ProcessRecord } from './process-record.ts';
import { ProcessTracker, type ProcessSink } from './process-tracker.ts';
import { Quantiles } from './quantiles.ts';

/** Names with how often they occur, the most frequent first. */
export type Ranking = readonly (readonly [name: string, count: number])[];

/** What a recording amounts to. The root is not created, but it lives, and its end counts. */
export interface TraceStatistics {
  readonly createdProcesses: number;
  readonly createdThreads: number;
  /** Calls that were to make a task and made none, retried ones among them. */
  readonly createRefused: number;
  readonly createByApi: Readonly<Record<string, number>>;
  readonly flags: Ranking;
  /** Most processes alive at once; at equal times an end comes before a start. */
  readonly peakLiveProcesses: number;
  /** Created processes that never ran a program before their leader ended. */
  readonly forkWithoutExec: number;
  readonly processesWithTwoExecs: number;
  /** Of created processes that ended; undefined if none did. */
  readonly lifetimeNsP50: number | undefined;
  readonly lifetimeNsP90: number | undefined;
  readonly lifetimeNsP99: number | undefined;
  readonly execOk: number;
  /** Execs by a thread that was not the leader. */
  readonly execByNonLeader: number;
  readonly execRefused: Readonly<Record<string, number>>;
  /** Last parts of the paths that were run. */
  readonly topExec: Ranking;
  /** Processes that ended with another code than 0, where the recorder tells it. */
  readonly exitNonzero: number;
  readonly killedBySignal: Readonly<Record<string, number>>;
}

/** Folds the events of a recording into its statistics; memory does not grow with the recording. */
export class StatisticsFold {
  readonly #tracker: ProcessTracker;
  readonly #sink: ProcessSink | undefined;
  readonly #peak = new PeakMeter();
  readonly #lifetimes = new Quantiles();
  readonly #apis = new BoundedCounts();
  readonly #flags = new BoundedCounts();
  readonly #refusals = new BoundedCounts();
  readonly #programs = new BoundedCounts();
  readonly #signals = new BoundedCounts();
  readonly #counts = {
    createdProcesses: 0,
    createdThreads: 0,
    createRefused: 0,
    forkWithoutExec: 0,
    processesWithTwoExecs: 0,
    execOk: 0,
    execByNonLeader: 0,
    exitNonzero: 0,
  };

  /** `sink` hears what the tracker tells too, to build a tree or a timeline on the way. */
  constructor(sink?: ProcessSink) {
    this.#sink = sink;
    this.#tracker = new ProcessTracker({
      onStart: (record, timeNs) => {
        this.#peak.add(timeNs, 1);
        sink?.onStart?.(record, timeNs);
      },
      onEnd: (record, timeNs) => {
        this.#peak.add(timeNs, -1);
        sink?.onEnd?.(record, timeNs);
      },
      onThreadAfterAll: (record, endNs) => this.#threadAfterAll(record, endNs),
      onRecord: (record) => this.#record(record),
    });
  }

  /** Sentences on what could not be told. */
  get warnings(): readonly string[] {
    return this.#tracker.warnings;
  }

  /** Takes the next event. Amortised O(1). */
  take(event: TraceEvent): void {
    this.#count(event);
    this.#tracker.take(event);
  }

  /** Takes the end of the recording. */
  end(): TraceStatistics {
    this.#tracker.end();
    const [lifetimeNsP50, lifetimeNsP90, lifetimeNsP99] = this.#lifetimes.at(0.5, 0.9, 0.99);
    return {
      ...this.#counts,
      createByApi: this.#apis.toRecord(),
      flags: this.#flags.top(8),
      peakLiveProcesses: this.#peak.peak(),
      lifetimeNsP50,
      lifetimeNsP90,
      lifetimeNsP99,
      execRefused: this.#refusals.toRecord(),
      topExec: this.#programs.top(10),
      killedBySignal: this.#signals.toRecord(),
    };
  }

  #count(event: TraceEvent): void {
    const counts = this.#counts;
    if (event.kind === 'create') {
      if (event.isThread) counts.createdThreads++;
      else counts.createdProcesses++;
      this.#apis.add(event.api);
      if (event.flags !== '') this.#flags.add(event.flags);
    } else if (event.kind === 'create-refused') counts.createRefused++;
    else if (event.kind === 'exec') {
      counts.execOk++;
      if (event.tid !== event.oldTid) counts.execByNonLeader++;
      this.#programs.add(baseName(event.path));
    } else if (event.kind === 'exec-refused') this.#refusals.add(event.errno);
  }

  #record(record: ProcessRecord): void {
    const counts = this.#counts;
    if (record.isCreated) {
      if (record.execCountOfLeader === 0) counts.forkWithoutExec++;
      if (record.execCount >= 2) counts.processesWithTwoExecs++;
      if (record.leaderEndNs !== undefined)
        this.#lifetimes.add(record.leaderEndNs - record.startNs);
    }
    if (record.exitCode !== undefined && record.exitCode !== 0) counts.exitNonzero++;
    if (record.signal !== undefined) this.#signals.add(record.signal);
    this.#sink?.onRecord?.(record);
  }

  #threadAfterAll(record: ProcessRecord, endNs: number | undefined): void {
    this.#peak.add(record.startNs, -1);
    if (endNs !== undefined) this.#peak.add(endNs, 1);
    if (record.isCreated) {
      this.#counts.createdProcesses--;
      this.#counts.createdThreads++;
    }
    this.#sink?.onThreadAfterAll?.(record, endNs);
  }
}

/** The part of a path behind its last slash. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
