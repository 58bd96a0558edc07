// What one XArray is as a whole: its head, the marks of the head, and the nodes below it.

import { ConfigError } from '@forkless/errors';
import { EMPTY, entryToNode, isNode, isValue, nodeToEntry } from './entry.ts';
import { NodeArena, type Mark } from './node-arena.ts';
import { CHUNK_SIZE, COUNT, HEAD_WORDS, NONE, ROW_WORDS, SLOTS } from './node-layout.ts';
import type { NodeObserver } from './node-observer.ts';
import { FREE_MARK, HEAD } from './xa-places.ts';

/** All marks. */
export const MARKS: readonly Mark[] = [0, 1, 2];

/** Whether an array hands out indices, from 0 or from 1. @see include/linux/xarray.h, XA_FLAGS_ALLOC1 */
export type XArrayKind = 'plain' | 'alloc' | 'alloc1';

const KINDS: readonly XArrayKind[] = ['plain', 'alloc', 'alloc1'];

/** Words of the head, the entry at the top apart. */
const ROOT_MARKS = 1;
const WRAPPED = 2;
const KIND = 3;

/** Where a tree lies and who hears of it. */
export interface XaTreeOptions {
  readonly kind: XArrayKind;
  readonly buffer: ArrayBufferLike | undefined;
  readonly observer: NodeObserver | undefined;
}

/** Head, marks and nodes of an XArray. */
export class XaTree {
  readonly arena: NodeArena;
  readonly observer: NodeObserver | undefined;
  readonly tracksFree: boolean;
  /** Whether index 0 counts as taken. */
  readonly zeroBusy: boolean;
  /** Told of each value's entry that is overwritten or erased besides the one a call returns. */
  dropped: (entry: number) => void = () => undefined;

  constructor({ kind, buffer, observer }: XaTreeOptions) {
    this.arena = new NodeArena(buffer);
    this.observer = observer;
    this.tracksFree = kind !== 'plain';
    this.zeroBusy = kind === 'alloc1';
    const code = KINDS.indexOf(kind) + 1;
    const found = this.arena.headWord(KIND);
    if (found !== 0 && found !== code) {
      throw new ConfigError(
        `The buffer holds an XArray of kind ${KINDS[found - 1] ?? found}, not ${kind}.`,
      );
    }
    if (found === 0) {
      this.arena.setHeadWord(KIND, code);
      this.clear();
    }
  }

  /** The entry at the top: nothing, a node, or index 0 alone. */
  get head(): number {
    return this.arena.words[HEAD]!;
  }

  set head(entry: number) {
    this.arena.words[HEAD] = entry;
  }

  /** Whether the cyclic search has passed 2^32 − 1 and not yet told so. */
  get wrapped(): boolean {
    return this.arena.headWord(WRAPPED) !== 0;
  }

  set wrapped(wrapped: boolean) {
    this.arena.setHeadWord(WRAPPED, wrapped ? 1 : 0);
  }

  hasRootMark(mark: Mark): boolean {
    return (this.arena.headWord(ROOT_MARKS) & (1 << mark)) !== 0;
  }

  setRootMark(mark: Mark, marked: boolean): void {
    const marks = this.arena.headWord(ROOT_MARKS);
    this.arena.setHeadWord(ROOT_MARKS, marked ? marks | (1 << mark) : marks & ~(1 << mark));
  }

  /** As new: without entries, with index 0 busy again where it is so at first. */
  clear(): void {
    this.#dropAll();
    this.arena.clear();
    this.head = EMPTY;
    this.arena.setHeadWord(ROOT_MARKS, this.tracksFree && !this.zeroBusy ? 1 << FREE_MARK : 0);
  }

  /** Makes a node and hangs it below `parent`, or as a root when that is `NONE`; its free marks are `free`. */
  makeNode(shift: number, parent: number, offset: number, free: 0 | -1 = 0): number {
    const node = this.arena.make(shift, parent, offset, free);
    if (this.observer !== undefined) this.observer.made(node);
    if (parent === NONE) return node;
    const { words } = this.arena;
    const row = HEAD_WORDS + parent * ROW_WORDS;
    words[row + SLOTS + offset] = nodeToEntry(node);
    words[row + COUNT]!++;
    if (this.observer !== undefined) this.observer.touched(parent, offset, 'link');
    return node;
  }

  /** Gives an empty node back. */
  dropNode(node: number): void {
    this.arena.drop(node);
    this.observer?.freed(node);
  }

  /** Gives a node back with all that lies below it. */
  dropSubtree(node: number): void {
    for (let offset = 0; offset < CHUNK_SIZE; offset++) {
      const entry = this.arena.slotOf(node, offset);
      if (isNode(entry)) this.dropSubtree(entryToNode(entry));
      else if (isValue(entry)) this.dropped(entry);
    }
    this.arena.dropFull(node);
    this.observer?.freed(node);
  }

  #dropAll(): void {
    const { head } = this;
    if (isNode(head)) this.dropSubtree(entryToNode(head));
    else if (isValue(head)) this.dropped(head);
  }
}
