// One parent, every way to make a child of it, and what the parent pays afterwards: fork leaves its pages
// write-protected, and each first write to one is a fault.

import { touchRange } from '@forkless/mm';
import type { CostProfile } from '@forkless/sim';
import { costOfAll, type FileAction } from '@forkless/spawn';
import { memoryOf } from '@forkless/task';
import type { SimulatedMachine } from '../../machine.ts';
import type { BenchProgram } from '../spawning/programs.ts';
import { armFor } from '../spawning/spawn-arms.ts';
import { timeSpawn, type Stretch, type TimedSpawn } from '../spawning/timing.ts';
import { buildWorld, type SpawnWorld } from '../spawning/world.ts';
import type { SizedParent } from './sizes.ts';

/** What spawning from one parent comes to. */
export interface SizeResult {
  readonly parent: SizedParent;
  /** By the name of the arm. */
  readonly spawns: Readonly<Record<string, TimedSpawn>>;
  /** What rewriting the parent's memory costs after a fork more than without one. */
  readonly later: Stretch;
}

/** Measures one parent; fork comes last, as it leaves its trace in the parent. */
export function measureSize(
  parent: SizedParent,
  arms: readonly string[],
  program: BenchProgram,
  on: { readonly machine: SimulatedMachine; readonly profile: CostProfile },
): SizeResult {
  const world = buildWorld(on.machine.name, parent.size);
  const actions: FileAction[] = parent.closesRest === true ? [{ kind: 'closefrom', fd: 3 }] : [];
  const spawns = Object.fromEntries(
    arms.toReversed().map((name) => {
      const { mechanism, close } = armFor(name, world.parent, program.path);
      const timed = timeSpawn(world, mechanism, program, on, actions);
      close();
      return [name, timed];
    }),
  );
  return { parent, spawns, later: rewrite(world, parent, on.profile) };
}

/** Writes every page of the heap once and counts the faults that a fork left behind. */
function rewrite(world: SpawnWorld, { size }: SizedParent, profile: CostProfile): Stretch {
  const { kernel, parent, heap } = world;
  const { counts } = kernel.memory;
  const before = { ...counts };
  if (heap.pageCount > 0) {
    touchRange(memoryOf(parent), heap, 'write', kernel.placerOf(parent));
  }
  const faults = counts.minor_faults - before.minor_faults;
  const copies = counts.user_pages - before.user_pages;
  const reused = size.huge === true ? 'fault.cow-huge' : 'fault.cow-reuse';
  const spent = { [reused]: faults - copies, 'fault.cow-copy': copies };
  return { ns: costOfAll(spent, profile), spent };
}
