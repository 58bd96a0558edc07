// What the kernel would have allocated and freed: one number a kind and site, under the names the
// kernel's tracepoints give. Whoever wants the cost of an operation takes the difference.

/** The kinds counted, in the kernel's words. */
export const counterNames = [
  'vm_area_alloc',
  'vm_area_dup',
  'vm_area_free',
  'anon_vma_prepare',
  'anon_vma_fork',
  'anon_vma_free',
  'avc_prepare',
  'avc_clone',
  'avc_fork',
  'avc_free',
  'mpol_dup',
  'mm_alloc',
  'maple_dup',
  'pgd_alloc',
  'p4d_pud_alloc',
  'pmd_alloc',
  'pte_alloc',
  'table_free',
  'ptes_copied',
  'ptes_zapped',
  'ptes_moved',
  'tlb_next_batch',
  'tlb_remove_table',
  'user_pages',
  'user_pages_freed',
  'huge_pages',
  'huge_copied',
  'huge_zapped',
  'pages_migrated',
  'minor_faults',
] as const;

/** One of the kinds counted. */
export type CounterName = (typeof counterNames)[number];

/** Counts by kind. */
export type Counts = Record<CounterName, number>;

/** All zero. A literal, so that all counts have one shape and reading them is a load. */
export function noCounts(): Counts {
  return {
    vm_area_alloc: 0,
    vm_area_dup: 0,
    vm_area_free: 0,
    anon_vma_prepare: 0,
    anon_vma_fork: 0,
    anon_vma_free: 0,
    avc_prepare: 0,
    avc_clone: 0,
    avc_fork: 0,
    avc_free: 0,
    mpol_dup: 0,
    mm_alloc: 0,
    maple_dup: 0,
    pgd_alloc: 0,
    p4d_pud_alloc: 0,
    pmd_alloc: 0,
    pte_alloc: 0,
    table_free: 0,
    ptes_copied: 0,
    ptes_zapped: 0,
    ptes_moved: 0,
    tlb_next_batch: 0,
    tlb_remove_table: 0,
    user_pages: 0,
    user_pages_freed: 0,
    huge_pages: 0,
    huge_copied: 0,
    huge_zapped: 0,
    pages_migrated: 0,
    minor_faults: 0,
  };
}

/** A counter by counter difference. */
export function countsSince(now: Counts, before: Counts): Counts {
  return {
    vm_area_alloc: now.vm_area_alloc - before.vm_area_alloc,
    vm_area_dup: now.vm_area_dup - before.vm_area_dup,
    vm_area_free: now.vm_area_free - before.vm_area_free,
    anon_vma_prepare: now.anon_vma_prepare - before.anon_vma_prepare,
    anon_vma_fork: now.anon_vma_fork - before.anon_vma_fork,
    anon_vma_free: now.anon_vma_free - before.anon_vma_free,
    avc_prepare: now.avc_prepare - before.avc_prepare,
    avc_clone: now.avc_clone - before.avc_clone,
    avc_fork: now.avc_fork - before.avc_fork,
    avc_free: now.avc_free - before.avc_free,
    mpol_dup: now.mpol_dup - before.mpol_dup,
    mm_alloc: now.mm_alloc - before.mm_alloc,
    maple_dup: now.maple_dup - before.maple_dup,
    pgd_alloc: now.pgd_alloc - before.pgd_alloc,
    p4d_pud_alloc: now.p4d_pud_alloc - before.p4d_pud_alloc,
    pmd_alloc: now.pmd_alloc - before.pmd_alloc,
    pte_alloc: now.pte_alloc - before.pte_alloc,
    table_free: now.table_free - before.table_free,
    ptes_copied: now.ptes_copied - before.ptes_copied,
    ptes_zapped: now.ptes_zapped - before.ptes_zapped,
    ptes_moved: now.ptes_moved - before.ptes_moved,
    tlb_next_batch: now.tlb_next_batch - before.tlb_next_batch,
    tlb_remove_table: now.tlb_remove_table - before.tlb_remove_table,
    user_pages: now.user_pages - before.user_pages,
    user_pages_freed: now.user_pages_freed - before.user_pages_freed,
    huge_pages: now.huge_pages - before.huge_pages,
    huge_copied: now.huge_copied - before.huge_copied,
    huge_zapped: now.huge_zapped - before.huge_zapped,
    pages_migrated: now.pages_migrated - before.pages_migrated,
    minor_faults: now.minor_faults - before.minor_faults,
  };
}
