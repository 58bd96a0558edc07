// Where a bitmap with a hash has its cursor and its bits. Constants alone, as in range-layout.ts.

/** The word of the head that is the cursor. */
export const CURSOR = 0;
/** The first line of the bits; the head is the one before. */
export const BITS_LINE = 1;
