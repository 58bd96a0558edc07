// The three marks: a bit a slot, carried up so that a node's slot has a mark when anything below has it.

import { entryToNode, isNode } from './entry.ts';
import type { Mark } from './node-arena.ts';
import { CHUNK_SIZE, NONE } from './node-layout.ts';
import { isNowhere, type XaState } from './xa-state.ts';
import { MARKS } from './xa-tree.ts';
import { AT_HEAD, FREE_MARK } from './xa-places.ts';

/** Marks the entry the walk is at, and upwards. O(log64 index). @see lib/xarray.c, xas_set_mark() */
export function setMark(xas: XaState, mark: Mark): void {
  const { arena, observer } = xas.tree;
  if (isNowhere(xas.node)) return;
  let { node, offset } = xas;
  while (node !== NONE) {
    if (!arena.setMark(node, offset, mark, true)) return;
    observer?.touched(node, offset, 'mark');
    offset = arena.offsetOf(node);
    node = arena.parentOf(node);
  }
  xas.tree.setRootMark(mark, true);
}

/** Takes the mark away, and upwards where nothing else has it. @see lib/xarray.c, xas_clear_mark() */
export function clearMark(xas: XaState, mark: Mark): void {
  const { arena, observer } = xas.tree;
  if (isNowhere(xas.node)) return;
  let { node, offset } = xas;
  while (node !== NONE) {
    if (!arena.setMark(node, offset, mark, false)) return;
    observer?.touched(node, offset, 'mark');
    if (arena.anyMark(node, mark)) return;
    offset = arena.offsetOf(node);
    node = arena.parentOf(node);
  }
  xas.tree.setRootMark(mark, false);
}

/** Whether the entry the walk is at has the mark. */
export function hasMark(xas: XaState, mark: Mark): boolean {
  if (isNowhere(xas.node)) return false;
  if (xas.node === AT_HEAD) return xas.tree.hasRootMark(mark);
  return xas.tree.arena.hasMark(xas.node, xas.offset, mark);
}

/** Whether the entry at the state's index has the mark, reading no more of the tree than it must. */
export function loadMark(xas: XaState, mark: Mark): boolean {
  let entry = xas.start();
  while (hasMark(xas, mark)) {
    if (!isNode(entry)) return true;
    entry = xas.descend(entryToNode(entry));
  }
  return false;
}

/** Gives the place the marks of nothing: free, where free ones are tracked, and none else. */
export function resetMarks(xas: XaState): void {
  for (const mark of MARKS) {
    if (mark === FREE_MARK && xas.tree.tracksFree) setMark(xas, mark);
    else clearMark(xas, mark);
  }
}

/** Gathers the marks of the slots that the entry meant will cover onto its first one. */
export function gatherMarks(xas: XaState): void {
  const { arena } = xas.tree;
  const last = xas.offset + xas.siblings;
  for (const mark of MARKS) {
    let at = arena.nextMark(xas.node, xas.offset + 1, mark);
    if (at > last) continue;
    arena.setMark(xas.node, xas.offset, mark, true);
    for (; at <= last && at < CHUNK_SIZE; at = arena.nextMark(xas.node, at + 1, mark)) {
      arena.setMark(xas.node, at, mark, false);
    }
  }
}
