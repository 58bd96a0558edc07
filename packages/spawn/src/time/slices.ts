// The parts that the time of a spawn is split into, by the figure that was spent: what a reader wants to
// see move when a proposal changes something.

import { figureOf, type CostProfile } from '@forkless/sim';

/** How often each figure of a cost profile is spent. */
export type Spent = Readonly<Record<string, number>>;

/** The parts, in the order in which they are shown. */
export const SLICES = [
  'shell start',
  'dynamic linking',
  'exec',
  'memory copy and teardown',
  'files',
  'pid',
  'scheduling',
  'task',
  'calls',
] as const;

/** One part. */
export type Slice = (typeof SLICES)[number];

/** Time by part, in ns. */
export type SlicedTime = Readonly<Record<Slice, number>>;

/** Figures by the start of their names; the first that fits counts. */
const BY_PREFIX: readonly (readonly [prefix: string, slice: Slice])[] = [
  ['shell.', 'shell start'],
  ['exec.dynamic', 'dynamic linking'],
  ['exec.library', 'dynamic linking'],
  ['exec.', 'exec'],
  ['map.', 'exec'],
  ['fault.file', 'exec'],
  ['fault.anon', 'exec'],
  ['page.alloc', 'exec'],
  ['fork.', 'memory copy and teardown'],
  ['fault.cow', 'memory copy and teardown'],
  ['exit.base', 'task'],
  ['exit.', 'memory copy and teardown'],
  ['page.free', 'memory copy and teardown'],
  ['table.', 'memory copy and teardown'],
  ['unmap.', 'memory copy and teardown'],
  ['fd.', 'files'],
  ['file.', 'files'],
  ['path.', 'files'],
  ['pid.', 'pid'],
  ['pidfd.', 'pid'],
  ['task.', 'scheduling'],
  ['clone.', 'task'],
  ['slab.', 'task'],
  ['syscall', 'calls'],
];

/** The part a figure belongs to. */
export function sliceOf(figure: string): Slice {
  return BY_PREFIX.find(([prefix]) => figure.startsWith(prefix))?.[1] ?? 'task';
}

/** What counts by figure come to by part, in ns; the parts add up to the whole. O(figures). */
export function slicesOf(
  counts: readonly { readonly spent: Spent }[],
  profile: CostProfile,
): SlicedTime {
  const slices = Object.fromEntries(SLICES.map((slice) => [slice, 0])) as Record<Slice, number>;
  for (const { spent } of counts) {
    for (const [figure, times] of Object.entries(spent)) {
      slices[sliceOf(figure)] += costOf(profile, figure) * times;
    }
  }
  return slices;
}

/** What counts by figure come to, in ns. O(figures). */
export function costOfAll(spent: Spent, profile: CostProfile): number {
  let ns = 0;
  for (const [figure, times] of Object.entries(spent)) ns += costOf(profile, figure) * times;
  return ns;
}

/** A figure in ns. */
export function costOf(profile: CostProfile, figure: string): number {
  return figureOf(profile, figure, 'a spawn').value;
}
