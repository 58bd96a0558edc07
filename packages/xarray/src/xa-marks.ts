// The three marks: a bit a slot, carried up so that a node's slot has a mark when anything below has it.

import { entryToNode, isNode } from './entry.ts';
import type { Mark } from './node-arena.ts';
import {
  CHUNK_SIZE,
  HEAD_WORDS,
  MARK_WORDS,
  MARKS,
  NONE,
  OFFSET,
  PARENT,
  ROW_WORDS,
} from './node-layout.ts';
import { isNowhere, type XaState } from './xa-state.ts';
import { MARKS as ALL_MARKS } from './xa-tree.ts';
import { AT_HEAD, FREE_MARK } from './xa-places.ts';

/** Marks the entry the walk is at, and upwards. O(log64 index). @see lib/xarray.c, xas_set_mark() */
export function setMark(xas: XaState, mark: Mark): void {
  if (isNowhere(xas.node)) return;
  const { arena, observer } = xas.tree;
  const { words } = arena;
  let { node, offset } = xas;
  while (node !== NONE) {
    const row = HEAD_WORDS + node * ROW_WORDS;
    const at = row + MARKS + mark * MARK_WORDS + (offset >>> 5);
    const before = words[at]!;
    const after = before | (1 << (offset & 31));
    if (before === after) return;
    words[at] = after;
    if (observer !== undefined) observer.touched(node, offset, 'mark');
    offset = words[row + OFFSET]!;
    node = words[row + PARENT]!;
  }
  xas.tree.setRootMark(mark, true);
}

/** Takes the mark away, and upwards where nothing else has it. @see lib/xarray.c, xas_clear_mark() */
export function clearMark(xas: XaState, mark: Mark): void {
  if (isNowhere(xas.node)) return;
  const { arena, observer } = xas.tree;
  const { words } = arena;
  let { node, offset } = xas;
  while (node !== NONE) {
    const row = HEAD_WORDS + node * ROW_WORDS;
    const first = row + MARKS + mark * MARK_WORDS;
    const at = first + (offset >>> 5);
    const before = words[at]!;
    const after = before & ~(1 << (offset & 31));
    if (before === after) return;
    words[at] = after;
    if (observer !== undefined) observer.touched(node, offset, 'mark');
    if ((words[first]! | words[first + 1]!) !== 0) return;
    offset = words[row + OFFSET]!;
    node = words[row + PARENT]!;
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
  if (xas.tree.tracksFree) setMark(xas, FREE_MARK);
  else clearMark(xas, FREE_MARK);
  clearMark(xas, 1);
  clearMark(xas, 2);
}

/** Gathers the marks of the slots that the entry meant will cover onto its first one. */
export function gatherMarks(xas: XaState): void {
  const { arena } = xas.tree;
  const last = xas.offset + xas.siblings;
  for (const mark of ALL_MARKS) {
    let at = arena.nextMark(xas.node, xas.offset + 1, mark);
    if (at > last) continue;
    arena.setMark(xas.node, xas.offset, mark, true);
    for (; at <= last && at < CHUNK_SIZE; at = arena.nextMark(xas.node, at + 1, mark)) {
      arena.setMark(xas.node, at, mark, false);
    }
  }
}
