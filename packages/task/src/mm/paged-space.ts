// An address space of pages: the mappings, page tables and pages of @forkless/mm, and the few words that
// somebody wrote and wants to read again.

import { isRefusal, type Refusal } from '@forkless/errors';
import { dupMmap, exitMmap, type Mm as PagedMm, type Placer } from '@forkless/mm';
import type { AddressSpace } from './mm.ts';

/** The inside of an address space, as tasks hold it. */
export class PagedSpace implements AddressSpace {
  readonly mm: PagedMm;
  #words: Map<number, number> | undefined;

  constructor(mm: PagedMm) {
    this.mm = mm;
  }

  get memory(): PagedSpace {
    return this;
  }

  /** Mappings and page tables copied, pages shared until one side writes. ENOMEM. @see `dupMmap` */
  fork(placer: Placer): PagedSpace | Refusal<'ENOMEM'> {
    const mm = dupMmap(this.mm, placer);
    if (isRefusal(mm)) return mm;
    const copy = new PagedSpace(mm);
    if (this.#words !== undefined) copy.#words = new Map(this.#words);
    return copy;
  }

  exit(): void {
    exitMmap(this.mm);
    this.#words = undefined;
  }

  /** The word at an address; 0 where none was written. */
  read(address: number): number {
    return this.#words?.get(address) ?? 0;
  }

  /**
   * Writes a word, for those who share the space to read.
   * MODEL: contents are kept apart from pages; a word needs no mapping.
   */
  write(address: number, value: number): void {
    (this.#words ??= new Map()).set(address, value);
  }
}
