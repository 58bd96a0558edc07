// Where a bitmap with a hash has its cursor and its bits. Constants alone, as in range-layout.ts.

/** The word of the head that is the cursor. */
export const CURSOR = 0;
/**
 * The words of the head that say which page is at hand: its word of bits plus one, 0 when there is none, and
 * the first of its slots.
 */
export const AT_HAND = 1;
export const AT_HAND_SLOT = 2;
export const HEAD_WORDS = 3;
/** The first line of the bits, and the first word; the head is on the line before. */
export const BITS_LINE = 1;
export const BITS_WORD = 16;
