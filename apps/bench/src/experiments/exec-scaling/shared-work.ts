// What CPUs that run one and the same program have to share: the counts of its dentries and inodes, the
// interval trees of the files it maps, the counts of its cached pages, pids, the list of tasks, the pages
// of a node. Everything else of a life is each CPU's own and is one figure.
// MODEL: each lock is held for one figure and touches one line; each CPU loops on its own.

import {
  LineSet,
  locked,
  path,
  wait,
  work,
  write,
  writeEach,
  type LockSpec,
  type Path,
  type PathPart,
} from '@forkless/sim';
import type { PidCall, PidNamespaces } from '@forkless/pid';

/** The figure that a life costs beside what is shared; made for each mechanism. */
export const PRIVATE_FIGURE = 'life.private';

/** How often one life comes by what is shared. */
export interface SharedCounts {
  /** Files of the program: itself, its linker, its libraries. */
  readonly files: number;
  /** Mappings of each of them. */
  readonly mappingsPerFile: number;
  /** Faults on cached pages of each, each mapping the pages around. */
  readonly faultsPerFile: number;
  /** Opens of the program itself; a template opens it once more to compare. */
  readonly programOpens: number;
  /** Times the mappings of the files are linked and unlinked: once by exec, once more where fork copied them. */
  readonly links: number;
  /** Pages taken from the node and given back, in batches. */
  readonly pageBatches: number;
}

const PAGES_AROUND = 16;
/** Trips in a life, as in the race of the allocators. */
const OTHER_LOCKS = [
  { name: 'tasklist_lock', figure: 'tasklist.hold', trips: 3 },
  { name: 'css_set_lock', figure: 'css-set.hold', trips: 3 },
  { name: 'random lock', figure: 'random.hold', trips: 1 },
] as const;

const repeat = <T>(count: number, make: (at: number) => T): T[] =>
  Array.from({ length: count }, (_, at) => make(at));

/** One life after the other on every CPU. */
export function lifePath(
  pids: PidNamespaces,
  counts: SharedCounts,
  nodeOf: (cpu: number) => number,
): Path<PidCall> {
  return path(
    'one program, over and over',
    wait('what is its own', PRIVATE_FIGURE, 'uniform'),
    pids.allocPath(0),
    ...otherLocks(),
    ...repeat(counts.programOpens, () => open(0)).flat(),
    ...repeat(counts.files - 1, (at) => open(at + 1)).flat(),
    ...repeat(counts.links, () => links(counts)).flat(),
    ...pages(counts),
    ...repeat(counts.pageBatches, () => batch(nodeOf)),
    ...pages(counts),
    ...repeat(counts.links, () => links(counts)).flat(),
    ...repeat(counts.pageBatches, () => batch(nodeOf)),
    pids.freePath(0),
  );
}

/** The locks of the path. */
export function sharedLocks(): Record<string, LockSpec> {
  const names = [...OTHER_LOCKS.map(({ name }) => name), 'i_mmap_rwsem', 'zone lock'];
  return Object.fromEntries(names.map((name) => [name, { kind: 'queued', count: 16 }]));
}

/** The last component's count goes up and, at the close, down; writing is denied and allowed again. */
function open(file: number): PathPart<PidCall>[] {
  return [
    write('d_lockref', file),
    write('i_writecount', file),
    write('i_writecount', file),
    write('d_lockref', file),
  ];
}

function links({ files, mappingsPerFile }: SharedCounts): PathPart<PidCall>[] {
  return repeat(files * mappingsPerFile, (at) =>
    locked<PidCall>(
      'i_mmap_rwsem',
      [work('link a mapping', 'i-mmap.hold'), write('i_mmap', at % files)],
      at % files,
    ),
  );
}

/** Counts of the pages that a fault maps, a line each. */
function pages({ files, faultsPerFile }: SharedCounts): PathPart<PidCall>[] {
  return repeat(files * faultsPerFile, (at) => {
    const set = new LineSet();
    for (let page = 0; page < PAGES_AROUND; page++) set.add(at * PAGES_AROUND + page);
    return writeEach<PidCall>('page counts', () => set);
  });
}

function batch(nodeOf: (cpu: number) => number): PathPart<PidCall> {
  const node = (_: PidCall, cpu: number): number => nodeOf(cpu);
  return locked<PidCall>(
    'zone lock',
    [work('move a batch', 'zone-lock.hold'), write('zone', node)],
    node,
  );
}

function otherLocks(): PathPart<PidCall>[] {
  return OTHER_LOCKS.flatMap(({ name, figure, trips }) =>
    repeat(trips, () => locked<PidCall>(name, [work('hold it', figure), write(name)])),
  );
}
