// The arm that the RFC lacks: what a template saves over posix_spawn in the same runtime, by the steps of
// both, and what each thing it might cache besides would be worth.

import type { CostProfile } from '@forkless/sim';
import { costOf } from '@forkless/spawn';
import { DYNAMIC_TOOL } from '../spawning/programs.ts';
import { armFor, TEMPLATE_ARM } from '../spawning/spawn-arms.ts';
import { timeSpawn } from '../spawning/timing.ts';
import { buildWorld } from '../spawning/world.ts';
import type { SimulatedMachine } from '../../machine.ts';

/** What one call takes by each way, in ns, with its program's start, exit and wait. */
export type ControlTimes = Readonly<Record<string, number>>;

const ARMS = ['fork-exec', 'vfork-exec', 'posix-spawn-2.36', 'posix-spawn-2.39', 'kernel-spawn-1'];

/** The agent's runtime: 64 MiB, 32 descriptors that close on exec, some threads. */
const RUNTIME = { rssMib: 64, fds: 32, cloexec: true, threads: 4 };

/** Times every way from the same runtime. */
export function controlTimes(machine: SimulatedMachine, profile: CostProfile): ControlTimes {
  const world = buildWorld(machine.name, RUNTIME);
  return Object.fromEntries(
    [...ARMS, TEMPLATE_ARM].map((name) => {
      const { mechanism, close } = armFor(name, world.parent, DYNAMIC_TOOL.path);
      const { call, end } = timeSpawn(world, mechanism, DYNAMIC_TOOL, { machine, profile });
      close();
      return [name, call.ns + end.ns];
    }),
  );
}

/** What a template does not cache in the RFC, and at most saves once it does, in ns a call. */
export function uncachedNs(profile: CostProfile): Readonly<Record<string, number>> {
  const of = (figure: string) => costOf(profile, figure);
  return {
    // The linker is found, opened and its headers read anew each time.
    'pt-interp': of('exec.header') + of('file.open') + 2 * of('path.component'),
    // Finding, mapping and relocating the libraries.
    'library-graph': of('exec.library') * DYNAMIC_TOOL.libraries!,
    // Nothing left to map: a picture of the linked program would be copied instead.
    layout: of('exec.dynamic'),
    // One template for all processes: the first call of each reads headers that are cached pages anyway.
    sharing: of('exec.header'),
  };
}
