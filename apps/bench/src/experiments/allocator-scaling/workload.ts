// What the CPUs of the race do: make and end threads or processes, or hand what one made to another to
// end, alone or with the other locks that clone and exit take.
// MODEL: each CPU runs its own loop; the other locks are held for one figure each and touch one line.

import type { PidCall, PidNamespace, PidNamespaces } from '@forkless/pid';
import {
  change,
  compileForever,
  done,
  locked,
  path,
  PS_PER_SECOND,
  psToNs,
  Simulation,
  wait,
  work,
  write,
  type CostProfile,
  type Ledger,
  type LockSpec,
  type PathPart,
} from '@forkless/sim';
import type { SimulatedMachine } from '../../machine.ts';
import { pidsOf, type AllocatorArm } from '../allocators/allocator-arms.ts';

/** The workloads by name. */
export const WORKLOADS = ['threads', 'processes', 'producer-consumer', 'nested'] as const;

/** What the CPUs do. */
export type Workload = (typeof WORKLOADS)[number];

/** Global locks of clone and exit besides the pid lock; trips as counted in the thread of 2026-01-27. */
const OTHER_LOCKS = {
  tasklist_lock: { figure: 'tasklist.hold', clone: 1, exit: 2 },
  css_set_lock: { figure: 'css-set.hold', clone: 2, exit: 1 },
  'random lock': { figure: 'random.hold', clone: 1, exit: 0 },
} as const;

const LIVE_PIDS = 400;
/** Level of the namespace of `nested`. */
const NESTED_LEVEL = 3;

/** One point of the race. */
export interface RacePoint {
  readonly arm: AllocatorArm;
  readonly machine: SimulatedMachine;
  readonly profile: CostProfile;
  readonly cpuCount: number;
  readonly workload: Workload;
  readonly otherLocks: boolean;
  readonly measuredPs: number;
  readonly seed: number;
}

/** What a point yields. */
export interface RacePointResult {
  readonly pairsPerSecond: number;
  readonly pairCount: number;
  readonly ledger: Ledger;
  /** Simulated time the ledger is over, of all CPUs together. */
  readonly cpuNs: number;
}

/** Runs one point past its start and counts pairs of making and ending. */
export function measurePoint(point: RacePoint): RacePointResult {
  const { arm, machine, profile, cpuCount, workload, measuredPs, seed } = point;
  const pids = pidsOf(arm, cpuCount);
  const namespace = populate(pids, workload === 'nested' ? NESTED_LEVEL : 0);
  const level = namespace.level;
  const what = workload === 'processes' ? 'process' : 'thread';
  const pair = path(
    `${workload} pair`,
    wait('clone, less its locks', `${what}.create`, 'uniform'),
    pids.allocPath(level),
    ...otherLocks(point, 'clone'),
    ...(workload === 'producer-consumer' ? [handOver(pids, cpuCount)] : []),
    wait('run and exit, less its locks', `${what}.exit`, 'uniform'),
    ...otherLocks(point, 'exit'),
    pids.freePath(level),
    done('pair'),
  );
  const simulation = new Simulation({
    cpuCount,
    program: compileForever(pair),
    state: () => pids.call({ namespace }),
    profile,
    distances: machine.distances,
    nodeOf: machine.nodeOf,
    locks: { ...pids.locks, ...otherSpecs() },
    seed,
  });
  const startPs = Math.round(measuredPs / 4);
  simulation.run({ untilPs: startPs });
  const before = simulation.doneCount;
  simulation.run({ untilPs: startPs + measuredPs });
  const pairCount = simulation.doneCount - before;
  return {
    pairsPerSecond: pairCount / (measuredPs / PS_PER_SECOND),
    pairCount: simulation.doneCount,
    ledger: simulation.ledger(),
    cpuNs: psToNs(startPs + measuredPs) * cpuCount,
  };
}

/** A namespace at `level` with its inits above it, and the pids of the rest of a running system. */
function populate(pids: PidNamespaces, level: number): PidNamespace {
  let namespace = pids.initial;
  pids.alloc({ namespace });
  for (let at = 0; at < level; at++) {
    namespace = pids.createNamespace(namespace) as PidNamespace;
    pids.alloc({ namespace });
  }
  for (let live = 1; live < LIVE_PIDS; live++) pids.alloc({ namespace });
  return namespace;
}

/** Leaves the pid just made to another CPU, and goes on with one that was made `cpuCount` before. */
function handOver(pids: PidNamespaces, cpuCount: number): PathPart<PidCall> {
  const request = { namespace: pids.initial };
  const waiting = Array.from({ length: cpuCount }, () => pids.alloc(request) as PidCall['current']);
  return change('hand over', (call) => {
    waiting.push(call.current);
    call.pid = waiting.shift();
  });
}

function otherLocks({ otherLocks: isOn }: RacePoint, when: 'clone' | 'exit') {
  if (!isOn) return [];
  return Object.entries(OTHER_LOCKS).flatMap(([name, { figure, [when]: trips }]) =>
    Array.from({ length: trips }, () =>
      locked<PidCall>(name, [work('hold it', figure), write(name)]),
    ),
  );
}

function otherSpecs(): Record<string, LockSpec> {
  return Object.fromEntries(Object.keys(OTHER_LOCKS).map((name) => [name, { kind: 'queued' }]));
}
