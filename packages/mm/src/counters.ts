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
  'pages_migrated',
  'minor_faults',
] as const;

/** One of the kinds counted. */
export type CounterName = (typeof counterNames)[number];

/** Counts by kind. */
export type Counts = Record<CounterName, number>;

/** All zero. */
export function noCounts(): Counts {
  return Object.fromEntries(counterNames.map((name) => [name, 0])) as Counts;
}

/** A counter by counter difference. */
export function countsSince(now: Counts, before: Counts): Counts {
  const difference = noCounts();
  for (const name of counterNames) difference[name] = now[name] - before[name];
  return difference;
}
