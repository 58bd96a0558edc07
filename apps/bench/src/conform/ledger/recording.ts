// What was recorded of a kernel's allocations while a process was made: the parent's state before, and
// what each side allocated in each phase.

/** A mapping of the parent; `repeat` equal ones lie `stride` bytes apart. */
export interface RecordedVma {
  readonly start: string;
  readonly end: string;
  readonly perms: string;
  readonly kind: string;
  readonly present: number;
  readonly anonymous: number;
  readonly huge?: number;
  readonly tables?: number;
  readonly flags: string;
  readonly repeat?: number;
  readonly stride?: number;
}

/** The parent before the call. */
export interface RecordedParent {
  readonly given: Readonly<Record<string, number>>;
  readonly vmas: readonly RecordedVma[];
  readonly fds: { readonly open: number; readonly highest: number };
  readonly pidNamespaceLevel: number;
  readonly affinitySet: boolean;
}

interface RecordedSlab {
  readonly cache: string;
  readonly site: string;
  readonly bytes: number;
  readonly count: number;
}

interface RecordedPages {
  readonly kind: string;
  readonly site: string;
  readonly count: number;
}

/** What one side allocated in one phase. */
export interface RecordedPhase {
  readonly who: 'parent' | 'child';
  readonly phase: string;
  readonly slab?: readonly RecordedSlab[];
  readonly pages?: readonly RecordedPages[];
}

/** Sums over all that one side allocated. */
export interface Totals {
  readonly slabObjects: number;
  readonly slabBytes: number;
  readonly pageTablePages: number;
  readonly otherPages: number;
}

/** One recorded case. */
export interface Recording {
  readonly operation: string;
  readonly parent: RecordedParent;
  readonly phases: readonly RecordedPhase[];
  readonly totals: Readonly<Record<'parent' | 'child', Totals>>;
  readonly varies: readonly (Partial<RecordedSlab & RecordedPages> & {
    readonly who: string;
    readonly phase: string;
    readonly range: readonly [number, number];
  })[];
}

/** Counts by what they are of: side, phase, cache with bytes or kind of page, and site. */
export type Entries = Map<string, number>;

/** The name of a count of slab objects. */
export function slabKey(who: string, phase: string, slab: Omit<RecordedSlab, 'count'>): string {
  return `${who} ${phase}: ${slab.cache} (${slab.bytes} bytes) ${slab.site}`;
}

/** The name of a count of pages. */
export function pageKey(who: string, phase: string, kind: string, site: string): string {
  return `${who} ${phase}: ${kind} page ${site}`;
}

/** Everything recorded, by name. */
export function recordedEntries({ phases }: Recording): Entries {
  const entries: Entries = new Map();
  for (const { who, phase, slab = [], pages = [] } of phases) {
    for (const one of slab) add(entries, slabKey(who, phase, one), one.count);
    for (const one of pages) add(entries, pageKey(who, phase, one.kind, one.site), one.count);
  }
  return entries;
}

/** What differed from round to round, with its bounds. */
export function recordedRanges({ varies }: Recording): Map<string, readonly [number, number]> {
  return new Map(
    varies.map((one) => {
      const { who, phase, cache, site = '', bytes = 0, kind = '' } = one;
      const name =
        cache === undefined
          ? pageKey(who, phase, kind, site)
          : slabKey(who, phase, { cache, site, bytes });
      return [name, one.range];
    }),
  );
}

/** Adds to a count. */
export function add(entries: Entries, name: string, count: number): void {
  if (count !== 0) entries.set(name, (entries.get(name) ?? 0) + count);
}
