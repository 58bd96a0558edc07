// How a tree lies in words: a head, then a row a node. These are constants alone, in a file without imports,
// so that the bundler puts them as literals into the loops that walk trees.

/** Bits of an index a level resolves, and slots a node has. @see include/linux/xarray.h, XA_CHUNK_SHIFT */
export const CHUNK_SHIFT = 6;
/** Slots of a node. */
export const CHUNK_SIZE = 64;
/** Mask of an index within a node. */
export const CHUNK_MASK = 63;

/** No node. */
export const NONE = -1;

/** Words of the arena's head. The first ones are its own, the rest its user's; all begin as 0. */
export const HEAD_WORDS = 16;
/** Nodes ever in use at once, the node given back last plus one, and how many are given back. */
export const USED = 0;
export const FREED = 1;
export const FREED_COUNT = 2;
/** The first word of the head that is its user's. */
export const USER_WORD = 4;

/** Words of a row: how many slots are in use, the node above and the slot there, and its shift, */
export const COUNT = 0;
export const PARENT = 1;
export const OFFSET = 2;
export const SHIFT = 3;
/** then three sets of marks of two words each, */
export const MARKS = 4;
export const MARK_WORDS = 2;
/** then the slots. */
export const SLOTS = 10;
/** Words of a node, four bytes each. */
export const ROW_WORDS = 74;

/** What a field of words is before its constructor sets it, so that engines see one type in it. */
export const NO_WORDS: Int32Array = new Int32Array(0);
