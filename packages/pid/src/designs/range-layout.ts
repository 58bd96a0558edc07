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
 * Words of a CPU: the row of the range it allocates from, 0 for none; the id its search goes on at, which is
 * the one after it handed out last, and the one it ends before; and what it is about to go on with: a block
 * plus one, and the id to begin at.
 */
export const CURRENT = 0;
export const NEXT = 1;
export const LIMIT = 2;
export const PLAN = 3;
export const PLAN_START = 4;

/**
 * Words of a range before its bits, which lie in words as they would in a bitmap of the whole space: `FIRST`
 * is its first id, `END` the one after its last, `TO_WORD` what the place of an id's word is above the id's
 * upper bits, `TO_SLOT` what its slot is above the id. A row is zero when it is given back.
 */
export const OWNER = 0;
export const FIRST = 1;
export const END = 2;
export const TO_WORD = 3;
export const TO_SLOT = 4;
export const IN_USE_BY = 5;
export const BITS = 6;

/** A range whose ids are handed out to nobody at the moment. */
export const NOBODY = 0;
/** Part of a range that has to be free for it to be taken over, while there are such. */
export const TAKEOVER_SHARE = 1 / 8;

/** The line of the head. */
export const HEAD_LINE = 0;
