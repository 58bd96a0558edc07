// Every allocator the suites run on.

import { PID_DESIGNS, type IdAllocator, type Pid } from '../src/index.ts';
import { SortedIds } from './reference/sorted-ids.ts';

/** Makes an allocator for ids below `end`. */
export type AllocatorFactory = (end: number) => IdAllocator<Pid>;

/** CPUs the allocators are made for. */
export const CPUS = 4;

export const allocators: Readonly<Record<string, AllocatorFactory>> = {
  ...Object.fromEntries(
    PID_DESIGNS.map((design) => [
      design.name,
      (end: number) => design.create<Pid>({ end, cpuCount: CPUS, notesTraffic: true }),
    ]),
  ),
  reference: () => new SortedIds<Pid>(),
};
