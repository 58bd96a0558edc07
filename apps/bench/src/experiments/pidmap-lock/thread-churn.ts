// The workload of the seed thread: processes that create a thread and join it, over and over, each on
// a CPU of its own. Nothing of the kernel but pid allocation is shared between them.

import {
  PidCall,
  PidNamespaces,
  PIDMAP_LOCK,
  threadChurnPath,
  type IdAllocator,
  type Pid,
  type PidKernel,
} from '@forkless/pid';
import {
  compileForever,
  PS_PER_SECOND,
  psToNs,
  Simulation,
  type CostProfile,
  type Ledger,
  type Ps,
} from '@forkless/sim';
import type { SimulatedMachine } from '../../machine.ts';

/** One point of the experiment. */
export interface ThreadChurn {
  readonly machine: SimulatedMachine;
  readonly profile: CostProfile;
  readonly kernel: PidKernel;
  readonly allocator: (end: number) => IdAllocator<Pid>;
  readonly processCount: number;
  /** Pids that are there before the loop begins: the rest of a running system. */
  readonly livePidCount: number;
  /** The namespace's reference count lies on the line of the id tree's head. */
  readonly falseSharing: boolean;
  /** How long pairs are counted, after a tenth of it to start. */
  readonly measuredPs: Ps;
  readonly seed: number;
}

/** What a point yields: pairs of create and exit. */
export interface ThreadChurnResult {
  readonly pairsPerSecond: number;
  readonly pairCount: number;
  /** Counted from the start on, before the measuring begins. */
  readonly ledger: Ledger;
  /** The simulated time the ledger is over. */
  readonly elapsedNs: number;
}

/** The workload under way, to be run as far as one likes. */
export function threadChurn(options: ThreadChurn): Simulation<PidCall> {
  const { machine, kernel, profile, livePidCount, falseSharing, seed } = options;
  const pids = new PidNamespaces({
    allocator: options.allocator,
    kernel,
    possibleCpuCount: machine.cpuCount,
  });
  const request = { namespace: pids.initial };
  for (let live = 0; live < livePidCount; live++) pids.alloc(request);
  return new Simulation({
    cpuCount: options.processCount,
    program: compileForever(threadChurnPath(pids)),
    state: () => pids.call(request),
    profile,
    distances: machine.distances,
    locks: { [PIDMAP_LOCK]: { kind: 'queued' } },
    sameLines: falseSharing ? { 'ns.count': 'pid_namespace' } : {},
    nodeOf: machine.nodeOf,
    seed,
  });
}

/** Runs the workload past its start and counts pairs. */
export function measureThreadChurn(options: ThreadChurn): ThreadChurnResult {
  const { measuredPs } = options;
  const startPs = Math.round(measuredPs / 10);
  const simulation = threadChurn(options);
  simulation.run({ untilPs: startPs });
  const before = simulation.doneCount;
  simulation.run({ untilPs: startPs + measuredPs });
  const pairCount = simulation.doneCount - before;
  return {
    pairsPerSecond: pairCount / (measuredPs / PS_PER_SECOND),
    pairCount,
    ledger: simulation.ledger(),
    elapsedNs: psToNs(startPs + measuredPs),
  };
}
