// The parts that the time of a spawn is split into, by the figure that was spent: what a reader wants to
// see move when a proposal changes something.

import type { CostProfile } from '@forkless/sim';
import { costOf, type Stretch } from './timing.ts';

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

/** The time of stretches by part; they add up to the whole. */
export function slicesOf(stretches: readonly Stretch[], profile: CostProfile): SlicedTime {
  const slices = Object.fromEntries(SLICES.map((slice) => [slice, 0])) as Record<Slice, number>;
  for (const { spent } of stretches) {
    for (const [figure, times] of Object.entries(spent)) {
      slices[sliceOf(figure)] += costOf(profile, figure) * times;
    }
  }
  return slices;
}

/** All parts together, in ns. */
export function sumOf(slices: SlicedTime): number {
  return SLICES.reduce((sum, slice) => sum + slices[slice], 0);
}

/** The key of a part's column. */
export function sliceKey(slice: Slice): string {
  return slice.replaceAll(/ (\w)/g, (_, letter: string) => letter.toUpperCase());
}
