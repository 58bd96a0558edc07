// The advanced way into an XArray: a walk that is kept between calls, so that going on to the next entry
// needs no search from the top. Unlike the array's own calls it shows reservations and wide entries' slots.

import { isRefusal, type Refusal } from '@forkless/errors';
import { EMPTY, isSibling } from './entry.ts';
import type { Mark } from './node-arena.ts';
import { find, findMarked } from './xa-find.ts';
import { highOf, indexOf, lowOf, type XaIndex } from './xa-index.ts';
import { clearMark, hasMark, setMark } from './xa-marks.ts';
import { isNowhere, type XaState } from './xa-state.ts';
import { next, nextEntry, pause, previous } from './xa-step.ts';
import { store } from './xa-store.ts';
import { XA_SIBLING, type XA_RETRY, type XA_ZERO, type XaValue } from './xa-value.ts';
import { BOUNDS } from './xa-places.ts';

/** What a cursor shows at its index. */
export type XaShown<T> = T | null | typeof XA_ZERO | typeof XA_SIBLING;

/** Where a cursor is: to be walked anew, at a place of the tree (which may be empty), or outside. */
export type XaPlace = 'restart' | 'entry' | 'bounds';

/** The array's way with values, for its cursors. */
export interface XaCursorValues<T> {
  show(entry: number): T | null | typeof XA_ZERO;
  keep(value: Exclude<XaValue<T>, typeof XA_RETRY>): number;
  take(entry: number): T | null | typeof XA_ZERO;
  refuse(value: XaValue<T>): Refusal<'EINVAL' | 'ENOMEM'> | undefined;
}

/**
 * A walk through an XArray. After a change that it has not made itself it has to be set or reset.
 * @see include/linux/xarray.h, struct xa_state, v6.12
 */
export class XaCursor<T> {
  readonly #xas: XaState;
  readonly #values: XaCursorValues<T>;

  constructor(xas: XaState, values: XaCursorValues<T>) {
    this.#xas = xas;
    this.#values = values;
  }

  /** The index it is at. */
  get index(): XaIndex {
    return indexOf(this.#xas.high, this.#xas.low);
  }

  /** Where in the tree it is. */
  get place(): XaPlace {
    const { node } = this.#xas;
    if (!isNowhere(node)) return 'entry';
    return node === BOUNDS ? 'bounds' : 'restart';
  }

  /** Goes to an index, to be walked to anew. */
  set(index: XaIndex): void {
    this.#xas.set(highOf(index), lowOf(index));
  }

  /** To be walked anew at the same index. */
  reset(): void {
    this.#xas.set(this.#xas.high, this.#xas.low);
  }

  /** Walks to the index; what is there. */
  load(): XaShown<T> {
    return this.#show(this.#xas.load());
  }

  /** The next entry up to `max`: the one at the index unless that has been walked to. */
  find(max: XaIndex): XaShown<T> {
    return this.#show(find(this.#xas, highOf(max), lowOf(max)));
  }

  /** As `find`, for entries with a mark. */
  findMarked(max: XaIndex, mark: Mark): XaShown<T> {
    return this.#show(findMarked(this.#xas, highOf(max), lowOf(max), mark));
  }

  /** The entry after this one, the fast way within a leaf. O(1) over neighbours. */
  nextEntry(max: XaIndex): XaShown<T> {
    return this.#show(nextEntry(this.#xas, highOf(max), lowOf(max)));
  }

  /** On by one index, from 2^64 − 1 to 0; what is there. */
  next(): XaShown<T> {
    return this.#show(next(this.#xas));
  }

  /** Back by one index, from 0 to 2^64 − 1; what is there. */
  previous(): XaShown<T> {
    return this.#show(previous(this.#xas));
  }

  /** Lets go, so that the array may change; a `find` goes on behind the present entry. */
  pause(): void {
    pause(this.#xas);
  }

  /** Stores at the index, or erases with null; what was there. Free indices are not kept account of. */
  store(value: XaValue<T>): XaShown<T> | Refusal<'EINVAL' | 'ENOMEM'> {
    const refusal = this.#values.refuse(value);
    if (isRefusal(refusal)) return refusal;
    const entry = this.#values.keep(value as Exclude<XaValue<T>, typeof XA_RETRY>);
    const isLater = this.#isAtLaterSlot();
    const before = store(this.#xas, entry);
    // What begins in an earlier slot is still there.
    return isLater ? this.#show(before) : this.#values.take(before);
  }

  /** Marks the present entry. */
  setMark(mark: Mark): void {
    setMark(this.#xas, mark);
  }

  /** Takes a mark from the present entry. */
  clearMark(mark: Mark): void {
    clearMark(this.#xas, mark);
  }

  /** Whether the present entry has the mark. */
  hasMark(mark: Mark): boolean {
    return hasMark(this.#xas, mark);
  }

  /** Whether steps have come to a later slot of a wider entry. */
  #isAtLaterSlot(): boolean {
    const { node, offset, tree } = this.#xas;
    return node >= 0 && isSibling(tree.arena.slotOf(node, offset));
  }

  #show(entry: number): XaShown<T> {
    if (entry === EMPTY) return null;
    return isSibling(entry) ? XA_SIBLING : this.#values.show(entry);
  }
}
