// Single steps of a walk: to the next or the previous index whatever is there, and pausing.

import { entryToNode, isNode, isSibling } from './entry.ts';
import { CHUNK_MASK, CHUNK_SIZE, NONE } from './node-layout.ts';
import { find } from './xa-find.ts';
import { isAbove } from './xa-index.ts';
import { isNowhere, type XaState } from './xa-state.ts';
import { AT_HEAD, BOUNDS, RESTART } from './xa-places.ts';

/** On to the next index, from 2^64 − 1 to 0; what is there, siblings included. @see lib/xarray.c, xas_next() */
export function next(xas: XaState): number {
  if (xas.node !== RESTART) xas.add(1, 0);
  return isWithinLeaf(xas, CHUNK_MASK) ? stepInLeaf(xas, 1) : step(xas, 1);
}

/** Back to the index before, from 0 to 2^64 − 1. @see lib/xarray.c, xas_prev() */
export function previous(xas: XaState): number {
  if (xas.node !== RESTART) {
    if (xas.low === 0) xas.high = (xas.high - 1) | 0;
    xas.low = (xas.low - 1) | 0;
  }
  return isWithinLeaf(xas, 0) ? stepInLeaf(xas, -1) : step(xas, -1);
}

/** The fast way on in a loop over entries: along the leaf, and by `find` elsewhere. */
export function nextEntry(xas: XaState, maxHigh: number, maxLow: number): number {
  const { arena } = xas.tree;
  const { node } = xas;
  if (node < 0 || arena.shiftOf(node) !== 0 || xas.offset !== (xas.low & CHUNK_MASK)) {
    return find(xas, maxHigh, maxLow);
  }
  while (xas.offset < CHUNK_MASK && isAbove(maxHigh, maxLow, xas.high, xas.low)) {
    const entry = arena.slotOf(node, xas.offset + 1);
    if (entry < 0) break;
    xas.offset++;
    xas.low = (xas.low + 1) | 0;
    if (entry > 0) return entry;
  }
  return find(xas, maxHigh, maxLow);
}

/** Lets go of the tree, so that it may change, and goes on behind the entry. @see lib/xarray.c, xas_pause() */
export function pause(xas: XaState): void {
  const { node } = xas;
  if (isNowhere(node)) return;
  xas.node = RESTART;
  if (node === AT_HEAD) {
    xas.add(1, 0);
    return;
  }
  const { arena } = xas.tree;
  let offset = xas.offset + 1;
  while (offset < CHUNK_SIZE && isSibling(arena.slotOf(node, offset))) offset++;
  xas.add(offset - xas.offset, arena.shiftOf(node));
  if (xas.high === 0 && xas.low === 0) xas.node = BOUNDS;
}

/** Whether the walk is at a slot of a leaf other than `edge`. */
function isWithinLeaf(xas: XaState, edge: number): boolean {
  return xas.node >= 0 && xas.offset !== edge && xas.tree.arena.shiftOf(xas.node) === 0;
}

/** To the leaf's next slot, wherever the index has come to lie within a wider entry. */
function stepInLeaf(xas: XaState, by: 1 | -1): number {
  xas.offset += by;
  return xas.tree.arena.slotOf(xas.node, xas.offset);
}

function step(xas: XaState, by: 1 | -1): number {
  const { arena } = xas.tree;
  if (xas.node === AT_HEAD) return xas.leave();
  if (isNowhere(xas.node)) return xas.load();
  if (xas.offset !== xas.slotIn(xas.node)) xas.offset += by;
  while (xas.offset === CHUNK_SIZE || xas.offset === -1) {
    xas.offset = arena.offsetOf(xas.node) + by;
    xas.node = arena.parentOf(xas.node);
    if (xas.node === NONE) return xas.leave();
  }
  for (;;) {
    const entry = arena.slotOf(xas.node, xas.offset);
    if (!isNode(entry)) return entry;
    xas.node = entryToNode(entry);
    xas.offset = xas.slotIn(xas.node);
  }
}
