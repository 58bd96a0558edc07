// Finding entries in order: any, or those with a mark.

import { EMPTY, entryToNode, isNode, isSibling, siblingToOffset } from './entry.ts';
import type { Mark } from './node-arena.ts';
import {
  CHUNK_MASK,
  CHUNK_SHIFT,
  CHUNK_SIZE,
  HEAD_WORDS,
  MARKS,
  NONE,
  ROW_WORDS,
  SHIFT,
  SLOTS,
} from './node-layout.ts';
import { isAbove, isBeyond } from './xa-index.ts';
import { isNowhere, type XaState } from './xa-state.ts';
import { AT_HEAD, BOUNDS, FREE_MARK, RESTART } from './xa-places.ts';

/**
 * The next entry up to `max`: the one at the index when that has not been walked to yet, else the one
 * after it. Leaves the index at what it found. O(log64 index). @see lib/xarray.c, xas_find()
 */
export function find(xas: XaState, maxHigh: number, maxLow: number): number {
  const { arena, observer } = xas.tree;
  if (xas.node === BOUNDS) return EMPTY;
  if (isAbove(xas.high, xas.low, maxHigh, maxLow)) return xas.leave();
  if (xas.node === AT_HEAD) {
    xas.high = 0;
    xas.low = 1;
    return xas.leave();
  }
  if (xas.node === RESTART) {
    const entry = xas.load();
    if (entry !== EMPTY || xas.node < 0) return entry;
  } else if (arena.shiftOf(xas.node) === 0 && xas.offset !== (xas.low & CHUNK_MASK)) {
    // Within an entry of several slots: on from the index, not from the entry's first slot.
    xas.offset = ((xas.low - 1) & CHUNK_MASK) + 1;
  }
  nextSlot(xas);
  while (!isAbove(xas.high, xas.low, maxHigh, maxLow)) {
    if (xas.offset === CHUNK_SIZE) {
      xas.offset = arena.offsetOf(xas.node) + 1;
      xas.node = arena.parentOf(xas.node);
      if (xas.node === NONE) break;
      continue;
    }
    const entry = arena.slotOf(xas.node, xas.offset);
    observer?.touched(xas.node, xas.offset, 'walk');
    if (isNode(entry)) {
      xas.node = entryToNode(entry);
      xas.offset = 0;
      continue;
    }
    if (entry !== EMPTY && !isSibling(entry)) return entry;
    nextSlot(xas);
  }
  if (xas.node === NONE) xas.node = BOUNDS;
  return EMPTY;
}

/** As `find`, for entries with a mark. @see lib/xarray.c, xas_find_marked() */
export function findMarked(xas: XaState, maxHigh: number, maxLow: number, mark: Mark): number {
  const { tree } = xas;
  const { arena, observer } = tree;
  let advance = true;
  if (isAbove(xas.high, xas.low, maxHigh, maxLow)) return atLimit(xas);
  if (xas.node === AT_HEAD) return pastHead(xas, maxHigh, maxLow);
  if (isNowhere(xas.node)) {
    advance = false;
    const { head } = tree;
    xas.node = AT_HEAD;
    if (!isNode(head)) {
      if (xas.high !== 0 || xas.low !== 0) return xas.leave();
      return tree.hasRootMark(mark) ? head : pastHead(xas, maxHigh, maxLow);
    }
    const root = entryToNode(head);
    if (isBeyond(xas.high, xas.low, arena.shiftOf(root))) return xas.leave();
    xas.node = root;
    xas.offset = xas.slotIn(root);
  }
  while (!isAbove(xas.high, xas.low, maxHigh, maxLow)) {
    if (xas.offset === CHUNK_SIZE) {
      xas.offset = arena.offsetOf(xas.node) + 1;
      xas.node = arena.parentOf(xas.node);
      if (xas.node === NONE) break;
      advance = false;
      continue;
    }
    if (!advance) backToFirstSlot(xas);
    const offset = arena.nextMark(xas.node, xas.offset + (advance ? 1 : 0), mark);
    observer?.touched(xas.node, offset & CHUNK_MASK, 'search');
    if (offset > xas.offset) {
      advance = false;
      xas.moveTo(offset);
      // An index that has wrapped round is past the limit too.
      if (hasPassed(xas, maxHigh, maxLow)) return atLimit(xas);
      xas.offset = offset;
      if (offset === CHUNK_SIZE) continue;
    }
    const entry = arena.slotOf(xas.node, xas.offset);
    if (entry === EMPTY && !(tree.tracksFree && mark === FREE_MARK)) continue;
    if (!isNode(entry)) return entry;
    xas.node = entryToNode(entry);
    xas.offset = xas.slotIn(xas.node);
  }
  return isAbove(xas.high, xas.low, maxHigh, maxLow) ? atLimit(xas) : xas.leave();
}

/**
 * The lowest free index up to `max`, from the state's index on, both below 2^32; as `findMarked` with the
 * mark of what is free, for a state not walked yet. @see lib/xarray.c, xas_find_marked()
 */
export function findFree(xas: XaState, max: number): void {
  const { tree } = xas;
  const { arena, observer, head } = tree;
  if (!isNode(head) || xas.high !== 0) {
    findMarked(xas, 0, max | 0, FREE_MARK);
    return;
  }
  const { words } = arena;
  const root = entryToNode(head);
  const top = words[HEAD_WORDS + root * ROW_WORDS + SHIFT]!;
  if (top > 24) {
    findMarked(xas, 0, max | 0, FREE_MARK);
    return;
  }
  const reach = CHUNK_SIZE * (1 << top);
  let index = xas.low >>> 0;
  let node = root;
  let shift = top;
  while (index < reach && index <= max) {
    const row = HEAD_WORDS + node * ROW_WORDS;
    const offset = (index >>> shift) & CHUNK_MASK;
    if (isSibling(words[row + SLOTS + offset]!)) {
      // Begun within a wider entry: that goes by its first slot.
      findMarked(xas, 0, max | 0, FREE_MARK);
      return;
    }
    const free = nextMarked(words, row, offset);
    if (observer !== undefined) observer.touched(node, free & CHUNK_MASK, 'search');
    if (free !== offset) index = ((index >>> shift) - offset + free) * (1 << shift);
    if (index > max) break;
    if (free === CHUNK_SIZE) {
      node = root;
      shift = top;
      continue;
    }
    const entry = words[row + SLOTS + free]!;
    if (!isNode(entry)) {
      xas.low = index | 0;
      xas.node = node;
      xas.offset = free;
      return;
    }
    node = entryToNode(entry);
    shift -= CHUNK_SHIFT;
  }
  xas.low = index | 0;
  xas.node = index <= max ? BOUNDS : RESTART;
}

/** The first slot of a row at or after `offset` that has mark 0, or `CHUNK_SIZE`. */
function nextMarked(words: Int32Array, row: number, offset: number): number {
  if (offset < 32) {
    const low = words[row + MARKS]! & (-1 << offset);
    if (low !== 0) return 31 - Math.clz32(low & -low);
  }
  const high = words[row + MARKS + 1]! & (offset < 32 ? -1 : -1 << (offset & 31));
  return high === 0 ? CHUNK_SIZE : 63 - Math.clz32(high & -high);
}

function nextSlot(xas: XaState): void {
  xas.offset++;
  xas.moveTo(xas.offset);
}

/** Steps back to where the entry begins whose later slot this is. */
function backToFirstSlot(xas: XaState): void {
  const entry = xas.tree.arena.slotOf(xas.node, xas.offset);
  if (!isSibling(entry)) return;
  xas.offset = siblingToOffset(entry);
  xas.moveTo(xas.offset);
}

function pastHead(xas: XaState, maxHigh: number, maxLow: number): number {
  xas.high = 0;
  xas.low = 1;
  return isAbove(0, 1, maxHigh, maxLow) ? atLimit(xas) : xas.leave();
}

function atLimit(xas: XaState): number {
  xas.node = RESTART;
  return EMPTY;
}

function hasPassed(xas: XaState, maxHigh: number, maxLow: number): boolean {
  if (xas.high === 0 && xas.low === 0) return true;
  return isAbove(xas.high, xas.low, maxHigh, maxLow);
}
