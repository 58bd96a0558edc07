// Storing an entry where a walk says, and what follows: subtrees and siblings that it replaces go, nodes
// that become empty are given back, a root that only reaches index 0 is taken away.

import { assert } from '@forkless/errors';
import { EMPTY, entryToNode, isNode, isSibling, isValue, RESERVED, siblingOf } from './entry.ts';
import {
  CHUNK_MASK,
  COUNT,
  HEAD_WORDS,
  NONE,
  OFFSET,
  PARENT,
  ROW_WORDS,
  SHIFT,
  SLOTS,
} from './node-layout.ts';
import { create } from './xa-create.ts';
import { gatherMarks, resetMarks } from './xa-marks.ts';
import { isNowhere, type XaState } from './xa-state.ts';
import type { XaTree } from './xa-tree.ts';
import { AT_HEAD, BOUNDS, FREE_MARK } from './xa-places.ts';

/**
 * Stores an entry, or erases with `EMPTY`; returns the entry that was there, whose value the caller owns
 * now. Caller has made sure of the memory. O(log64 index). @see lib/xarray.c, xas_store()
 */
export function store(xas: XaState, entry: number): number {
  const { tree } = xas;
  const before = entry === EMPTY ? xas.load() : create(xas, entry !== RESERVED);
  if (isNowhere(xas.node)) return before;
  const { node } = xas;
  if (node === AT_HEAD) return storeInHead(xas, before, entry);
  if (xas.siblings === 0 && isSingle(xas, entry)) return storeSingle(xas, before, entry);
  if (xas.shift < tree.arena.shiftOf(node)) xas.siblings = 0;
  if (before === entry && xas.siblings === 0) return before;
  if (xas.siblings > 0) gatherMarks(xas);
  if (entry === EMPTY) resetMarks(xas);
  const change = fillSlots(xas, before, entry);
  observe(xas, change, entry);
  if (change === 0) return before;
  tree.arena.addCount(node, change);
  if (change < 0) dropEmptyNodes(xas);
  return before;
}

/** Whether the place is a slot of a leaf that no wider entry begins in, or none is to be erased. */
function isSingle(xas: XaState, entry: number): boolean {
  const { words } = xas.tree.arena;
  const row = HEAD_WORDS + xas.node * ROW_WORDS;
  if (words[row + SHIFT] !== 0) return false;
  return (
    entry !== EMPTY || xas.offset === CHUNK_MASK || !isSibling(words[row + SLOTS + xas.offset + 1]!)
  );
}

/** What `store` does there, without its loops. */
function storeSingle(xas: XaState, before: number, entry: number): number {
  if (before === entry) return before;
  const { words } = xas.tree.arena;
  const row = HEAD_WORDS + xas.node * ROW_WORDS;
  if (entry === EMPTY) resetMarks(xas);
  words[row + SLOTS + xas.offset] = entry;
  const change = (before === EMPTY ? 1 : 0) - (entry === EMPTY ? 1 : 0);
  observe(xas, change, entry);
  if (change === 0) return before;
  const count = words[row + COUNT]! + change;
  words[row + COUNT] = count;
  if (change > 0) return before;
  if (count === 0) dropEmptyNodes(xas);
  else if (words[row + PARENT] === NONE) lower(xas, xas.node);
  return before;
}

function storeInHead(xas: XaState, before: number, entry: number): number {
  if (before === entry && xas.siblings === 0) return before;
  const { tree } = xas;
  if (entry === EMPTY) resetMarks(xas);
  tree.head = entry;
  if (isNode(before)) tree.dropSubtree(entryToNode(before));
  return before;
}

/** Writes the entry and its siblings over what is there; how many more slots are in use then. */
function fillSlots(xas: XaState, before: number, entry: number): number {
  const { tree, node } = xas;
  const { arena } = tree;
  const isLeaf = arena.shiftOf(node) === 0;
  const last = xas.offset + xas.siblings;
  let { offset } = xas;
  let old = before;
  let written = entry;
  let change = 0;
  for (;;) {
    arena.setSlot(node, offset, written);
    if (isNode(old) && !isLeaf) tree.dropSubtree(entryToNode(old));
    else if (isValue(old) && offset !== xas.offset) tree.dropped(old);
    change += (old === EMPTY ? 1 : 0) - (entry === EMPTY ? 1 : 0);
    if (entry === EMPTY ? offset === CHUNK_MASK : offset === last) break;
    if (entry !== EMPTY) written = siblingOf(xas.offset);
    offset++;
    old = arena.slotOf(node, offset);
    // What is erased ends where the next entry begins, unless a wider range is meant.
    if (entry === EMPTY && offset > last && !isSibling(old)) break;
  }
  return change;
}

function observe(xas: XaState, change: number, entry: number): void {
  const { observer } = xas.tree;
  if (observer === undefined) return;
  const use = change === 0 ? 'store' : entry === EMPTY ? 'free' : 'take';
  observer.touched(xas.node, xas.offset, use);
}

/** Gives back the nodes that have become empty, upwards, and lowers the tree. */
function dropEmptyNodes(xas: XaState): void {
  const { tree } = xas;
  const { words } = tree.arena;
  let { node } = xas;
  let row = HEAD_WORDS + node * ROW_WORDS;
  while (words[row + COUNT] === 0) {
    const parent = words[row + PARENT]!;
    const offset = words[row + OFFSET]!;
    tree.dropNode(node);
    if (parent === NONE) {
      tree.head = EMPTY;
      xas.node = BOUNDS;
      return;
    }
    xas.node = parent;
    xas.offset = offset;
    node = parent;
    row = HEAD_WORDS + node * ROW_WORDS;
    words[row + SLOTS + offset] = EMPTY;
    words[row + COUNT]!--;
    if (tree.observer !== undefined) tree.observer.touched(parent, offset, 'link');
  }
  if (words[row + PARENT] === NONE) lower(xas, node);
}

/** Takes away roots of which only slot 0 is in use, where that is a node or index 0 itself. */
function lower(xas: XaState, root: number): void {
  const { tree } = xas;
  const { arena } = tree;
  let node = root;
  while (arena.countOf(node) === 1) {
    const entry = arena.slotOf(node, 0);
    if (entry === EMPTY || (!isNode(entry) && arena.shiftOf(node) > 0)) return;
    xas.node = BOUNDS;
    // Where index 0 is busy by itself, being reserved alone does not keep the array from being empty.
    tree.head = entry === RESERVED && tree.zeroBusy ? EMPTY : entry;
    passFreeMarkOn(tree, node);
    arena.setSlot(node, 0, EMPTY);
    arena.addCount(node, -1);
    tree.dropNode(node);
    if (!isNode(entry)) return;
    node = entryToNode(entry);
    assert(arena.shiftOf(node) >= 0, 'what hangs below a root is a node');
    arena.setParent(node, NONE, 0);
  }
}

function passFreeMarkOn(tree: XaTree, node: number): void {
  if (tree.tracksFree && !tree.arena.hasMark(node, 0, FREE_MARK)) {
    tree.setRootMark(FREE_MARK, false);
  }
}
