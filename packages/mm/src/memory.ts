// The memory of one machine: what its nodes have, the pages in use, and the counts of everything the
// kernel would have allocated for the processes on it.
import type { Machine } from '@forkless/topology';
import { noCounts, type Counts } from './counters.ts';
import { PAGE_SIZE } from './layout.ts';
import { MemoryObject, type ObjectKind } from './physical/memory-object.ts';
import { Pages } from './physical/pages.ts';
import { Tables } from './physical/tables.ts';
import { Zones } from './physical/zones.ts';
import { Nodemask } from './nodemask.ts';

/** What has to be known of a machine. */
export interface MemoryShape {
  /** The online nodes, ascending, each with its memory in pages (0 for a memoryless node). */
  readonly nodes: readonly { readonly node: number; readonly pages: number }[];
  /** The nodes the allocator tries for a node, the best first. */
  fallbackOrder(node: number): readonly number[];
  /** The node of a CPU. */
  nodeOfCpu(cpu: number): number;
}

/** When huge pages are used: for mappings that ask for them, for all, or never. */
export type HugePageMode = 'madvise' | 'always' | 'never';

/** What a kernel is told at boot. */
export interface MemoryOptions {
  /** `/sys/kernel/mm/transparent_hugepage/enabled`; `madvise` if absent. */
  readonly hugePages?: HugePageMode;
  /** Pages a fault on cached pages maps around it; 16 if absent, 1 turns it off. */
  readonly faultAroundPages?: number;
}

/** All memory of one machine. */
export class Memory {
  readonly shape: MemoryShape;
  readonly hugePages: HugePageMode;
  readonly faultAroundPages: number;
  readonly zones: Zones;
  readonly pages = new Pages();
  readonly tables = new Tables();
  readonly counts: Counts = noCounts();
  /** The nodes that are online (N_ONLINE). */
  readonly onlineNodes: Nodemask;
  /** The nodes that have memory (N_MEMORY). */
  readonly memoryNodes: Nodemask;
  #nextInode = 1;
  readonly #orders: (readonly number[])[] = [];

  constructor(shape: MemoryShape, options: MemoryOptions = {}) {
    this.shape = shape;
    this.hugePages = options.hugePages ?? 'madvise';
    this.faultAroundPages = options.faultAroundPages ?? 16;
    this.zones = new Zones(shape.nodes);
    this.onlineNodes = Nodemask.of(shape.nodes.map(({ node }) => node));
    this.memoryNodes = Nodemask.of(
      shape.nodes.filter(({ pages }) => pages > 0).map(({ node }) => node),
    );
  }

  /** The nodes the allocator tries for `node`, the best first. O(1) after the first call. */
  fallbackOrder(node: number): readonly number[] {
    return (this.#orders[node] ??= [...this.shape.fallbackOrder(node)]);
  }

  /** A file or shared memory of `pageCount` pages. */
  createObject(kind: ObjectKind, inode: number, pageCount: number): MemoryObject {
    return new MemoryObject(kind, inode, pageCount, this.tables);
  }

  /** An inode number for shared memory that has none from elsewhere. */
  takeInode(): number {
    return this.#nextInode++;
  }

  /** Frees the pages of an object in [from, to) that nobody maps. */
  punchHole(object: MemoryObject, from: number, to: number): void {
    for (let index = from; index < to; index++) {
      const handle = object.page(index);
      if (handle === 0) continue;
      object.setPage(index, 0);
      this.#letGo(handle);
    }
  }

  /** Frees the pages of an object at `from` and beyond that nobody maps, and forgets the others. */
  truncate(object: MemoryObject, from = 0): void {
    object.removePages(from, (handle) => this.#letGo(handle));
  }

  #letGo(handle: number): void {
    this.pages.uncache(handle);
    if (this.pages.mapCount(handle) === 0) this.freePage(handle);
  }

  /** Gives a page back to its node. It is neither mapped nor cached. */
  freePage(handle: number): void {
    const size = this.pages.size(handle);
    this.zones.give(this.pages.node(handle), size);
    this.counts.user_pages_freed += size;
    this.pages.drop(handle);
  }

  /** Moves a page to a node where memory was taken for it. */
  movePage(handle: number, node: number): void {
    const size = this.pages.size(handle);
    this.zones.give(this.pages.node(handle), size);
    this.pages.setNode(handle, node);
    this.counts.pages_migrated += size;
  }
}

/** The memory of a machine as `@forkless/topology` describes it. */
export function createMemory(machine: Machine, options: MemoryOptions = {}): Memory {
  return new Memory(
    {
      nodes: machine.nodes.map(({ node, memoryBytes }) => ({
        node,
        pages: Math.floor(memoryBytes / PAGE_SIZE),
      })),
      fallbackOrder: (node) => machine.fallbackOrder(node),
      nodeOfCpu: (cpu) => machine.nodeOfCpu(cpu),
    },
    options,
  );
}
