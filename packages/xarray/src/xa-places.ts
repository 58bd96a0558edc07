// Where a walk can be besides at a node, and the mark of what is free. Constants alone, as in node-layout.ts.

/** Places besides the nodes: the head itself, outside of the tree, and not walked yet. */
export const AT_HEAD = -1;
export const BOUNDS = -2;
export const RESTART = -3;

/** The mark that says "something is free here or below" in an array that hands out indices. */
export const FREE_MARK = 0;

/** The word of the arena that the entry at the top lies in. */
export const HEAD = 4;
