// What a mapping knows of a memory policy: that it may carry one, and whether two are the same. Who
// decides with it is handed in from above (see `Placer`).

/** A policy on a mapping. It never changes; another policy is another object. */
export interface VmaPolicy {
  /** Whether two mappings that differ in this alone may merge. */
  equals(other: VmaPolicy): boolean;
}

/** Whether two mappings' policies are the same. @see mm/mempolicy.c, mpol_equal(), v6.12 */
export function arePoliciesEqual(a: VmaPolicy | null, b: VmaPolicy | null): boolean {
  return a === b || (a !== null && b !== null && a.equals(b));
}
