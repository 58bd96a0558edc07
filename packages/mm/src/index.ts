export type { CounterName, Counts } from './counters.ts';
export { counterNames, countsSince, noCounts } from './counters.ts';
export {
  HUGE_PAGES,
  HUGE_SIZE,
  isPageAligned,
  MAX_MAP_COUNT,
  MMAP_BASE,
  PAGE_SIZE,
  pageAlign,
  pageNumber,
  TABLE_ENTRIES,
  TASK_SIZE,
} from './layout.ts';
export { createMemory, Memory } from './memory.ts';
export type { HugePageMode, MemoryOptions, MemoryShape } from './memory.ts';
export { createMm, Mm } from './mm.ts';
export { Nodemask, noNodes } from './nodemask.ts';
export { exitMm, exitMmap } from './ops/exit-mm.ts';
export type { Access, TouchResult } from './ops/fault.ts';
export { touch, touchRange } from './ops/fault.ts';
export { objectPage } from './ops/fault-object.ts';
export type { ForkedMm } from './ops/fork-mm.ts';
export { dupMmap, forkMm } from './ops/fork-mm.ts';
export type { MadviseErrno } from './ops/madvise.ts';
export { madvise } from './ops/madvise.ts';
export type { MmapErrno, MmapRequest } from './ops/mmap.ts';
export { mmap } from './ops/mmap.ts';
export { mlock, mprotect, munlock } from './ops/mprotect.ts';
export type { MremapErrno, MremapRequest } from './ops/mremap.ts';
export { mremap } from './ops/mremap.ts';
export { munmap } from './ops/munmap.ts';
export type { FaultResult } from './ops/new-page.ts';
export { populateRange } from './ops/populate.ts';
export type { PageCounts } from './ops/zap.ts';
export { countPages, visitEntries, visitWithoutSplitting, zapRange } from './ops/zap.ts';
export type { TablePlacer } from './paging/page-table.ts';
export { PageTable } from './paging/page-table.ts';
export type { ObjectKind } from './physical/memory-object.ts';
export { MemoryObject } from './physical/memory-object.ts';
export { PAGE, Pages } from './physical/pages.ts';
export { PTE, Tables } from './physical/tables.ts';
export { GFP, Zones } from './physical/zones.ts';
export type { Placer } from './placer.ts';
export { LocalPlacer } from './placer.ts';
export { MADV, MAP, MREMAP, PROT, VM } from './uapi.ts';
export { AnonVma } from './vma/anon-vma.ts';
export { mapleNodeCount } from './vma/maple-nodes.ts';
export { modifyVma } from './vma/merge.ts';
export { Vma } from './vma/vma.ts';
export { VmaList } from './vma/vma-list.ts';
export type { VmaPolicy } from './vma/vma-policy.ts';
export { arePoliciesEqual } from './vma/vma-policy.ts';
