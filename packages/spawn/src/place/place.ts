// Where a child shall run and how far the kernel heeds it: plain data of a request and its options, and
// how it comes to a node.

import { refuse, type Refusal } from '@forkless/errors';
import type { Kernel, Task } from '@forkless/task';
import type { NodeAwareness, ObjectLedger } from './object-ledger.ts';

/** Where a child shall run. */
export type Place =
  /** On a node. */
  | { readonly node: number }
  /** On these CPUs; its memory on the node of the first. */
  | { readonly cpus: readonly number[] }
  /** Where its parent runs. */
  | 'inherit'
  /** Where the scheduler would put it. */
  | 'ask-scheduler';

/** How the machine goes about a spawn, besides the mechanism. Each has a default. */
export interface SpawnOptions {
  /** Which objects go to the child's node. `L0` when left out, `L4` for the pristine child. */
  readonly awareness?: NodeAwareness;
  /** When the scheduler brings the child to its place; at exec when left out, at once from L1 on. */
  readonly moves?: 'wake-up' | 'exec' | 'never';
  /** On whose CPU the kernel takes the child's steps; on the child's when left out. */
  readonly executor?: 'parent' | 'child';
  /** On which node names are looked up; where the step is taken when left out. */
  readonly lookup?: 'parent' | 'child';
  /** What the scheduler answers when it is asked; the node with the fewest tasks when left out. */
  readonly scheduler?: (kernel: Kernel, parent: Task) => number;
  /** Told of every object and where it lies. */
  readonly objects?: ObjectLedger;
}

/** The node a place comes to; EINVAL for a node without memory or a CPU that is not there. O(tasks) to ask. */
export function nodeOfPlace(
  kernel: Kernel,
  parent: Task,
  place: Place = 'inherit',
  { scheduler = idlestNode }: SpawnOptions = {},
): number | Refusal<'EINVAL'> {
  if (place === 'inherit') return parent.node;
  if (place === 'ask-scheduler') return scheduler(kernel, parent);
  const { memory } = kernel;
  if ('cpus' in place) {
    const cpu = place.cpus.find((one) => one >= 0 && one < kernel.possibleCpuCount);
    return cpu === undefined
      ? refuse('EINVAL', 'none of the CPUs is there')
      : memory.shape.nodeOfCpu(cpu);
  }
  if (memory.onlineNodes.has(place.node)) return place.node;
  return refuse('EINVAL', `node ${place.node} is not online`);
}

/**
 * The node with the fewest tasks that could run; the parent's own where that is no worse, then the nearest.
 * MODEL: sched_domains, capacities and wake affinity are left out.
 *
 * @see kernel/sched/fair.c, sched_balance_find_dst_group(), v6.12
 */
export function idlestNode(kernel: Kernel, parent: Task): number {
  const load = new Map<number, number>();
  for (const task of kernel.tasks) {
    if (task.isRunnable) load.set(task.node, (load.get(task.node) ?? 0) + 1);
  }
  const order = [parent.node, ...kernel.memory.fallbackOrder(parent.node)];
  let best = parent.node;
  for (const node of order) if ((load.get(node) ?? 0) < (load.get(best) ?? 0)) best = node;
  return best;
}
