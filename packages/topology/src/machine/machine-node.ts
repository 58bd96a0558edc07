// A NUMA node as the kernel keeps it, which can differ from the tree: a memoryless node that the
// tree hides is a node here, and a node without CPUs has none here though the tree shows who is near.
import type { Bitmap } from '@forkless/bitmap';

/** An online node. */
export interface MachineNode {
  /** Its id. Ids may have gaps. */
  readonly node: number;
  /** The online CPUs that belong to it; every CPU belongs to one node at most, but in buggy dumps. */
  readonly cpus: Bitmap;
  /** All its memory; 0 for a memoryless node. */
  readonly memoryBytes: number;
  /** What of it was free when the description was made. */
  readonly freeBytes: number | undefined;
  /** Whether it is in node state N_MEMORY. */
  readonly hasMemory: boolean;
}
