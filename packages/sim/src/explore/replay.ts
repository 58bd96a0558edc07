// A schedule run by the engine: every CPU waits at its gates for its turn, and a turn is so long that
// nothing a step costs can carry it into the next.

import type { CostProfile, Figure } from '../cost-profile.ts';
import { uniformDistance } from '../distance.ts';
import type { LockSpec } from '../lock-table.ts';
import { Simulation } from '../simulation.ts';
import { exploredProgram, type ExploreOptions } from './explore.ts';
import type { World } from './explored-run.ts';
import { TURN_FIGURE } from './gates.ts';

/** A turn, in ns: a thousand times what any step costs here. */
const TURN_NS = 1e6;

/** Turns that come after all that are scheduled: nobody reaches them. */
const NEVER = 2 ** 20;

/** A schedule that was run by the engine. */
export interface Replay<S, W extends World<S>> {
  readonly world: W;
  readonly simulation: Simulation<S>;
}

/**
 * Runs a schedule on virtual CPUs and stops when its last move is made; the world is then as the
 * exploration found it. Steps cost 1 ns, whatever their figures; turns are a millisecond.
 */
export function replay<S, W extends World<S>>(
  options: ExploreOptions<S, W>,
  schedule: readonly number[],
  merged = true,
): Replay<S, W> {
  const world = options.world();
  const moves = Array.from({ length: options.cpus }, (_, cpu) => turnsOf(schedule, cpu));
  const at = moves.map(() => 0);
  const program = exploredProgram(options, merged, (cpu) => {
    const before = at[cpu] === 0 ? 0 : moves[cpu]![at[cpu]! - 1]!;
    const turn = moves[cpu]![at[cpu]!] ?? NEVER;
    at[cpu] = at[cpu]! + 1;
    return turn - before;
  });
  const locks: Record<string, LockSpec> = {};
  for (const group of program.locks) locks[group] = { kind: 'queued', count: LOCK_COUNT };
  const simulation = new Simulation<S>({
    cpuCount: options.cpus,
    program,
    state: (cpu) => world.states[cpu]!,
    profile: flatProfile(program.figures),
    distances: uniformDistance('any'),
    locks,
    seed: 0,
  });
  simulation.run({ untilPs: (schedule.length + 0.5) * TURN_NS * 1000 });
  return { world, simulation };
}

/** Locks of a group, more than any path has. */
const LOCK_COUNT = 4096;

/** The turns a CPU has, counted from 1. */
function turnsOf(schedule: readonly number[], cpu: number): number[] {
  return schedule.flatMap((mover, turn) => (mover === cpu ? [turn + 1] : []));
}

function flatProfile(figures: readonly string[]): CostProfile {
  const one = (unit: Figure['unit'], value: number): Figure => {
    return { value, unit, low: value, high: value, provenance: 'estimated', source: 'a replay' };
  };
  const named = [...figures, 'line.hit', 'line.memory', 'transfer.any', 'lock.atomic'];
  const costs = [...named, 'slab.alloc', 'slab.free'].map((name) => [name, one('ns', 1)]);
  const ratios = ['transfer.contention', 'line.overlap', 'lock.ticket-share'];
  return {
    name: 'replay',
    description: 'Every step costs 1 ns and every turn a millisecond.',
    figures: Object.fromEntries([
      ...costs,
      ...ratios.map((name) => [name, one('ratio', 1)]),
      ['lock.handover-transfers', one('count', 1)],
      [TURN_FIGURE, one('ns', TURN_NS)],
    ]) as Record<string, Figure>,
  };
}
