// What a replay counted of the making of children: calls into the kernel, objects, copies of a memory.
// Beside them stands all work of the lives in figures of a cost profile, from which time follows.
import {
  change,
  path,
  type CostProfile,
  type Execution,
  type Path,
  type PathNode,
  type WorkStep,
} from '@forkless/sim';
import { CLONE_SLABS, type CountedWork } from '@forkless/task';
import { SYSCALL_FIGURE } from '../path/steps.ts';
import type { SpawnCall } from '../spawn-call.ts';
import { costOfAll, slicesOf, type SlicedTime } from '../time/slices.ts';

/** Counts over all children of a recording. */
export interface Tally {
  /** Calls into the kernel, from the one that makes the child to the one that runs its program. */
  syscalls: number;
  /** Objects from slab caches for the new tasks. */
  slabObjects: number;
  /** Children that began as a copy of their parent's memory. */
  memoryCopies: number;
  /** How often each figure of a cost profile is spent, by whole lives: exec, program start, exit, wait. */
  readonly spent: Record<string, number>;
}

/** A tally of nothing. */
export function createTally(): Tally {
  return { syscalls: 0, slabObjects: 0, memoryCopies: 0, spent: {} };
}

/** Adds what the making of one child counted. */
export function addExecution(tally: Tally, { slabs }: Execution): void {
  for (const { allocs, frees } of Object.values(slabs)) {
    tally.slabObjects += allocs;
    spend(tally, 'slab.alloc', allocs);
    spend(tally, 'slab.free', frees);
  }
  tally.memoryCopies += slabs[CLONE_SLABS.mm.cache]?.allocs ?? 0;
}

/** Adds so much of a figure. */
export function spend({ spent }: Tally, figure: string, times = 1): void {
  if (times !== 0) spent[figure] = (spent[figure] ?? 0) + times;
}

/** Adds what counted work came to. O(works). */
export function spendAll<S>(tally: Tally, works: readonly CountedWork<S>[], state: S): void {
  for (const { figure, count } of works) spend(tally, figure, count(state));
}

/** The path with its work added to a tally as it comes up, to be run at once. O(steps). */
export function tallied<S>(plain: Path<S>, tally: Tally): Path<S> {
  const all = (nodes: readonly PathNode<S>[]): PathNode<S>[] => nodes.map(one);
  const one = (node: PathNode<S>): PathNode<S> => {
    switch (node.kind) {
      case 'when':
        return { ...node, body: all(node.body) };
      case 'attempt':
        return { ...node, body: all(node.body), cleanup: all(node.cleanup) };
      case 'work':
        return talliedStep(node, tally);
      default:
        return node;
    }
  };
  return path(plain.name, ...all(plain.nodes));
}

function talliedStep<S>({ name, figure, times }: WorkStep<S>, tally: Tally): PathNode<S> {
  return change(name, (state, cpu) => {
    spend(tally, figure, typeof times === 'number' ? times : times(state, cpu));
  });
}

/** Time of what a replay counted by the figures of a profile: together and by part, in ns. O(figures). */
export function replayTime(
  { spent }: Pick<Tally, 'spent'>,
  profile: CostProfile,
): { readonly ns: number; readonly parts: SlicedTime } {
  return { ns: costOfAll(spent, profile), parts: slicesOf([{ spent }], profile) };
}

/** How often a path crosses into the kernel when nothing in it is refused. O(steps). */
export function syscallsOf(nodes: readonly PathNode<SpawnCall>[]): number {
  let count = 0;
  for (const node of nodes) {
    if (node.kind === 'work' && node.figure === SYSCALL_FIGURE) count += timesOf(node.times);
    else if (node.kind === 'attempt') count += syscallsOf(node.body);
  }
  return count;
}

function timesOf(times: unknown): number {
  return typeof times === 'number' ? times : 1;
}
