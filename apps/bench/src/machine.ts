// What the simulator is told of a machine: how far apart its CPUs are, which node each is on, and what
// a cache line costs on its way between them.

import type { CostProfile, Distances, Figure } from '@forkless/sim';

/** A machine as the simulator sees it. */
export interface SimulatedMachine {
  readonly name: string;
  /** CPUs in the order in which tasks are put on them: packages in turn, then cores, then threads. */
  readonly cpuCount: number;
  readonly distances: Distances;
  readonly nodeOf: (cpu: number) => number;
  /** The figure of each distance class, by the class's name. */
  readonly transfers: Readonly<Record<string, Figure>>;
}

/** `profile` with the line transfers of `machine`, as the figures `transfer.<class>`. */
export function profileOn(machine: SimulatedMachine, profile: CostProfile): CostProfile {
  const transfers = Object.entries(machine.transfers).map(
    ([name, figure]) => [`transfer.${name}`, figure] as const,
  );
  return { ...profile, figures: { ...profile.figures, ...Object.fromEntries(transfers) } };
}
