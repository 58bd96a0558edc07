// Every allocator the suites run on.

import { IdrIds, type IdAllocator, type Pid } from '../src/index.ts';
import { SortedIds } from './reference/sorted-ids.ts';

/** Makes an allocator for ids below `end`. */
export type AllocatorFactory = (end: number) => IdAllocator<Pid>;

export const allocators: Readonly<Record<string, AllocatorFactory>> = {
  idr: () => new IdrIds<Pid>(),
  reference: () => new SortedIds<Pid>(),
};
