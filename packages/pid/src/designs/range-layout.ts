// How ranges, the tree over them and the CPUs lie in words. Constants alone, in a file without imports, so
// that the bundler puts them as literals into what is run for each id.

/** The slots of a node of the radix tree. */
export const NODE_SHIFT = 6;
export const NODE_SLOTS = 64;
export const NODE_MASK = 63;

/** Words of the head: where carving goes on, and the id plus one that a written cursor asks for. */
export const CARVE = 0;
export const WANTED = 1;
export const HEAD_WORDS = 2;

/**
 * Words of a CPU: the range it allocates from, the id it handed out last plus one, and what it is about
 * to go on with: a block plus one, and the offset to begin at.
 */
export const CURRENT = 0;
export const LAST = 1;
export const PLAN = 2;
export const PLAN_START = 3;

/** Words of a range before its bits. A row is zero when it is given back. */
export const OWNER = 0;
export const PREFIX = 1;
export const OFFSET = 2;
export const USED = 3;
export const IN_USE_BY = 4;
export const BITS = 5;

/** A range whose ids are handed out to nobody at the moment. */
export const NOBODY = 0;
/** Part of a range that has to be free for it to be taken over, while there are such. */
export const TAKEOVER_SHARE = 1 / 8;

/** The line of the head. */
export const HEAD_LINE = 0;
