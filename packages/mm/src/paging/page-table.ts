// The page table of one process: four levels, made on demand and counted as the kernel allocates them.
// A huge page sits in an entry of the second level and keeps an empty table in reserve (the deposit),
// into which it is split when a part of it must be mapped alone.
import { assert } from '@forkless/errors';
import type { Counts } from '../counters.ts';
import { HUGE_SIZE, TABLE_ENTRIES } from '../layout.ts';
import { PTE, TableList, type Tables } from '../physical/tables.ts';
import type { Zones } from '../physical/zones.ts';

/** Takes memory for page tables: the node, −1 when there is none. A `Placer` is one. */
export interface TablePlacer {
  takeKernel(): number;
}

/** A region of 2 MiB, by number: address / 2 MiB, which is below 2^26. */
export type Region = number;

/** Bytes an entry spans at each level, from the root down. */
const SPANS = [HUGE_SIZE * TABLE_ENTRIES ** 2, HUGE_SIZE * TABLE_ENTRIES, HUGE_SIZE] as const;

/** The tables to be freed: those that meet [start, end) and lie wholly in [floor, ceiling); bytes. */
interface FreedRange {
  readonly start: number;
  readonly end: number;
  readonly floor: number;
  readonly ceiling: number;
}

/** The page table of one address space. */
export class PageTable {
  readonly tables: Tables;
  readonly #zones: Zones;
  readonly #counts: Counts;
  readonly #root: number;
  /** Every table below the root. */
  readonly #own = new TableList();
  /** The table kept for each huge page, by region; made with the first one. */
  #deposits: Map<Region, number> | undefined;
  #lastRegion = -1;
  #lastTable = 0;

  constructor(
    { tables, zones, counts }: { tables: Tables; zones: Zones; counts: Counts },
    placer: TablePlacer,
  ) {
    this.tables = tables;
    this.#zones = zones;
    this.#counts = counts;
    this.#root = tables.add(placer.takeKernel());
    counts.pgd_alloc++;
  }

  /** Page-table pages of all levels below the root, deposits included; ×4096 is VmPTE. */
  get pageCount(): number {
    return this.#own.count;
  }

  /** The index of the last-level table of a region; 0 if there is none or a huge page. O(1). */
  leaf(region: Region): number {
    if (region === this.#lastRegion) return this.#lastTable;
    const entry = this.regionEntry(region);
    const table = entry & PTE.HUGE ? 0 : entry & PTE.VALUE;
    if (table !== 0) {
      this.#lastRegion = region;
      this.#lastTable = table;
    }
    return table;
  }

  /** The second-level entry of a region: nothing, a table, or a huge page. */
  regionEntry(region: Region): number {
    const pmd = this.#pmd(region);
    return pmd === 0 ? 0 : this.#entry(pmd, region & 511);
  }

  /** The last-level table of a region, made if need be; 0 when there is no memory. */
  makeLeaf(region: Region, placer: TablePlacer): number {
    const found = this.leaf(region);
    if (found !== 0) return found;
    const pmd = this.#makePmd(region, placer);
    return pmd === 0 ? 0 : this.#makeBelow(pmd, region & 511, 2, placer);
  }

  /** The entry of a page; 0 if nothing is mapped. Not for huge pages. O(1). */
  entry(page: number): number {
    const table = this.leaf(Math.floor(page / TABLE_ENTRIES));
    return table === 0 ? 0 : this.#entry(table, page % TABLE_ENTRIES);
  }

  /** Sets the entry of a page whose table is there. O(1). */
  setEntry(page: number, entry: number): void {
    const table = this.leaf(Math.floor(page / TABLE_ENTRIES));
    this.tables.chunk(table)[this.tables.base(table) + (page % TABLE_ENTRIES)] = entry;
  }

  /** Maps a huge page over an empty region; false when there is no memory for the tables. */
  setHuge(region: Region, entry: number, placer: TablePlacer): boolean {
    const pmd = this.#makePmd(region, placer);
    if (pmd === 0) return false;
    if (this.#entry(pmd, region & 511) === 0) {
      const node = placer.takeKernel();
      if (node < 0) return false;
      const deposit = this.tables.add(node);
      (this.#deposits ??= new Map()).set(region, deposit);
      this.tables.enlist(this.#own, deposit, pmd, region & 511);
      this.#counts.pte_alloc++;
    }
    this.#put(pmd, region & 511, entry);
    return true;
  }

  /** Changes the entry of a huge page that is there. */
  changeHuge(region: Region, entry: number): void {
    this.#put(this.#pmd(region), region & 511, entry);
  }

  /** Takes a huge page's entry and its deposit away. */
  clearHuge(region: Region): void {
    this.#put(this.#pmd(region), region & 511, 0);
    this.#dropTable(this.#takeDeposit(region));
  }

  /** Replaces a huge page by its deposit, whose table is returned, still empty. */
  splitHuge(region: Region): number {
    const table = this.#takeDeposit(region);
    this.#put(this.#pmd(region), region & 511, PTE.PRESENT | table);
    return table;
  }

  #takeDeposit(region: Region): number {
    const table = this.#deposits?.get(region);
    assert(table !== undefined, 'a huge page keeps a table in reserve');
    this.#deposits!.delete(region);
    return table;
  }

  /** The first region from `first` to `last` with a table or a huge page; −1 when there is none. */
  nextRegion(first: Region, last: Region): Region {
    for (let region = first; region <= last;) {
      const pud = this.#entry(this.#root, region >>> 18) & PTE.VALUE;
      if (pud === 0) {
        region = ((region >>> 18) + 1) << 18;
        continue;
      }
      const pmd = this.#entry(pud, (region >>> 9) & 511) & PTE.VALUE;
      if (pmd === 0) {
        region = ((region >>> 9) + 1) << 9;
        continue;
      }
      if (this.#entry(pmd, region & 511) !== 0) return region;
      region++;
    }
    return -1;
  }

  /**
   * Frees the tables that lie wholly in [floor, ceiling) and meet [start, end), all in bytes; their
   * entries are gone already. O(tables there are). @see mm/memory.c, free_pgd_range(), v6.12
   */
  freeTables(start: number, end: number, floor: number, ceiling: number): void {
    this.#lastRegion = -1;
    this.#freeWithin({ start, end, floor, ceiling }, this.#root, 0, 0);
  }

  /** Frees every table, the root too; nothing is mapped any more. The address space is gone. O(tables). */
  destroy(): void {
    this.tables.dropList(this.#own, (node) => this.#takeBack(node));
    this.#takeBack(this.tables.dropEmpty(this.#root));
    this.#deposits = undefined;
    this.#lastRegion = -1;
  }

  /** Populated tables by level below the root, for those who compare: `[512 GiB, 1 GiB, 2 MiB]` spans. */
  tableCounts(): readonly [pud: number, pmd: number, pte: number] {
    const counts: [number, number, number] = [0, 0, 0];
    this.#countBelow(this.#root, 0, counts);
    return counts;
  }

  #countBelow(table: number, level: number, counts: [number, number, number]): void {
    for (let i = 0; i < TABLE_ENTRIES; i++) {
      const entry = this.#entry(table, i);
      if (entry === 0) continue;
      counts[level as 0 | 1 | 2]++;
      if (level < 2) this.#countBelow(entry & PTE.VALUE, level + 1, counts);
    }
  }

  /** `table` is of that level and maps `base` and on. */
  #freeWithin(range: FreedRange, table: number, level: 0 | 1 | 2, base: number): void {
    const span = SPANS[level];
    const first = Math.max(Math.floor((range.start - base) / span), 0);
    const last = Math.min(Math.ceil((range.end - base) / span), TABLE_ENTRIES) - 1;
    for (let slot = first; slot <= last; slot++) {
      const entry = this.#entry(table, slot);
      if (entry === 0 || entry & PTE.HUGE) continue;
      const from = base + slot * span;
      if (level < 2) this.#freeWithin(range, entry & PTE.VALUE, (level + 1) as 1 | 2, from);
      if (from < range.floor || from + span > range.ceiling) continue;
      this.#put(table, slot, 0);
      this.#dropTable(entry & PTE.VALUE);
    }
  }

  #dropTable(table: number): void {
    this.tables.delist(this.#own, table);
    this.#giveBack(table);
  }

  #giveBack(table: number): void {
    this.#takeBack(this.tables.drop(table));
  }

  #takeBack(node: number): void {
    if (node >= 0) this.#zones.give(node, 1);
    this.#counts.table_free++;
  }

  #pmd(region: Region): number {
    const pud = this.#entry(this.#root, region >>> 18) & PTE.VALUE;
    return pud === 0 ? 0 : this.#entry(pud, (region >>> 9) & 511) & PTE.VALUE;
  }

  #makePmd(region: Region, placer: TablePlacer): number {
    const pud = this.#makeBelow(this.#root, region >>> 18, 0, placer);
    return pud === 0 ? 0 : this.#makeBelow(pud, (region >>> 9) & 511, 1, placer);
  }

  #makeBelow(table: number, slot: number, level: 0 | 1 | 2, placer: TablePlacer): number {
    const found = this.#entry(table, slot) & PTE.VALUE;
    if (found !== 0) return found;
    const node = placer.takeKernel();
    if (node < 0) return 0;
    const made = this.tables.add(node);
    this.tables.enlist(this.#own, made, table, slot);
    this.#countTable(level);
    this.#put(table, slot, PTE.PRESENT | made);
    return made;
  }

  #countTable(level: 0 | 1 | 2): void {
    if (level === 0) this.#counts.p4d_pud_alloc++;
    else if (level === 1) this.#counts.pmd_alloc++;
    else this.#counts.pte_alloc++;
  }

  #entry(table: number, slot: number): number {
    return this.tables.chunk(table)[this.tables.base(table) + slot]!;
  }

  #put(table: number, slot: number, entry: number): void {
    this.tables.chunk(table)[this.tables.base(table) + slot] = entry;
  }
}
