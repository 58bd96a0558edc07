// What a mapping of a file or of shared memory maps: pages by index, held until they are removed. A
// memfd, shared anonymous memory and a tmpfs file are shmem; other files are page cache.
import { Tables } from './tables.ts';
import { TABLE_ENTRIES } from '../layout.ts';

/** Who decides where a page goes: the object and its shared policy, or the task that needs the page. */
export type ObjectKind = 'shmem' | 'page-cache';

/** An inode's pages. */
export class MemoryObject {
  readonly kind: ObjectKind;
  /** The inode number; shared memory interleaves from it. */
  readonly inode: number;
  /** Size in pages; a touch beyond it is SIGBUS. */
  pageCount: number;
  /** Who says where its pages go, in the words of whoever decides. */
  sharedPolicy: unknown = null;
  readonly #tables: Tables;
  readonly #blocks = new Map<number, number>();

  constructor(kind: ObjectKind, inode: number, pageCount: number, tables = new Tables()) {
    this.kind = kind;
    this.inode = inode;
    this.pageCount = pageCount;
    this.#tables = tables;
  }

  /** The page at an index, 0 if there is none. O(1). */
  page(index: number): number {
    const table = this.#blocks.get(Math.floor(index / TABLE_ENTRIES));
    if (table === undefined) return 0;
    return this.#tables.chunk(table)[this.#tables.base(table) + (index % TABLE_ENTRIES)]!;
  }

  /** Puts a page at an index. O(1). */
  setPage(index: number, handle: number): void {
    const block = Math.floor(index / TABLE_ENTRIES);
    let table = this.#blocks.get(block);
    if (table === undefined) this.#blocks.set(block, (table = this.#tables.add()));
    this.#tables.chunk(table)[this.#tables.base(table) + (index % TABLE_ENTRIES)] = handle;
  }

  /** Takes out every page at `from` and beyond and hands each to `visit`. */
  removePages(from: number, visit: (handle: number) => void): void {
    for (const [block, table] of this.#blocks) {
      const chunk = this.#tables.chunk(table);
      const base = this.#tables.base(table);
      const first = Math.max(0, from - block * TABLE_ENTRIES);
      for (let i = first; i < TABLE_ENTRIES; i++) {
        const handle = chunk[base + i]!;
        if (handle === 0) continue;
        chunk[base + i] = 0;
        visit(handle);
      }
      if (first !== 0) continue;
      this.#tables.drop(table);
      this.#blocks.delete(block);
    }
  }
}
