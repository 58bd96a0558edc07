// One spawn on one virtual CPU, timed by its own steps: the mechanism's up to the program, then the
// child's life to its end. Nothing is shared with anybody, so the time is the count seen through a profile.

import { assert } from '@forkless/errors';
import {
  compile,
  Simulation,
  withFigures,
  type CostProfile,
  type Ledger,
  type Path,
} from '@forkless/sim';
import {
  costOf,
  costOfAll,
  endPath,
  SpawnCall,
  type FileAction,
  type Mechanism,
  type SpawnRequest,
  type Spent,
} from '@forkless/spawn';
import type { SimulatedMachine } from '../../machine.ts';
import { runOf, type BenchProgram } from './programs.ts';
import type { SpawnWorld } from './world.ts';

/** What a stretch of a spawn took. */
export interface Stretch {
  readonly ns: number;
  /** How often each figure was spent, `slab.alloc` and `slab.free` among them. */
  readonly spent: Spent;
}

/** A spawn from the parent's call to the end of its wait. */
export interface TimedSpawn {
  /** Until the child is the program: as long the parent waits for it, in vfork or for its error. */
  readonly call: Stretch;
  /** The program, its exit, the wait. */
  readonly end: Stretch;
}

/** The request by which a program of the experiments is run. */
export function requestFor(
  { path, name }: BenchProgram,
  actions: readonly FileAction[] = [],
): SpawnRequest {
  return { path, argv: [name], envp: ['PATH=/usr/bin:/bin'], actions };
}

/** Times one spawn on a machine; the child is gone afterwards. */
export function timeSpawn(
  { kernel, parent }: SpawnWorld,
  mechanism: Mechanism,
  program: BenchProgram,
  on: { readonly machine: SimulatedMachine; readonly profile: CostProfile },
  actions: readonly FileAction[] = [],
): TimedSpawn {
  const request = requestFor(program, actions);
  const call = new SpawnCall(kernel, parent, request);
  return {
    call: timePath(mechanism.pathFor(request), call, on),
    end: timePath(endPath(runOf(program)), call, on),
  };
}

/** Times a path on one CPU. */
export function timePath<S>(
  path: Path<S>,
  state: S,
  { machine, profile }: { readonly machine: SimulatedMachine; readonly profile: CostProfile },
): Stretch {
  const simulation = new Simulation<S>({
    cpuCount: 1,
    program: compile(path),
    state: () => state,
    profile,
    distances: machine.distances,
    seed: 1,
  });
  simulation.run({});
  const ledger = simulation.ledger();
  assert(Object.keys(ledger.refusals).length === 0, `the path '${path.name}' is not refused`);
  const spent = spentOf(ledger);
  return { ns: costOfAll(spent, profile), spent };
}

/** Counts by figure, the allocations of objects among them. */
function spentOf({ work, slabs }: Ledger): Record<string, number> {
  const spent: Record<string, number> = { ...work, 'slab.alloc': 0, 'slab.free': 0 };
  for (const { allocs, frees } of slabs) {
    spent['slab.alloc']! += allocs;
    spent['slab.free']! += frees;
  }
  return spent;
}

/** Figures that memory which was rewritten many times makes slower. */
const SCATTERED = ['fork.page', 'exit.page', 'page.free'] as const;

/** The profile with its page terms as slow as scattered memory makes them. */
export function withScatter(profile: CostProfile): CostProfile {
  const factor = costOf(profile, 'memory.scatter');
  return withFigures(
    profile,
    Object.fromEntries(SCATTERED.map((name) => [name, costOf(profile, name) * factor])),
  );
}

/** The profile at the low or the high end of every interval. */
export function profileAt(profile: CostProfile, end: 'low' | 'high'): CostProfile {
  return withFigures(
    profile,
    Object.fromEntries(Object.entries(profile.figures).map(([name, one]) => [name, one[end]])),
  );
}

/** Microseconds out of ns, with three digits after the point. */
export const toUs = (ns: number): number => Number((ns / 1000).toFixed(3));
