// The address space of a process: its mappings and its page table. The operations on it are functions,
// one file each; this file holds the state they share.
import { MAX_MAP_COUNT, TASK_SIZE } from './layout.ts';
import type { Memory } from './memory.ts';
import { PageTable, type TablePlacer } from './paging/page-table.ts';
import { VmaList } from './vma/vma-list.ts';

/** An address space. @see include/linux/mm_types.h, struct mm_struct, v6.12 */
export class Mm {
  readonly memory: Memory;
  readonly vmas = new VmaList();
  readonly pageTable: PageTable;
  /** Whether it is gone: `exitMm` was called. */
  isDead = false;
  /** Where user addresses end, in bytes. */
  readonly taskSize = TASK_SIZE;
  /** The most mappings it may have (vm.max_map_count). */
  mapCountMax = MAX_MAP_COUNT;

  constructor(memory: Memory, placer: TablePlacer) {
    this.memory = memory;
    this.pageTable = new PageTable(memory, placer);
    memory.counts.mm_alloc++;
  }
}

/** An empty address space, as execve makes one. Counts one mm and its root table. */
export function createMm(memory: Memory, placer: TablePlacer): Mm {
  return new Mm(memory, placer);
}
