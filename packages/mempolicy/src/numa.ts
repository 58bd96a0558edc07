// What the memory-policy calls need of a machine besides its memory: how wide node masks are and the
// weights of weighted interleaving, which all tasks share.
import type { Memory } from '@forkless/mm';
import { WeightTable } from './placement/weight-table.ts';

/** What a kernel was built and booted with. */
export interface NumaOptions {
  /** MAX_NUMNODES: bits a node mask has in the kernel; 1024 if absent, as in Debian's kernels. */
  readonly nodesMax?: number;
  /** The nodes that could come online, highest + 1 (nr_node_ids); from the online ones if absent. */
  readonly nodeIdCount?: number;
}

/** One machine as the memory-policy calls see it. */
export class Numa {
  readonly memory: Memory;
  /** MAX_NUMNODES. */
  readonly nodesMax: number;
  /** nr_node_ids. */
  readonly nodeIdCount: number;
  /** The weights in `/sys/kernel/mm/mempolicy/weighted_interleave`. */
  readonly weights: WeightTable;

  constructor(memory: Memory, options: NumaOptions = {}) {
    this.memory = memory;
    this.nodesMax = options.nodesMax ?? 1024;
    this.nodeIdCount = options.nodeIdCount ?? memory.onlineNodes.members.at(-1)! + 1;
    this.weights = new WeightTable(this.nodeIdCount);
  }
}
