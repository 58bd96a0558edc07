// Counting what paths spend: each is run on one virtual CPU, one after the other, on the same state.
import {
  compile,
  SERVER_2025,
  Simulation,
  uniformDistance,
  type Ledger,
  type Path,
} from '@forkless/sim';
import type { SpawnCall } from '../src/index.ts';

/** With a way between CPUs, which nothing takes on one CPU. */
const PROFILE = {
  ...SERVER_2025,
  figures: { ...SERVER_2025.figures, 'transfer.any': SERVER_2025.figures['line.hit']! },
};

/** What one path came to on one virtual CPU. */
export function ledgerOf(path: Path<SpawnCall>, call: SpawnCall): Ledger {
  const simulation = new Simulation<SpawnCall>({
    cpuCount: 1,
    program: compile(path),
    state: () => call,
    profile: PROFILE,
    distances: uniformDistance('any'),
    seed: 1,
  });
  simulation.run({});
  return simulation.ledger();
}

/** How often each figure of a cost profile is spent by the paths in their order. */
export function figuresOf(
  paths: readonly Path<SpawnCall>[],
  call: SpawnCall,
): Readonly<Record<string, number>> {
  const spent: Record<string, number> = {};
  for (const path of paths) {
    const { work, refusals } = ledgerOf(path, call);
    if (Object.keys(refusals).length > 0) throw new Error(JSON.stringify(refusals));
    for (const [figure, count] of Object.entries(work))
      spent[figure] = (spent[figure] ?? 0) + count;
  }
  return Object.fromEntries(Object.entries(spent).filter(([, count]) => count > 0));
}
