// The words of an IDR's head and the answers of its searches. Constants alone, as in node-layout.ts.

import type { Mark } from './node-arena.ts';

/** Answers of a search for the leaf of a taken index, besides a node. */
export const FREE = -1;
export const HEAD = -2;

/** Answers of a search for a free index, besides an index. */
export const FULL = -1;
export const NO_MEMORY = -2;

/** The mark that says "a free id here or below": the first of a node's sets. */
export const FREE_MARK = 0 satisfies Mark;

/** Words of the arena: the root's node + 1, the lone id at the base, the cursor. */
export const ROOT = 4;
export const LONE = 5;
export const CURSOR = 6;

/** The lone id when it is not the word of a value: free, or taken with null. */
export const LONE_FREE = 0;
export const LONE_NULL = -1;
