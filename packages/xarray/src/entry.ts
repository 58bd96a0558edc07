// What a slot of an XArray holds, as one word: nothing, a value by its handle, a reservation, a node, or
// a pointer to the slot of the same node that a wider entry begins in.

/** Nothing. */
export const EMPTY = 0;

/** A reserved entry: taken, though a lookup finds nothing. @see include/linux/xarray.h, XA_ZERO_ENTRY */
export const RESERVED = -1;

/** The words of siblings are from this down, those of nodes from the next. */
export const SIBLING_FIRST = -2;
export const NODE_FIRST = -128;

/** The largest integer a word can hold as a value. */
export const HANDLE_MAX = 0x7fff_fffe;

/** The word of a value. */
export function handleToEntry(handle: number): number {
  return handle + 1;
}

/** The handle in the word of a value. */
export function entryToHandle(entry: number): number {
  return entry - 1;
}

/** Whether a word holds a value. */
export function isValue(entry: number): boolean {
  return entry > EMPTY;
}

/** The word of a node. */
export function nodeToEntry(node: number): number {
  return NODE_FIRST - node;
}

/** The node in the word of a node. */
export function entryToNode(entry: number): number {
  return NODE_FIRST - entry;
}

/** Whether a word holds a node. */
export function isNode(entry: number): boolean {
  return entry <= NODE_FIRST;
}

/** The word that says "part of the entry that begins in that slot". */
export function siblingOf(offset: number): number {
  return SIBLING_FIRST - offset;
}

/** The slot a sibling's entry begins in. */
export function siblingToOffset(entry: number): number {
  return SIBLING_FIRST - entry;
}

/** Whether a word is a later slot of a wider entry. */
export function isSibling(entry: number): boolean {
  return entry <= SIBLING_FIRST && entry > NODE_FIRST;
}
