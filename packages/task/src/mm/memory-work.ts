// What was done to address spaces in some stretch of work, read off the counts of @forkless/mm, and the
// figures of a cost profile it is spent in. Counting is the memory's; nothing here changes anything.

import type { CounterName, Counts } from '@forkless/mm';
import { work, type PathPart } from '@forkless/sim';

/** The difference of two moments of a machine's counts. */
export class MemoryWork {
  readonly #isKept: boolean;
  #before: Counts | undefined;
  #after: Counts | undefined;

  /** Nothing is kept where nobody is going to ask. */
  constructor(isKept = true) {
    this.#isKept = isKept;
  }

  /** Runs `does` and keeps what it counted. O(1) beside it. */
  during<T>(counts: Counts, does: () => T): T {
    if (!this.#isKept) return does();
    this.#before = { ...counts };
    const answer = does();
    this.#after = { ...counts };
    return answer;
  }

  /** How often something was done; 0 before anything was. */
  of(name: CounterName): number {
    return (this.#after?.[name] ?? 0) - (this.#before?.[name] ?? 0);
  }
}

/** A kind of work on state `S`: what it is called, the figure it costs, and how often it was done. */
export interface CountedWork<S> {
  readonly name: string;
  readonly figure: string;
  readonly count: (state: S) => number;
}

/** Steps that spend the figures, after the step that did the work. */
export function workSteps<Whole, S>(
  works: readonly CountedWork<S>[],
  part: (whole: Whole) => S,
): PathPart<Whole>[] {
  return works.map(({ name, figure, count }) =>
    work<Whole>(name, figure, (whole) => count(part(whole))),
  );
}

const tables = (done: MemoryWork): number =>
  done.of('pgd_alloc') + done.of('p4d_pud_alloc') + done.of('pmd_alloc') + done.of('pte_alloc');

/** What fork's copy of an address space comes to. A huge page's figure has its spare table in it. */
export const COPY_WORK: readonly CountedWork<MemoryWork>[] = [
  { name: 'set up a memory', figure: 'fork.mm', count: (done) => done.of('mm_alloc') },
  { name: 'copy mappings', figure: 'fork.vma', count: (done) => done.of('vm_area_dup') },
  { name: 'copy anon_vmas', figure: 'fork.anon-vma', count: (done) => done.of('anon_vma_fork') },
  {
    name: 'make page tables',
    figure: 'table.alloc',
    count: (done) => tables(done) - done.of('huge_copied'),
  },
  {
    name: 'copy entries',
    figure: 'fork.page',
    count: (done) => done.of('ptes_copied') - done.of('huge_copied'),
  },
  { name: 'copy huge entries', figure: 'fork.huge-page', count: (done) => done.of('huge_copied') },
];

/** What filling a new address space comes to: mappings, tables, pages of its own. */
export const LOAD_WORK: readonly CountedWork<MemoryWork>[] = [
  { name: 'map', figure: 'map.vma', count: (done) => done.of('vm_area_alloc') },
  { name: 'make page tables', figure: 'table.alloc', count: tables },
  { name: 'take pages', figure: 'page.alloc', count: (done) => done.of('user_pages') },
];

/** What the end of an address space comes to; nothing when others still use it. */
export const DROP_WORK: readonly CountedWork<MemoryWork>[] = [
  {
    name: 'take a memory down',
    figure: 'exit.mm',
    count: (done) => Math.min(done.of('table_free'), 1),
  },
  { name: 'drop mappings', figure: 'exit.vma', count: (done) => done.of('vm_area_free') },
  { name: 'drop anon_vmas', figure: 'exit.anon-vma', count: (done) => done.of('anon_vma_free') },
  {
    name: 'free page tables',
    figure: 'table.free',
    count: (done) => done.of('table_free') - done.of('huge_zapped'),
  },
  {
    name: 'unmap pages',
    figure: 'exit.page',
    count: (done) => done.of('ptes_zapped') - done.of('huge_zapped'),
  },
  { name: 'unmap huge pages', figure: 'exit.huge-page', count: (done) => done.of('huge_zapped') },
  { name: 'free pages', figure: 'page.free', count: (done) => done.of('user_pages_freed') },
];
