// What the simulator makes of the same race: the kernel's paths over the same allocator, each worker a
// virtual CPU that does nothing but make and drop pids.

import { PID_KERNELS, PidNamespaces, type PidDesign, type PidLocking } from '@forkless/pid';
import { compileForever, done, path, PS_PER_SECOND, Simulation } from '@forkless/sim';
import { profileOn, simulatedMachine } from '../machine.ts';
import { profileNamed, profileNames } from '../profiles.ts';

const MEASURED_PS = 2e9;

/** Allocations and frees a second of so many CPUs of a machine, under the same kind of lock. */
export function predictRace(
  design: PidDesign,
  lock: PidLocking['lock'],
  { machine: name, cpuCount, seed }: { machine: string; cpuCount: number; seed: number },
): number {
  const machine = simulatedMachine(name);
  const pids = new PidNamespaces({
    allocator: (end) => design.create({ end, cpuCount, notesTraffic: true }),
    kernel: PID_KERNELS['7.0'],
    locking: { lock },
    possibleCpuCount: cpuCount,
  });
  const request = { namespace: pids.initial };
  pids.alloc(request);
  const pair = path('race', pids.allocPath(0), pids.freePath(0), done('pair'));
  const simulation = new Simulation({
    cpuCount,
    program: compileForever(pair),
    state: () => pids.call(request),
    profile: profileOn(machine, profileNamed(profileNames[0]!)),
    distances: machine.distances,
    nodeOf: machine.nodeOf,
    locks: pids.locks,
    seed,
  });
  simulation.run({ untilPs: MEASURED_PS });
  return (2 * simulation.doneCount) / (MEASURED_PS / PS_PER_SECOND);
}
