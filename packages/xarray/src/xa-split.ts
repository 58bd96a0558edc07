// Entries of many indices: how wide one is, ranges cut into the pieces a tree can hold, and splitting a
// wide entry into narrower ones with the same value and marks.

import { isSibling, nodeToEntry, siblingOf } from './entry.ts';
import { CHUNK_MASK, CHUNK_SHIFT, CHUNK_SIZE } from './node-layout.ts';
import { highOf, lowOf } from './xa-index.ts';
import type { XaState } from './xa-state.ts';
import { MARKS } from './xa-tree.ts';
import { AT_HEAD } from './xa-places.ts';

/** log2 of the span of the entry the walk is at. @see lib/xarray.c, xas_get_order() */
export function orderOf(xas: XaState): number {
  if (xas.node === AT_HEAD) return 0;
  const { arena } = xas.tree;
  let order = 0;
  for (;;) {
    const offset = xas.offset + 2 ** order;
    if (offset >= CHUNK_SIZE || !isSibling(arena.slotOf(xas.node, offset))) break;
    order++;
  }
  return order + arena.shiftOf(xas.node);
}

/**
 * Sets the state to the largest piece of [first, last] that begins at `first` and fits the slots of one
 * node. @see lib/xarray.c, xas_set_range()
 */
export function setPiece(xas: XaState, first: bigint, last: bigint): void {
  const chunk = BigInt(CHUNK_MASK);
  const bits = BigInt(CHUNK_SHIFT);
  let start = first;
  let siblings = last - first;
  let shift = 0n;
  let lowest = CHUNK_MASK;
  while ((start & chunk) === 0n) {
    if (siblings < chunk || (siblings === chunk && lowest < CHUNK_MASK)) break;
    shift += bits;
    if (lowest === CHUNK_MASK) lowest = Number(siblings & chunk);
    siblings >>= bits;
    start >>= bits;
  }
  const offset = start & chunk;
  if (offset + siblings > chunk) siblings = chunk - offset;
  if (((start + siblings + 1n) << shift) - 1n > last) siblings -= 1n;
  xas.set(highOf(first), lowOf(first));
  xas.shift = Number(shift);
  xas.siblings = Number(siblings);
}

/** How many indices the entry meant covers. */
export function spanOf(xas: XaState): bigint {
  return BigInt(xas.siblings + 1) << BigInt(xas.shift);
}

/** How many nodes `split` makes of an entry of `order`. */
export function splitNodeCount(xas: XaState, order: number): number {
  return xas.shift + CHUNK_SHIFT > order ? 0 : 2 ** (order % CHUNK_SHIFT);
}

/**
 * Splits the entry of `order` at the state's index into entries of the state's span; `copy` gives the
 * entry of each part. Caller has made sure of the memory. @see lib/xarray.c, xas_split()
 */
export function split(xas: XaState, order: number, copy: () => number): void {
  const { tree } = xas;
  xas.load();
  if (xas.node < 0) return;
  const { node, offset: first } = xas;
  const marks = MARKS.filter((mark) => tree.arena.hasMark(node, first, mark));
  const shift = tree.arena.shiftOf(node);
  const slots = 2 ** (order % CHUNK_SHIFT);
  if (xas.shift < shift) {
    for (let at = first + slots - 1; at >= first; at--) {
      const child = tree.arena.make(shift - CHUNK_SHIFT, node, at);
      tree.observer?.made(child);
      tree.arena.addCount(child, CHUNK_SIZE);
      fillParts(child, 0, CHUNK_SIZE);
      tree.arena.setSlot(node, at, nodeToEntry(child));
      for (const mark of marks) tree.arena.setMark(node, at, mark, true);
      tree.observer?.touched(node, at, 'link');
    }
  } else {
    fillParts(node, first, slots);
  }

  function fillParts(into: number, from: number, count: number): void {
    const width = xas.siblings + 1;
    for (let at = from; at < from + count; at += width) {
      tree.arena.setSlot(into, at, copy());
      for (const mark of marks) tree.arena.setMark(into, at, mark, true);
      for (let later = 1; later < width; later++) {
        tree.arena.setSlot(into, at + later, siblingOf(at));
      }
      tree.observer?.touched(into, at, 'store');
    }
  }
}
