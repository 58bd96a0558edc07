// The parents that are compared: one property grown at a time from a small program that was just started.

import type { ParentSize } from '../spawning/world.ts';

/** What is varied. */
export type SizeAxis =
  | 'memory'
  | 'huge pages'
  | 'mappings'
  | 'descriptors'
  | 'unwanted descriptors'
  | 'threads';

/** One parent. */
export interface SizedParent {
  readonly axis: SizeAxis;
  /** In MiB for memory, a count for the rest. */
  readonly amount: number;
  readonly size: ParentSize;
  /** The child wants none above the standard three, and says so first. */
  readonly closesRest?: boolean;
}

const along = (
  axis: SizeAxis,
  amounts: readonly number[],
  sizeOf: (amount: number) => ParentSize,
): SizedParent[] => amounts.map((amount) => ({ axis, amount, size: sizeOf(amount) }));

/** Every parent up to `mibMax` MiB, in the order of the rows. */
export function sizedParents(mibMax: number): readonly SizedParent[] {
  const upTo = (amounts: readonly number[]) => amounts.filter((amount) => amount <= mibMax);
  return [
    ...along('memory', upTo([0, 1, 16, 64, 200, 256, 800, 1024, 4096]), (rssMib) => ({ rssMib })),
    ...along('huge pages', upTo([256, 1024, 4096]), (rssMib) => ({ rssMib, huge: true })),
    ...along('mappings', [10, 1000, 10_000], (mappings) => ({ mappings })),
    ...along('descriptors', [100, 1000, 10_000], (fds) => ({ fds })),
    ...along('unwanted descriptors', [100, 1000, 10_000], (fds) => ({ fds })).map((one) => ({
      ...one,
      closesRest: true,
    })),
    ...along('threads', [16], (threads) => ({ threads, rssMib: Math.min(64, mibMax) })),
  ];
}
