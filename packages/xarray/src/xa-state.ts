// The advanced state of an XArray: an index, the span of the entry meant there, and the place in the tree
// that a walk has come to. Everything an XArray does is done through one of these.

import { EMPTY, entryToNode, isNode, isSibling, siblingToOffset } from './entry.ts';
import { CHUNK_MASK, CHUNK_SHIFT, HEAD_WORDS, ROW_WORDS, SHIFT, SLOTS } from './node-layout.ts';
import { AT_HEAD, BOUNDS, RESTART } from './xa-places.ts';
import { isBeyond, slotAt } from './xa-index.ts';
import type { XaTree } from './xa-tree.ts';

/** Whether a place is neither a node nor the head. */
export function isNowhere(node: number): boolean {
  return node < AT_HEAD;
}

/** A walk through a tree. @see include/linux/xarray.h, struct xa_state, v6.12 */
export class XaState {
  readonly tree: XaTree;
  /** The index, as two signed 32-bit halves. */
  high = 0;
  low = 0;
  /** The node, or one of the places above. */
  node = RESTART;
  /** The slot in the node; `CHUNK_SIZE` and −1 when a step has left it. */
  offset = 0;
  /** The entry meant covers 1 + `siblings` slots of a node of this shift. */
  shift = 0;
  siblings = 0;

  constructor(tree: XaTree) {
    this.tree = tree;
  }

  /** Sets the index, to be walked to anew, for an entry of one index. */
  set(high: number, low: number): void {
    this.high = high;
    this.low = low;
    this.node = RESTART;
    this.shift = 0;
    this.siblings = 0;
  }

  /** Sets the index for an entry of 2^order indices, rounding it down to the entry's first. */
  setOrder(high: number, low: number, order: number): void {
    this.set(high, low);
    this.clearBelow(order);
    this.shift = order - (order % CHUNK_SHIFT);
    this.siblings = 2 ** (order % CHUNK_SHIFT) - 1;
  }

  /** Leaves the tree; nothing is found there. */
  leave(): number {
    this.node = BOUNDS;
    return EMPTY;
  }

  /** Clears the lowest `bits` bits of the index. */
  clearBelow(bits: number): void {
    if (bits < 32) {
      this.low &= -1 << bits;
      return;
    }
    this.low = 0;
    this.high = bits < 64 ? this.high & (-1 << (bits - 32)) : 0;
  }

  /** Adds `slots` << `shift` to the index, modulo 2^64. Shifts are multiples of 6. */
  add(slots: number, shift: number): void {
    if (shift > 30) {
      this.high = (this.high + (slots << (shift - 32))) | 0;
      return;
    }
    const sum = (this.low >>> 0) + slots * 2 ** shift;
    this.low = sum | 0;
    this.high = (this.high + Math.floor(sum / 2 ** 32)) | 0;
  }

  /** Moves the index to the first one below a slot of the present node. */
  moveTo(offset: number): void {
    const shift = this.tree.arena.shiftOf(this.node);
    if (shift === 0) {
      const first = this.low & -64;
      // Past the last slot the index carries into the digits above.
      if (offset < 64) this.low = first + offset;
      else {
        this.low = first;
        this.add(64, 0);
      }
      return;
    }
    this.clearBelow(shift + CHUNK_SHIFT);
    this.add(offset, shift);
  }

  /** The slot the index has in a node. */
  slotIn(node: number): number {
    return slotAt(this.high, this.low, this.tree.arena.shiftOf(node));
  }

  /** Goes to the top of the tree, unless it has been walked already; what is there. */
  start(): number {
    const { tree } = this;
    if (!isNowhere(this.node)) return this.#reload();
    const { head } = tree;
    if (isNode(head)) {
      if (isBeyond(this.high, this.low, tree.arena.shiftOf(entryToNode(head)))) return this.leave();
    } else if (this.high !== 0 || this.low !== 0) {
      return this.leave();
    }
    this.node = AT_HEAD;
    return head;
  }

  /** Goes one level down to the index's slot in a node, and on to the slot its entry begins in. */
  descend(node: number): number {
    const { arena, observer } = this.tree;
    let offset = slotAt(this.high, this.low, arena.shiftOf(node));
    let entry = arena.slotOf(node, offset);
    observer?.touched(node, offset, 'walk');
    while (isSibling(entry)) {
      offset = siblingToOffset(entry);
      entry = arena.slotOf(node, offset);
    }
    this.node = node;
    this.offset = offset;
    return entry;
  }

  /** Walks to the index, no deeper than the entry meant would lie; the entry there. O(log64 index). */
  load(): number {
    const { arena } = this.tree;
    if (this.high === 0 && this.shift === 0 && isNowhere(this.node)) return this.#loadLow();
    let entry = this.start();
    while (isNode(entry)) {
      const node = entryToNode(entry);
      const shift = arena.shiftOf(node);
      if (this.shift > shift) break;
      entry = this.descend(node);
      if (shift === 0) break;
    }
    return entry;
  }

  /** As `load` for an index below 2^32 and an entry of one index, not walked yet. */
  #loadLow(): number {
    const { arena, observer, head } = this.tree;
    if (!isNode(head)) return this.start();
    const { words } = arena;
    const { low } = this;
    let node = entryToNode(head);
    let shift = words[HEAD_WORDS + node * ROW_WORDS + SHIFT]!;
    if (shift < 30 && low >>> (shift + CHUNK_SHIFT) !== 0) return this.leave();
    for (;;) {
      const slots = HEAD_WORDS + node * ROW_WORDS + SLOTS;
      let offset = shift < 32 ? (low >>> shift) & CHUNK_MASK : 0;
      let entry = words[slots + offset]!;
      if (observer !== undefined) observer.touched(node, offset, 'walk');
      while (isSibling(entry)) {
        offset = siblingToOffset(entry);
        entry = words[slots + offset]!;
      }
      if (shift === 0 || !isNode(entry)) {
        this.node = node;
        this.offset = offset;
        return entry;
      }
      node = entryToNode(entry);
      shift -= CHUNK_SHIFT;
    }
  }

  /** Whether the index lies in the entry reached, but not in its first slot. */
  get isInside(): boolean {
    if (this.node < 0) return false;
    const shift = this.tree.arena.shiftOf(this.node);
    const offset = slotAt(this.high, this.low, shift);
    if (offset !== this.offset) return offset > this.offset;
    // In the entry's first slot: any lower digit puts the index behind its beginning.
    if (shift < 32) return (this.low & ~(-1 << shift)) !== 0;
    return this.low !== 0 || (this.high & ~(-1 << (shift - 32))) !== 0;
  }

  /** The entry of the place the walk is at. */
  #reload(): number {
    if (this.node === AT_HEAD) return this.tree.head;
    const { arena } = this.tree;
    const entry = arena.slotOf(this.node, this.slotIn(this.node));
    return isSibling(entry) ? arena.slotOf(this.node, siblingToOffset(entry)) : entry;
  }
}
