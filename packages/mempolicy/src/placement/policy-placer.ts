// Decides for `@forkless/mm` where each page of a task goes: by the policy of the mapping or of the shared
// memory, else by the task's, else near the CPU.
import { type MemoryObject, PAGE_SIZE, type Placer, type Vma } from '@forkless/mm';
import type { PolicyHolder } from '../holder.ts';
import type { Mempolicy } from '../policy/mempolicy.ts';
import { sharedPolicyOf } from '../policy/shared-policy.ts';
import { NO_INTERLEAVE_INDEX, takePage } from './take-page.ts';

/** The policy a mapping has for an address, its own or that of the shared memory it maps; null for none. */
export function policyAt(vma: Vma, address: number): Mempolicy | null {
  const { object } = vma;
  if (object === null) return vma.policy as Mempolicy | null;
  if (object.kind === 'shmem') return sharedPolicyOf(object)?.lookup(vma.indexOf(address)) ?? null;
  return vma.policy as Mempolicy | null;
}

/**
 * The static interleave index of a page of a mapping. `page` is the address / 4096, `pages` 512 for a huge
 * page, which counts as one step. @see mm/mempolicy.c, get_vma_policy(), shmem_get_policy(), v6.12
 */
export function interleaveIndex(vma: Vma, page: number, pages: number): number {
  const bias = vma.object?.kind === 'shmem' ? vma.object.inode : 0;
  const offset = page - vma.start / PAGE_SIZE;
  if (pages === 1) return bias + vma.pageOffset + offset;
  return bias + Math.floor(vma.pageOffset / pages) + Math.floor(offset / pages);
}

/** The placer of one task. */
export class PolicyPlacer implements Placer {
  readonly holder: PolicyHolder;

  constructor(holder: PolicyHolder) {
    this.holder = holder;
  }

  takePrivate(vma: Vma, page: number, pages: 1 | 512): number {
    const policy = policyAt(vma, page * PAGE_SIZE) ?? this.holder.policy;
    return takePage(this.holder, policy, interleaveIndex(vma, page, pages), pages);
  }

  /** @see mm/shmem.c, shmem_get_pgoff_policy(); mm/filemap.c, filemap_alloc_folio(), v6.12 */
  takeShared(object: MemoryObject, index: number): number {
    if (object.kind !== 'shmem') return this.takeKernel();
    const policy = sharedPolicyOf(object)?.lookup(index) ?? this.holder.policy;
    return takePage(this.holder, policy, object.inode + index);
  }

  /** @see mm/mempolicy.c, alloc_pages(), v6.12 */
  takeKernel(): number {
    return takePage(this.holder, this.holder.policy, NO_INTERLEAVE_INDEX);
  }
}
