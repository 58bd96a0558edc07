// What the simulator is told of a machine: how far apart its CPUs are, which node each is on, and what
// a cache line costs on its way between them.

import { ConfigError } from '@forkless/errors';
import type { CostProfile, Distances, Figure } from '@forkless/sim';
import { preset, type Machine } from '@forkless/topology';

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

/** The machine of a preset, for the simulator; a `ConfigError` when there is no such preset. */
export function simulatedMachine(name: string): SimulatedMachine {
  const machine = preset(name);
  if (machine.transfers === undefined) {
    throw new ConfigError(
      `machine "${name}" cannot be simulated: expected figures for line transfers between its CPUs`,
    );
  }
  const cpus = inTaskOrder(machine);
  return {
    name,
    cpuCount: cpus.length,
    distances: machine.transferDistances(cpus),
    nodeOf: (cpu) => machine.nodeOfCpu(cpus[cpu]!),
    transfers: machine.transfers,
  };
}

/** `profile` with the line transfers of `machine`, as the figures `transfer.<class>`. */
export function profileOn(machine: SimulatedMachine, profile: CostProfile): CostProfile {
  const transfers = Object.entries(machine.transfers).map(
    ([name, figure]) => [`transfer.${name}`, figure] as const,
  );
  return { ...profile, figures: { ...profile.figures, ...Object.fromEntries(transfers) } };
}

/** CPUs so that the first n are spread as a pinning benchmark spreads n tasks. */
function inTaskOrder({ cpus, cpuMaps }: Machine): readonly number[] {
  const threadsOfCore = new Map<number, number>();
  const coresOfPackage = new Map<number, number>();
  const placed = cpus.map((cpu) => {
    const thread = countUp(threadsOfCore, cpuMaps.core[cpu]!);
    const inPackage = thread === 0 ? countUp(coresOfPackage, cpuMaps.package[cpu]!) : 0;
    return { cpu, thread, inPackage, package: cpuMaps.package[cpu]!, core: cpuMaps.core[cpu]! };
  });
  return placed
    .toSorted(
      (a, b) =>
        a.thread - b.thread ||
        a.inPackage - b.inPackage ||
        a.package - b.package ||
        a.core - b.core ||
        a.cpu - b.cpu,
    )
    .map(({ cpu }) => cpu);
}

/** Counts one more under `key` and says how many there were before. */
function countUp(counts: Map<number, number>, key: number): number {
  const before = counts.get(key) ?? 0;
  counts.set(key, before + 1);
  return before;
}
