// The pages of a machine that are in use: one 32-bit word each, with how often it is mapped, the node it
// lies on, and what it is. A page keeps its handle when it migrates, so nothing has to be found again.
import { assert } from '@forkless/errors';

/** What a page is; bits of its word. */
export const PAGE = {
  /** 512 pages in one (a transparent huge page). */
  HUGE: 1 << 26,
  /** Held by a memory object (page cache or shared memory), mapped or not. */
  CACHED: 1 << 27,
} as const;

const COUNT_MASK = 0xffff;
const NODE_SHIFT = 16;
const NODE_MASK = 0x3ff;
const CHUNK_SHIFT = 16;
const CHUNK_PAGES = 1 << CHUNK_SHIFT;

/** The highest handle that fits into a page-table entry. */
const HANDLE_MAX = 2 ** 28 - 1;

/**
 * Pages by handle, 1 and up. Handle 0 is the zero page, which is never freed and never counted.
 * Four bytes a page.
 */
export class Pages {
  /**
   * Words in chunks of 65536 handles, for loops over many pages: bits 0 to 15 count the mappings (65535
   * stands for that and more), bits 16 to 25 are the node, above are `PAGE` bits.
   */
  readonly chunks: Uint32Array[] = [new Uint32Array(0)];
  #end = 1;
  #free = 0;
  #inUse = 0;
  /** Mappings beyond 65535, by handle: a page that very many processes share. */
  readonly #more = new Map<number, number>();

  /** Handles in use; a huge page is one. */
  get inUse(): number {
    return this.#inUse;
  }

  /** A page on `node` that is mapped `count` times. O(1). */
  add(node: number, count: 0 | 1, flags: number): number {
    this.#inUse++;
    const handle = this.#free;
    if (handle === 0) return this.#append(node, count, flags);
    const chunk = this.chunks[handle >>> CHUNK_SHIFT]!;
    const at = handle & (CHUNK_PAGES - 1);
    this.#free = chunk[at]!;
    chunk[at] = flags | (node << NODE_SHIFT) | count;
    return handle;
  }

  /** Forgets a page that is neither mapped nor cached. O(1). */
  drop(handle: number): void {
    const chunk = this.chunks[handle >>> CHUNK_SHIFT]!;
    const at = handle & (CHUNK_PAGES - 1);
    assert((chunk[at]! & (COUNT_MASK | PAGE.CACHED)) === 0, 'a page in use is not freed');
    chunk[at] = this.#free;
    this.#free = handle;
    this.#inUse--;
  }

  /** The node a page lies on. O(1). */
  node(handle: number): number {
    return (this.#word(handle) >>> NODE_SHIFT) & NODE_MASK;
  }

  /** Puts a page onto another node. The caller has taken memory there and gives the old back. O(1). */
  setNode(handle: number, node: number): void {
    const chunk = this.chunks[handle >>> CHUNK_SHIFT]!;
    const at = handle & (CHUNK_PAGES - 1);
    chunk[at] = (chunk[at]! & ~(NODE_MASK << NODE_SHIFT)) | (node << NODE_SHIFT);
  }

  /** How many page-table entries map a page. O(1). */
  mapCount(handle: number): number {
    return (this.#word(handle) & COUNT_MASK) + (this.#more.get(handle) ?? 0);
  }

  /** Whether more than one entry maps a page. O(1). @see include/linux/mm.h, folio_likely_mapped_shared(), v6.12 */
  isShared(handle: number): boolean {
    return (this.#word(handle) & COUNT_MASK) > 1;
  }

  /** 512 for a huge page, else 1. O(1). */
  size(handle: number): number {
    return this.#word(handle) & PAGE.HUGE ? 512 : 1;
  }

  /** Whether a memory object holds the page. O(1). */
  isCached(handle: number): boolean {
    return (this.#word(handle) & PAGE.CACHED) !== 0;
  }

  /** Lets go of a page a memory object held. O(1). */
  uncache(handle: number): void {
    this.chunks[handle >>> CHUNK_SHIFT]![handle & (CHUNK_PAGES - 1)]! &= ~PAGE.CACHED;
  }

  /** One more entry maps a page. O(1). */
  map(handle: number): void {
    const chunk = this.chunks[handle >>> CHUNK_SHIFT]!;
    const at = handle & (CHUNK_PAGES - 1);
    if ((chunk[at]! & COUNT_MASK) < COUNT_MASK) chunk[at]!++;
    else this.#more.set(handle, (this.#more.get(handle) ?? 0) + 1);
  }

  /** One entry fewer maps a page; true when it is now neither mapped nor cached. O(1). */
  unmap(handle: number): boolean {
    const chunk = this.chunks[handle >>> CHUNK_SHIFT]!;
    const at = handle & (CHUNK_PAGES - 1);
    const word = chunk[at]!;
    if ((word & COUNT_MASK) === COUNT_MASK && this.#more.has(handle)) {
      const more = this.#more.get(handle)! - 1;
      if (more === 0) this.#more.delete(handle);
      else this.#more.set(handle, more);
      return false;
    }
    assert((word & COUNT_MASK) > 0, 'a page is unmapped once for each mapping');
    chunk[at] = word - 1;
    return ((word - 1) & (COUNT_MASK | PAGE.CACHED)) === 0;
  }

  #append(node: number, count: 0 | 1, flags: number): number {
    const handle = this.#end++;
    assert(handle <= HANDLE_MAX, 'no more pages are in use than page-table entries can name');
    // The first comes with the first page, so that a machine nobody uses costs nothing.
    if (handle === 1) this.chunks[0] = new Uint32Array(CHUNK_PAGES);
    if ((handle & (CHUNK_PAGES - 1)) === 0) this.chunks.push(new Uint32Array(CHUNK_PAGES));
    this.chunks[handle >>> CHUNK_SHIFT]![handle & (CHUNK_PAGES - 1)] =
      flags | (node << NODE_SHIFT) | count;
    return handle;
  }

  #word(handle: number): number {
    return this.chunks[handle >>> CHUNK_SHIFT]![handle & (CHUNK_PAGES - 1)]!;
  }
}
