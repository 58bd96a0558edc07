// The address space as processes see it from outside: who shares it, what fork copies, who waits for
// it to be let go. What lies inside belongs to @forkless/mm and is reached through `AddressSpace`.

/** The inside of an address space. */
export interface AddressSpace {
  /** A copy for a forked child. @see kernel/fork.c, dup_mmap() */
  fork(): AddressSpace;
  /** Everything is unmapped. @see mm/mmap.c, exit_mmap() */
  exit(): void;
}

/** An address space with its users. @see include/linux/mm_types.h, struct mm_struct */
export class Mm {
  /** Tasks that run in it. */
  users = 1;
  /** Whether a core file or another user of the machine may look at it. @see PR_SET_DUMPABLE */
  dumpable = 1;
  readonly space: AddressSpace;

  constructor(space: AddressSpace) {
    this.space = space;
  }

  /** A copy of its own. @see kernel/fork.c, dup_mm() */
  fork(): Mm {
    const copy = new Mm(this.space.fork());
    copy.dumpable = this.dumpable;
    return copy;
  }

  /** One user less; the last one unmaps. @see kernel/fork.c, mmput() */
  put(): void {
    if (--this.users === 0) this.space.exit();
  }
}

/**
 * A few words of memory by address, enough to see who shares them.
 * MODEL: no pages, no costs; for parents whose memory does not matter.
 */
export class MemoryCells implements AddressSpace {
  readonly #cells: Map<number, number>;

  constructor(cells: ReadonlyMap<number, number> = new Map()) {
    this.#cells = new Map(cells);
  }

  read(address: number): number {
    return this.#cells.get(address) ?? 0;
  }

  write(address: number, value: number): void {
    this.#cells.set(address, value);
  }

  fork(): MemoryCells {
    return new MemoryCells(this.#cells);
  }

  exit(): void {
    this.#cells.clear();
  }
}
