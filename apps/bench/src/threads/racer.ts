// One thread of a race: it allocates, publishes, looks up and frees, under the locks of the plan, and
// checks with each id that nobody else holds it.

import {
  COMMON_STOCK,
  NO_DONOR,
  type IdAllocator,
  type IdShards,
  type PidDesign,
} from '@forkless/pid';
import { CalledOff, FutexLocks } from './futex-locks.ts';
import { CONTROL_STRIDE, ID_MIN, type RacePlan } from './race-plan.ts';

/** What a thread says at its end. */
export interface RacerReport {
  readonly worker: number;
  readonly operations: number;
  readonly elapsedMs: number;
  /** The first broken invariant. */
  readonly fault?: string;
}

/** Operations between two looks at whether the race goes on. */
const GLANCE = 1024;
/** One id of so many is looked up after it was published. */
const LOOKUP_EVERY = 8;

/** How a thread comes by an id, and gives it back, under some locks. */
interface Guarded {
  take(value: number): number;
  give(id: number): void;
  find(id: number): number | undefined;
}

/** Runs one thread of a race to its end. */
export function runRacer(design: PidDesign, plan: RacePlan, worker: number): RacerReport {
  const { shared, workerCount, end, liveCount, operationCount, seed } = plan;
  const { control, holders } = shared;
  const isCalledOff = () => Atomics.load(control, 0) !== 0;
  const locks = new FutexLocks(shared.locks, worker, isCalledOff);
  const ids = design.create<number>({
    end,
    cpuCount: workerCount,
    place: shared.state,
    liveMax: workerCount * (liveCount + 2),
  });
  const guarded = guard(ids, locks, plan, worker);
  const live = new Int32Array(liveCount);
  const progress = (worker + 1) * CONTROL_STRIDE;
  const value = worker + 1;
  let random = (seed ^ Math.imul(worker + 1, 0x9e37_79b9)) | 1;
  const broken: string[] = [];
  let operations = 0;

  const take = (slot: number): void => {
    const id = guarded.take(value);
    if (id < 0) {
      broken.push(`no id was free though at most ${workerCount * liveCount} of ${end} are taken`);
      return;
    }
    const before = Atomics.compareExchange(holders, id, 0, value);
    if (before !== 0) broken.push(`id ${id} went to workers ${before - 1} and ${worker}`);
    live[slot] = id;
    if (operations % LOOKUP_EVERY !== 0) return;
    const found = guarded.find(id);
    if (found !== value) broken.push(`id ${id} was published as ${value} but found as ${found}`);
  };
  const give = (slot: number): void => {
    const id = live[slot]!;
    const before = Atomics.compareExchange(holders, id, value, 0);
    if (before !== value) broken.push(`id ${id} of worker ${worker} was held by ${before - 1}`);
    guarded.give(id);
  };

  const from = performance.now();
  try {
    for (let slot = 0; slot < liveCount; slot++, operations++) take(slot);
    while (operations < operationCount && broken.length === 0) {
      random ^= random << 13;
      random ^= random >>> 17;
      random ^= random << 5;
      const slot = (random >>> 0) % liveCount;
      give(slot);
      take(slot);
      operations += 2;
      if (operations % GLANCE >= 2) continue;
      Atomics.store(control, progress, operations);
      if (isCalledOff()) break;
      if (plan.dyingWorker === worker && operations > operationCount / 2) {
        locks.lock(0);
        process.exit(7);
      }
    }
  } catch (error) {
    if (!(error instanceof CalledOff)) throw error;
  }
  const elapsedMs = performance.now() - from;
  Atomics.store(control, progress, operations);
  shared.held.set(live, worker * liveCount);
  return { worker, operations, elapsedMs, ...(broken.length === 0 ? {} : { fault: broken[0]! }) };
}

function guard(ids: IdAllocator<number>, locks: FutexLocks, plan: RacePlan, cpu: number): Guarded {
  if (plan.lock === 'none') return withoutLocks(ids, plan.end, cpu);
  if (plan.lock === 'owner-cpu' && ids.shards !== undefined) {
    return underOwnerLocks(ids, ids.shards, locks, plan.end, cpu);
  }
  return underOneLock(ids, locks, plan.end, cpu);
}

function withoutLocks(ids: IdAllocator<number>, end: number, cpu: number): Guarded {
  return {
    take(value) {
      const id = ids.allocCyclic(ID_MIN, end, cpu);
      if (typeof id !== 'number') return -1;
      ids.publish(id, value);
      return id;
    },
    give: (id) => ids.free(id),
    find: (id) => ids.find(id),
  };
}

function underOneLock(
  ids: IdAllocator<number>,
  locks: FutexLocks,
  end: number,
  cpu: number,
): Guarded {
  const bare = withoutLocks(ids, end, cpu);
  const under = <R>(act: () => R): R => {
    locks.lock(0);
    const result = act();
    locks.unlock(0);
    return result;
  };
  return {
    take: (value) => under(() => bare.take(value)),
    give: (id) => under(() => bare.give(id)),
    find: (id) => under(() => bare.find(id)),
  };
}

/**
 * The shard's own lock, and where that is not enough the common one (the last of all) before it. The
 * owner of an id may change until its lock is held, so it is looked up again then.
 */
function underOwnerLocks(
  ids: IdAllocator<number>,
  shards: IdShards,
  locks: FutexLocks,
  end: number,
  cpu: number,
): Guarded {
  const stock = shards.shardCount;
  const bare = withoutLocks(ids, end, cpu);
  const lockHome = (): number => {
    for (;;) {
      const home = shards.homeOf(cpu);
      locks.lock(home);
      if (shards.homeOf(cpu) === home) return home;
      locks.unlock(home);
    }
  };
  const lockOwner = (id: number): number => {
    for (;;) {
      const owner = shards.ownerOf(id, cpu);
      locks.lock(owner);
      if (shards.ownerOf(id, cpu) === owner) return owner;
      locks.unlock(owner);
    }
  };
  const takeRefilled = (value: number): number => {
    for (;;) {
      locks.lock(stock);
      const home = lockHome();
      const donor = shards.donorFor(cpu, ID_MIN, end);
      const other = donor !== NO_DONOR && donor !== COMMON_STOCK && donor !== home;
      if (other) locks.lock(donor);
      if (donor !== NO_DONOR) shards.refill(cpu, ID_MIN, end);
      const isFilled = donor !== NO_DONOR && !shards.needsRefill(cpu, ID_MIN, end);
      const id = isFilled ? bare.take(value) : -1;
      if (other) locks.unlock(donor);
      locks.unlock(home);
      locks.unlock(stock);
      if (isFilled || donor === NO_DONOR) return id;
    }
  };
  return {
    take(value) {
      const home = lockHome();
      const isShort = shards.needsRefill(cpu, ID_MIN, end);
      const id = isShort ? -1 : bare.take(value);
      locks.unlock(home);
      return isShort ? takeRefilled(value) : id;
    },
    give(id) {
      const owner = lockOwner(id);
      const isDrained = shards.freeOwned(id);
      locks.unlock(owner);
      if (!isDrained) return;
      locks.lock(stock);
      const last = lockOwner(id);
      shards.giveBack(id);
      locks.unlock(last);
      locks.unlock(stock);
    },
    find(id) {
      const owner = lockOwner(id);
      const found = ids.find(id);
      locks.unlock(owner);
      return found;
    },
  };
}
