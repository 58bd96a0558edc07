// A path run step by step on one virtual CPU: each step that takes time with its name, when it began and
// what it took, and how often each figure of the profile was spent.
import { assert } from '@forkless/errors';
import { compile, figureOf, Simulation, type CostProfile, type Path } from '@forkless/sim';
import type { Machine } from '@forkless/topology';

/** A step that took time. */
export interface TimedStep {
  readonly name: string;
  readonly startNs: number;
  readonly ns: number;
}

/** A path that was run. */
export interface TimedPath {
  readonly steps: readonly TimedStep[];
  readonly ns: number;
  /** How often each figure was spent. */
  readonly spent: Readonly<Record<string, number>>;
  /** Slab objects made, by cache. */
  readonly objects: readonly (readonly [cache: string, made: number])[];
}

const ENTER = /: enter the kernel$/;

/** Runs a path to its end. Linear in its steps. */
export function timePath<S>(
  path: Path<S>,
  state: S,
  { machine, profile }: { readonly machine: Machine; readonly profile: CostProfile },
): TimedPath {
  const simulation = new Simulation<S>({
    cpuCount: 1,
    program: compile(path),
    state: () => state,
    profile,
    distances: machine.transferDistances(),
    seed: 1,
  });
  const steps: TimedStep[] = [];
  for (;;) {
    const name = simulation.stepOf(0);
    const startNs = simulation.clockOf(0) / 1000;
    if (simulation.run({ eventCountMax: 1 }) === 0) break;
    const ns = simulation.clockOf(0) / 1000 - startNs;
    // Entering the kernel is for the step that comes next.
    if (ns > 0) steps.push({ name: ENTER.test(name) ? simulation.stepOf(0) : name, startNs, ns });
  }
  const { work, slabs, refusals } = simulation.ledger();
  assert(Object.keys(refusals).length === 0, `the path '${path.name}' is not refused`);
  const spent: Record<string, number> = { ...work, 'slab.alloc': 0, 'slab.free': 0 };
  for (const { allocs, frees } of slabs) {
    spent['slab.alloc']! += allocs;
    spent['slab.free']! += frees;
  }
  const objects = slabs
    .filter(({ allocs }) => allocs > 0)
    .map(({ cache, allocs }) => [cache, allocs] as const);
  return { steps, ns: simulation.clockOf(0) / 1000, spent, objects };
}

/** The parts a call is split into, in the order in which they are shown. */
export const PARTS = ['program', 'exec', 'memory', 'files', 'task', 'scheduling', 'calls'] as const;

/** A part. */
export type Part = (typeof PARTS)[number];

/** Figures by the start of their names; the first that fits counts. */
const BY_PREFIX: readonly (readonly [prefix: string, part: Part])[] = [
  ['shell.', 'program'],
  ['exec.dynamic', 'program'],
  ['exec.library', 'program'],
  ['exec.', 'exec'],
  ['map.', 'exec'],
  ['fault.cow', 'memory'],
  ['fault.', 'exec'],
  ['page.alloc', 'exec'],
  ['fork.', 'memory'],
  ['exit.base', 'task'],
  ['exit.', 'memory'],
  ['page.free', 'memory'],
  ['table.', 'memory'],
  ['unmap.', 'memory'],
  ['fd.', 'files'],
  ['file.', 'files'],
  ['path.', 'files'],
  ['task.', 'scheduling'],
  ['syscall', 'calls'],
];

/** Nanoseconds by part; they add up to what the profile says of all that was spent. */
export function partsOf(
  runs: readonly Pick<TimedPath, 'spent'>[],
  profile: CostProfile,
): Readonly<Record<Part, number>> {
  const parts = Object.fromEntries(PARTS.map((part) => [part, 0])) as Record<Part, number>;
  for (const { spent } of runs) {
    for (const [figure, times] of Object.entries(spent)) {
      const part = BY_PREFIX.find(([prefix]) => figure.startsWith(prefix))?.[1] ?? 'task';
      parts[part] += times * figureOf(profile, figure, 'the making of a process').value;
    }
  }
  return parts;
}
