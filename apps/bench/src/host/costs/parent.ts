// The state of a process that makes a child, as far as the cost depends on it, and the way in which it does.

/** Ways to make a child that are measured; the last four share memory until the exec. */
export const mechanisms = [
  'fork',
  'fork-exit',
  'vfork-exit',
  'vfork',
  'posix-spawn',
  'vfork-close',
  'vfork-own-table',
] as const;
export type Mechanism = (typeof mechanisms)[number];

/**
 * What happened to the memory. `fresh`: touched once, in order. `scattered`: copied since, page by page in
 * an order of chance, while a child kept the old pages. `rewritten`: every page is written between two
 * children. `churned`: both.
 */
export const histories = ['fresh', 'scattered', 'rewritten', 'churned'] as const;
export type History = (typeof histories)[number];

/** A parent, its mechanism and its child's program. */
export interface Parent {
  readonly mechanism: Mechanism;
  /** `static` is one page; `dynamic` is /bin/true with its libraries. */
  readonly program: 'static' | 'dynamic';
  /** Memory in pages of 4 KiB, in MiB. */
  readonly rss: number;
  readonly history: History;
  /** Memory in huge pages, in MiB. */
  readonly huge: number;
  /** Further mappings of a page each, and whether that page is there. */
  readonly mappings: number;
  readonly touched: boolean;
  /** Open descriptors besides the three, and whether the child gets them. */
  readonly files: number;
  readonly inherit: boolean;
  readonly threads: number;
}

/** A small parent that forks; what differs is said. */
export function parentWith(differing: Partial<Parent>): Parent {
  return {
    mechanism: 'fork',
    program: 'static',
    rss: 0,
    history: 'fresh',
    huge: 0,
    mappings: 0,
    touched: false,
    files: 0,
    inherit: false,
    threads: 1,
    ...differing,
  };
}

/** Whether the pages are written between two children. */
export function isRewritten({ history }: Parent): boolean {
  return history === 'rewritten' || history === 'churned';
}

/** Whether neighbours in memory are no neighbours in the machine. */
export function isScattered({ history }: Parent): boolean {
  return history === 'scattered' || history === 'churned';
}

/** Whether the memory is copied. */
export function isFork({ mechanism }: Parent): boolean {
  return mechanism === 'fork' || mechanism === 'fork-exit';
}

/** Only what differs from a small parent, in few words. */
export function showParent(parent: Parent): string {
  const { mechanism, program, rss, history, huge, mappings, touched, files, inherit } = parent;
  return [
    `${mechanism} ${program}`,
    ...(rss > 0 ? [`${rss} MiB ${history}`] : []),
    ...(huge > 0 ? [`${huge} MiB huge`] : []),
    ...(mappings > 0 ? [`${mappings} mappings${touched ? ' touched' : ''}`] : []),
    ...(files > 0 ? [`${files} files${inherit ? ' inherited' : ''}`] : []),
    ...(parent.threads > 1 ? [`${parent.threads} threads`] : []),
  ].join(', ');
}
