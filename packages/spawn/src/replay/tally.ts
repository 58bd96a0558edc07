// What a replay counted of the making of children: calls into the kernel, objects, copies of a memory.
// What exec itself takes is the same whoever made the child, and is not in it.
import type { Execution, PathNode } from '@forkless/sim';
import { CLONE_SLABS } from '@forkless/task';
import { SYSCALL_FIGURE } from '../path/steps.ts';
import type { SpawnCall } from '../spawn-call.ts';

/** Counts over all children of a recording. */
export interface Tally {
  /** Calls into the kernel, from the one that makes the child to the one that runs its program. */
  syscalls: number;
  /** Objects from slab caches for the new tasks. */
  slabObjects: number;
  /** Children that began as a copy of their parent's memory. */
  memoryCopies: number;
}

/** A tally of nothing. */
export function createTally(): Tally {
  return { syscalls: 0, slabObjects: 0, memoryCopies: 0 };
}

/** Adds what the making of one child counted. */
export function addExecution(tally: Tally, { slabs }: Execution): void {
  for (const { allocs } of Object.values(slabs)) tally.slabObjects += allocs;
  tally.memoryCopies += slabs[CLONE_SLABS.mm.cache]?.allocs ?? 0;
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
