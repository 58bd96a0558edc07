// What a tree tells about the nodes its calls touch, so that cache lines and slab objects can be charged
// for them; nothing in a tree knows about lines or time.

/**
 * What a call did to one slot of a node: `search` looked for it among the marks, `walk` read it; `take`
 * and `free` changed slot, count and marks, `store` the slot alone, `mark` the marks alone; `link` hung a
 * child in or took it out.
 */
export type NodeUse = 'search' | 'walk' | 'take' | 'store' | 'free' | 'link' | 'mark';

/** Told of every node that a call touches, makes or frees. Nodes are numbered, and used again. */
export interface NodeObserver {
  touched(node: number, offset: number, use: NodeUse): void;
  made(node: number): void;
  freed(node: number): void;
}
