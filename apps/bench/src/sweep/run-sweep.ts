// A sweep from its plan to its results: what is missing is run, what comes back is kept and told.
import type { SweepTask } from './configuration.ts';
import { taskOf } from './configuration.ts';
import type { SweepEngine } from './engine/engine.ts';
import type { Shard, SweepPlan } from './plan.ts';
import type { ResultStore } from './result-store.ts';

/** A sweep to run. */
export interface Sweep {
  readonly plan: SweepPlan;
  readonly shard: Shard;
  readonly modelVersion: string;
  readonly store: ResultStore;
  readonly engine: SweepEngine;
  readonly signal: AbortSignal;
  /** Told of each batch of lines once they are kept. */
  readonly onKept?: (lines: readonly string[], done: number) => void;
}

/** How a sweep ended. */
export interface SweepEnd {
  /** Configurations of the shard. */
  readonly total: number;
  /** Those that had a result before. */
  readonly before: number;
  /** Those that got one now. */
  readonly ran: number;
}

/** Runs what has no result yet. */
export async function runSweep(sweep: Sweep): Promise<SweepEnd> {
  const { plan, shard, store, engine, signal, onKept } = sweep;
  const total = Math.ceil((plan.count - shard.index) / shard.count);
  const missing = missingTasks(sweep);
  const before = countDone(sweep);
  let ran = 0;
  await engine.run({
    tasks: missing,
    signal,
    onLines(lines) {
      const had = store.count;
      store.append(lines);
      ran += store.count - had;
      onKept?.(lines, before + ran);
    },
  });
  return { total, before, ran };
}

/** Tasks without a result, each key once; two points of a plan may be the same configuration. */
function* missingTasks({
  plan,
  shard,
  modelVersion,
  store,
}: Sweep): Generator<SweepTask, undefined> {
  const begun = new Set<string>();
  for (const index of plan.indexes(shard)) {
    const task = taskOf(plan.at(index), modelVersion);
    if (store.has(task.key) || begun.has(task.key)) continue;
    begun.add(task.key);
    yield task;
  }
  return undefined;
}

function countDone({ plan, shard, modelVersion, store }: Sweep): number {
  if (store.count === 0) return 0;
  let done = 0;
  for (const index of plan.indexes(shard)) {
    if (store.has(taskOf(plan.at(index), modelVersion).key)) done++;
  }
  return done;
}
