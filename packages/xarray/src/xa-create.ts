// Making room for an entry: a tree high enough for its index, and the nodes down to where it will lie.

import { EMPTY, entryToNode, isNode, nodeToEntry, RESERVED } from './entry.ts';
import { CHUNK_SHIFT, NONE } from './node-layout.ts';
import type { XaState } from './xa-state.ts';
import { isBeyond } from './xa-index.ts';
import { MARKS, type XaTree } from './xa-tree.ts';
import { AT_HEAD, FREE_MARK } from './xa-places.ts';

/**
 * Walks to where the entry meant will lie and makes what is missing on the way; what lies there now.
 * An entry of index 0 alone needs no node when `allowsHead`. @see lib/xarray.c, xas_create()
 */
export function create(xas: XaState, allowsHead: boolean): number {
  const { tree } = xas;
  const { arena } = tree;
  let shift: number;
  let entry: number;
  let node = NONE;
  if (xas.node < 0) {
    xas.node = AT_HEAD;
    const { head } = tree;
    if (xas.shift === 0 && xas.siblings === 0 && reaches(tree, xas.high, xas.low)) {
      shift = arena.shiftOf(entryToNode(head)) + CHUNK_SHIFT;
    } else {
      shift = expand(xas, head === EMPTY && tree.zeroBusy ? RESERVED : head);
      if (shift === 0 && !allowsHead) shift = CHUNK_SHIFT;
    }
    entry = tree.head;
  } else {
    node = xas.node;
    shift = arena.shiftOf(node);
    entry = arena.slotOf(node, xas.offset);
  }
  while (shift > xas.shift) {
    shift -= CHUNK_SHIFT;
    if (entry === EMPTY) {
      node = addNode(xas, shift);
    } else if (isNode(entry)) {
      node = entryToNode(entry);
    } else {
      break;
    }
    entry = xas.descend(node);
  }
  return entry;
}

/** Whether the tree has a root that reaches an index. */
function reaches({ head, arena }: XaTree, high: number, low: number): boolean {
  return isNode(head) && !isBeyond(high, low, arena.shiftOf(entryToNode(head)));
}

/** How many nodes `create` would make at most. */
export function nodesNeeded(xas: XaState): number {
  const { head, arena } = xas.tree;
  const top = topShift(xas);
  const present = isNode(head) ? arena.shiftOf(entryToNode(head)) : -CHUNK_SHIFT;
  const raised = Math.max(0, top - present) / CHUNK_SHIFT;
  if (head === EMPTY || raised > 0) {
    // The path below a raised root is new as well, unless the old tree lies on it.
    const below = (top - xas.shift) / CHUNK_SHIFT;
    return head === EMPTY ? below + 1 + (xas.tree.zeroBusy ? below : 0) : raised + below;
  }
  let missing = 0;
  let entry = head;
  for (let shift = present; shift >= xas.shift; shift -= CHUNK_SHIFT) {
    if (entry === EMPTY) missing++;
    else if (isNode(entry))
      entry = arena.slotOf(entryToNode(entry), xas.slotIn(entryToNode(entry)));
    else break;
  }
  return missing;
}

/** The shift a root needs to reach all of the entry meant. */
function topShift(xas: XaState): number {
  const last = lastIndex(xas);
  let shift = 0;
  while (isBeyond(last.high, last.low, shift)) shift += CHUNK_SHIFT;
  return shift;
}

/** Raises the tree until it reaches the entry meant; the shift above its root. */
function expand(xas: XaState, first: number): number {
  const { tree } = xas;
  const { arena } = tree;
  const last = lastIndex(xas);
  let head = first;
  let shift = 0;
  if (head === EMPTY) {
    if (last.high === 0 && last.low === 0) return 0;
    while (isBeyond(last.high, last.low, shift)) shift += CHUNK_SHIFT;
    return shift + CHUNK_SHIFT;
  }
  if (isNode(head)) shift = arena.shiftOf(entryToNode(head)) + CHUNK_SHIFT;
  xas.node = AT_HEAD;
  while (isShort(head, last, tree)) {
    const node = tree.makeNode(shift, NONE, 0);
    arena.addCount(node, 1);
    arena.setSlot(node, 0, head);
    tree.observer?.touched(node, 0, 'link');
    raiseMarks(tree, node);
    if (isNode(head)) arena.setParent(entryToNode(head), node, 0);
    head = nodeToEntry(node);
    tree.head = head;
    xas.node = node;
    shift += CHUNK_SHIFT;
  }
  return shift;
}

function isShort(head: number, last: { high: number; low: number }, tree: XaTree): boolean {
  if (!isNode(head)) return last.high !== 0 || last.low !== 0;
  return isBeyond(last.high, last.low, tree.arena.shiftOf(entryToNode(head)));
}

/** The new root's first slot has the marks that the tree below had. */
function raiseMarks(tree: XaTree, node: number): void {
  for (const mark of MARKS) {
    if (mark === FREE_MARK && tree.tracksFree) {
      tree.arena.markAll(node, mark);
      if (!tree.hasRootMark(mark)) {
        tree.arena.setMark(node, 0, mark, false);
        tree.setRootMark(mark, true);
      }
    } else if (tree.hasRootMark(mark)) {
      tree.arena.setMark(node, 0, mark, true);
    }
  }
}

function addNode(xas: XaState, shift: number): number {
  const { tree } = xas;
  const isRoot = xas.node < 0;
  const parent = isRoot ? NONE : xas.node;
  const node = tree.makeNode(shift, parent, isRoot ? 0 : xas.offset, tree.tracksFree ? -1 : 0);
  if (isRoot) tree.head = nodeToEntry(node);
  return node;
}

/**
 * The last index of the entry meant. One that would fill the tree from 0 on counts one index more, so that
 * it lies in a slot and not in the head.
 */
function lastIndex(xas: XaState): { high: number; low: number } {
  const { high, low, shift, siblings } = xas;
  if (shift === 0 && siblings === 0) return { high, low };
  const span = (BigInt(siblings + 1) << BigInt(shift)) - 1n;
  const index = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  const last = (index | span) === span ? span + 1n : index | span;
  return { high: Number(BigInt.asIntN(32, last >> 32n)), low: Number(BigInt.asIntN(32, last)) };
}
