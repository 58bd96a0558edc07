// The parts of a spawn's time as columns of a table.

import { SLICES, type Slice, type SlicedTime } from '@forkless/spawn';

/** All parts together, in ns. */
export function sumOf(slices: SlicedTime): number {
  return SLICES.reduce((sum, slice) => sum + slices[slice], 0);
}

/** The key of a part's column. */
export function sliceKey(slice: Slice): string {
  return slice.replaceAll(/ (\w)/g, (_, letter: string) => letter.toUpperCase());
}
