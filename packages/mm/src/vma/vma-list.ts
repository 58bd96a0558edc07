// The mappings of a process in the order of their addresses, found by binary search.
//
// MODEL: an array where the kernel has a maple tree; how many nodes the tree would have is told by `mapleNodeCount`.
import { assert } from '@forkless/errors';
import type { Vma } from './vma.ts';

/** Up to so many mappings are moved one by one, which takes less than a call that moves them all. */
const MOVED_BY_HAND_MAX = 32;

/** Mappings in ascending order that do not overlap. */
export class VmaList {
  #vmas: Vma[] = [];

  /** How many there are. */
  get count(): number {
    return this.#vmas.length;
  }

  /** The mapping at a place in the order; undefined before the first and after the last. */
  at(index: number): Vma | undefined {
    return index < 0 ? undefined : this.#vmas[index];
  }

  /** In ascending order. */
  [Symbol.iterator](): IterableIterator<Vma> {
    return this.#vmas[Symbol.iterator]();
  }

  /** The place of the first mapping that ends after `address`; `count` if there is none. O(log count). */
  indexAfter(address: number): number {
    const vmas = this.#vmas;
    let low = 0;
    let high = vmas.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (vmas[middle]!.end <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The mapping that holds an address. @see mm/mmap.c, vma_lookup(), v6.12 */
  lookup(address: number): Vma | undefined {
    const vma = this.#vmas[this.indexAfter(address)];
    return vma !== undefined && vma.start <= address ? vma : undefined;
  }

  /** The mappings that meet a range, as they are now. */
  within(start: number, end: number): Vma[] {
    const found: Vma[] = [];
    for (let i = this.indexAfter(start); i < this.#vmas.length; i++) {
      const vma = this.#vmas[i]!;
      if (vma.start >= end) break;
      found.push(vma);
    }
    return found;
  }

  /** Puts a mapping where it belongs. O(mappings after it). */
  insert(vma: Vma): void {
    this.insertAt(this.indexAfter(vma.start), vma);
  }

  /** The same for a place in the order that is known. */
  insertAt(index: number, vma: Vma): void {
    const vmas = this.#vmas;
    const next = vmas[index];
    assert(next === undefined || next.start >= vma.end, 'mappings do not overlap');
    if (vmas.length - index > MOVED_BY_HAND_MAX) {
      vmas.splice(index, 0, vma);
      return;
    }
    vmas.push(vma);
    for (let at = vmas.length - 1; at > index; at--) vmas[at] = vmas[at - 1]!;
    vmas[index] = vma;
  }

  /** Appends a mapping after all others. */
  append(vma: Vma): void {
    this.#vmas.push(vma);
  }

  /** Takes a mapping out; it is found by its start. */
  remove(vma: Vma): void {
    const index = this.indexAfter(vma.start);
    assert(this.#vmas[index] === vma, 'only a mapping that is there is removed');
    this.#vmas.splice(index, 1);
  }

  /** Takes all mappings out. */
  clear(): void {
    this.#vmas = [];
  }

  /** Takes all mappings between two places out. */
  removeBetween(from: number, to: number): Vma[] {
    return this.#vmas.splice(from, to - from);
  }
}
