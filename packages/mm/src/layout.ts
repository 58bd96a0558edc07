// Sizes of the x86-64 address space with four levels of page tables, as every part of the package
// needs them. Addresses are bytes in a double (exact far beyond 2^47), page numbers are addresses / 4096.

/** Bytes of a page. @see arch/x86/include/asm/page_types.h, v6.12 */
export const PAGE_SIZE = 4096;
/** Entries of a page table at each level. */
export const TABLE_ENTRIES = 512;
/** Pages of a huge page mapped by one PMD entry. */
export const HUGE_PAGES = 512;
/** Bytes of a huge page. */
export const HUGE_SIZE = PAGE_SIZE * HUGE_PAGES;
/** First address that user space cannot have. @see arch/x86/include/asm/page_64_types.h, v6.12 */
export const TASK_SIZE = 2 ** 47 - PAGE_SIZE;
/** Where mappings without a place of their own are put, top down; MODEL: no randomisation, no stack gap. */
export const MMAP_BASE = 0x7ffff7fff000;
/** The most mappings a process may have (vm.max_map_count). */
export const MAX_MAP_COUNT = 65530;

/** The number of the page that holds `address`. */
export function pageNumber(address: number): number {
  return Math.floor(address / PAGE_SIZE);
}

/** Rounds bytes up to whole pages. */
export function pageAlign(bytes: number): number {
  return Math.ceil(bytes / PAGE_SIZE) * PAGE_SIZE;
}

/** Whether an address is the first of a page. */
export function isPageAligned(address: number): boolean {
  return address % PAGE_SIZE === 0;
}
