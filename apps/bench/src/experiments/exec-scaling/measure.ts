// One mechanism on so many CPUs: its life timed alone, then run on all of them with what they share.

import { PID_KERNELS, PidNamespaces, IdrIds, type Pid } from '@forkless/pid';
import {
  compileForever,
  done,
  path,
  PS_PER_SECOND,
  Simulation,
  type CostProfile,
  type Ledger,
} from '@forkless/sim';
import type { SimulatedMachine } from '../../machine.ts';
import type { BenchProgram } from '../spawning/programs.ts';
import { armFor, TEMPLATE_ARM } from '../spawning/spawn-arms.ts';
import { timeSpawn, type TimedSpawn } from '../spawning/timing.ts';
import type { SpawnWorld } from '../spawning/world.ts';
import { lifePath, PRIVATE_FIGURE, sharedLocks, type SharedCounts } from './shared-work.ts';

/** What is measured. */
export interface ScalingPoint {
  readonly machine: SimulatedMachine;
  readonly profile: CostProfile;
  readonly cpuCount: number;
  readonly counts: SharedCounts;
  /** A life alone, in ns. */
  readonly aloneNs: number;
  readonly measuredPs: number;
  readonly seed: number;
}

/** What a point yields. */
export interface ScalingPointResult {
  readonly counts: SharedCounts;
  readonly livesPerSecond: number;
  readonly lifeCount: number;
  readonly ledger: Ledger;
  readonly cpuNs: number;
}

/** A life of an arm alone. */
export function timeLife(
  world: SpawnWorld,
  name: string,
  program: BenchProgram,
  on: { readonly machine: SimulatedMachine; readonly profile: CostProfile },
): TimedSpawn {
  const { mechanism, close } = armFor(name, world.parent, program.path);
  const timed = timeSpawn(world, mechanism, program, on);
  close();
  return timed;
}

const LINKER_FILES = 1;
const PAGES_PER_BATCH = 63;

/** What the life of an arm shares, from what it spent and from the program it runs. */
export function sharedCounts(
  name: string,
  { libraries }: BenchProgram,
  { call, end }: TimedSpawn,
  faultsPerFile: number,
): SharedCounts {
  const isDynamic = libraries !== null;
  const pages = ['page.alloc', 'table.alloc', 'fault.anon'].reduce(
    (sum, figure) => sum + (call.spent[figure] ?? 0) + (end.spent[figure] ?? 0),
    0,
  );
  return {
    files: isDynamic ? 1 + LINKER_FILES + libraries : 1,
    mappingsPerFile: isDynamic ? 4 : 1,
    faultsPerFile: isDynamic ? faultsPerFile : 1,
    programOpens: name === TEMPLATE_ARM ? 2 : 1,
    links: (call.spent['fork.vma'] ?? 0) > 0 ? 2 : 1,
    pageBatches: Math.ceil((pages + LINKED_PAGES * (isDynamic ? 1 : 0)) / PAGES_PER_BATCH),
  };
}

/** Pages that linking takes. CAL: 38 to 46 in recorded execs of a dynamic program, Linux 6.18. */
const LINKED_PAGES = 42;

/** Runs a point past its start. */
export function measureScaling(point: ScalingPoint): ScalingPointResult {
  const { machine, cpuCount, counts, aloneNs, measuredPs, seed } = point;
  const pids = new PidNamespaces({
    allocator: () => new IdrIds<Pid>(),
    kernel: PID_KERNELS['7.0'],
    possibleCpuCount: cpuCount,
  });
  pids.alloc({ namespace: pids.initial });
  const life = lifePath(pids, counts, machine.nodeOf);
  const simulation = new Simulation({
    cpuCount,
    program: compileForever(path(life.name, life, done('life'))),
    state: () => pids.call({ namespace: pids.initial }),
    profile: withPrivate(point.profile, aloneNs),
    distances: machine.distances,
    nodeOf: machine.nodeOf,
    locks: { ...pids.locks, ...sharedLocks() },
    seed,
  });
  const startPs = Math.round(measuredPs / 4);
  simulation.run({ untilPs: startPs });
  const before = simulation.doneCount;
  simulation.run({ untilPs: startPs + measuredPs });
  return {
    counts,
    livesPerSecond: (simulation.doneCount - before) / (measuredPs / PS_PER_SECOND),
    lifeCount: simulation.doneCount,
    ledger: simulation.ledger(),
    cpuNs: ((startPs + measuredPs) / 1000) * cpuCount,
  };
}

/** The profile with what a life takes of its CPU alone; what is shared is on top, and small. */
function withPrivate(profile: CostProfile, ns: number): CostProfile {
  const figure = {
    value: ns,
    unit: 'ns',
    low: ns,
    high: ns,
    provenance: 'estimated',
    source: 'the mechanism timed alone by its own steps',
  } as const;
  return { ...profile, figures: { ...profile.figures, [PRIVATE_FIGURE]: figure } };
}
