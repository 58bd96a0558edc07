// The address space as processes see it from outside: who shares it, what fork copies, who waits for
// it to be let go. What lies inside belongs to @forkless/mm and is reached through `AddressSpace`.

import { assert, isRefusal, type Refusal } from '@forkless/errors';
import type { Mm as PagedMm, Placer } from '@forkless/mm';
import type { PagedSpace } from './paged-space.ts';

/** The inside of an address space. */
export interface AddressSpace {
  /** Its pages. */
  readonly memory: PagedSpace;
  /** A copy for a forked child, on the parent's account; ENOMEM. @see kernel/fork.c, dup_mmap() */
  fork(placer: Placer): AddressSpace | Refusal<'ENOMEM'>;
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

  /** A copy of its own; ENOMEM. @see kernel/fork.c, dup_mm() */
  fork(placer: Placer): Mm | Refusal<'ENOMEM'> {
    const space = this.space.fork(placer);
    if (isRefusal(space)) return space;
    const copy = new Mm(space);
    copy.dumpable = this.dumpable;
    return copy;
  }

  /** One user less; the last one unmaps. @see kernel/fork.c, mmput() */
  put(): void {
    if (--this.users === 0) this.space.exit();
  }
}

/** The mappings and pages of a task that has not exited, for the calls of @forkless/mm. */
export function memoryOf({ mm }: { readonly mm: Mm | null }): PagedMm {
  assert(mm !== null, 'a task that has not exited has a memory');
  return mm.space.memory.mm;
}
