// A race from the outside: the threads are started, watched and, should one of them end before its time,
// called off; then what they hold is held against the allocator itself.

import { Worker } from 'node:worker_threads';
import type { PidDesign } from '@forkless/pid';
import { locksHeldBy } from './futex-locks.ts';
import { CONTROL_STRIDE, ID_MIN, layRace, raceLocking, type RacePlan } from './race-plan.ts';
import type { RacerReport } from './racer.ts';

/** How a race is to be run. */
export interface RaceOptions extends Omit<RacePlan, 'shared' | 'lock'> {
  /** The thread's entry, as built. */
  readonly workerUrl: URL;
}

/** What came of a race. */
export interface RaceResult {
  readonly lock: RacePlan['lock'];
  readonly operations: number;
  /** Operations of all threads together, in each thread's own time. */
  readonly perSecond: number;
  /** Broken invariants, and threads that ended before their time; empty when all is well. */
  readonly faults: readonly string[];
}

/** Runs a race to its end. */
export async function runRace(design: PidDesign, options: RaceOptions): Promise<RaceResult> {
  const { workerUrl, ...rest } = options;
  const lock = raceLocking(design);
  const plan: RacePlan = { ...rest, lock, shared: layRace(design, rest) };
  const outcomes = await Promise.all(
    Array.from({ length: plan.workerCount }, (_, worker) => watch(plan, worker, workerUrl)),
  );
  const reports = outcomes.filter((outcome) => typeof outcome !== 'string');
  const dead = outcomes.filter((outcome) => typeof outcome === 'string');
  const faults = [...dead, ...reports.flatMap(({ fault }) => (fault === undefined ? [] : [fault]))];
  return {
    lock,
    operations: reports.reduce((sum, { operations }) => sum + operations, 0),
    perSecond: reports.reduce(
      (sum, { operations, elapsedMs }) => sum + (operations / elapsedMs) * 1000,
      0,
    ),
    faults: faults.length > 0 ? faults : checkHeld(design, plan),
  };
}

/** Resolves to the report of a thread, or to a sentence when it ended without one. */
function watch(plan: RacePlan, worker: number, url: URL): Promise<RacerReport | string> {
  const { control, locks } = plan.shared;
  return new Promise((resolve) => {
    const thread = new Worker(url, { workerData: { plan, worker } });
    let reason = '';
    thread.on('message', resolve);
    thread.on('error', (error) => (reason = `: ${error.message}`));
    thread.on('exit', (code) => {
      // After a message this changes nothing: a promise resolves once.
      if (code === 0) return;
      const operations = Atomics.load(control, (worker + 1) * CONTROL_STRIDE);
      const held = locksHeldBy(locks, worker);
      const holding = held.length > 0 ? `, holding lock ${held.join(', ')}` : '';
      Atomics.store(control, 0, 1);
      resolve(
        `worker ${worker} ended with code ${code} after about ${operations} operations${holding}${reason}`,
      );
    });
  });
}

/** What the threads hold at the end: each id once, each taken, and nothing else. */
function checkHeld(design: PidDesign, plan: RacePlan): string[] {
  const { shared, end, workerCount, liveCount } = plan;
  const ids = design.create<number>({
    end,
    cpuCount: workerCount,
    place: shared.state,
    liveMax: workerCount * (liveCount + 2),
  });
  const held = [...shared.held].toSorted((a, b) => a - b);
  for (let at = 0; at < held.length; at++) {
    const id = held[at]!;
    if (id === held[at - 1]) return [`id ${id} is held twice at the end`];
    const next = ids.next(at === 0 ? 0 : held[at - 1]! + 1);
    if (next?.id !== id) return [`a walk finds ${next?.id ?? 'nothing'} where id ${id} is held`];
    if (typeof ids.allocExact(id) === 'number') return [`id ${id} is held but can be taken`];
  }
  for (const id of held) ids.free(id);
  const left = ids.next(0);
  if (left !== undefined) return [`id ${left.id} is published but nobody holds it`];
  // One by one, as there is memory for no more than were live.
  for (let id = ID_MIN; id < end; id++) {
    if (typeof ids.allocExact(id, 0) !== 'number') return [`id ${id} is lost: nobody holds it`];
    ids.free(id);
  }
  return [];
}
