// Who decides on which node a page is allocated. The package brings the decision of a task without a
// policy; whoever has policies hands in another.
import type { MemoryObject } from './physical/memory-object.ts';
import type { Memory } from './memory.ts';
import type { Nodemask } from './nodemask.ts';
import type { Vma } from './vma/vma.ts';

/** Takes memory for pages; every call returns the node, or −1 when there is none. */
export interface Placer {
  /** A page of a private mapping, or 512 in one. `page` is the address / 4096. */
  takePrivate(vma: Vma, page: number, pages: 1 | 512): number;
  /** A page that a memory object will hold. */
  takeShared(object: MemoryObject, index: number): number;
  /** Memory for the kernel itself on behalf of the task: page tables. */
  takeKernel(): number;
}

/** The node of the CPU first, then its fallback order, within the allowed nodes where they are given. */
export class LocalPlacer implements Placer {
  readonly #memory: Memory;
  readonly #order: readonly number[];
  readonly #mems: Nodemask | null;

  constructor(memory: Memory, node: number, mems: Nodemask | null = null) {
    this.#memory = memory;
    this.#order = memory.fallbackOrder(node);
    this.#mems = mems;
  }

  takePrivate(_vma: Vma, _page: number, pages: 1 | 512): number {
    return this.#memory.zones.take(this.#order, null, this.#mems, pages);
  }

  takeShared(): number {
    return this.#memory.zones.take(this.#order, null, this.#mems);
  }

  takeKernel(): number {
    return this.#memory.zones.take(this.#order, null, this.#mems);
  }
}
