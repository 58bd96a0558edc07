// FreeBSD's way: a bitmap of ids in use searched from the last one on, and three more for ids that are
// still a process group, a session or a reaper's subtree; optionally the search starts at random.

import { assert, type Refusal } from '@forkless/errors';
import type { IdAllocator, IdEntry, Traffic } from '../id-allocator.ts';
import { BitmapHash, noneFree } from './bitmap-hash.ts';
import type { DesignOptions } from './design.ts';
import { IdBits } from './id-bits.ts';
import { isFixed, layState, stateWordCount } from './state.ts';

/** What keeps an id from being handed out though no process has it. */
export type HeldAs = 'group' | 'session' | 'reaper';

const HOLDS: readonly HeldAs[] = ['group', 'session', 'reaper'];

/** Options of `FreeBsdIds`. */
export interface FreeBsdOptions extends DesignOptions {
  /** How far ahead of the last id a search may begin, drawn each time; 0 for right after it. */
  readonly randomPid?: number;
}

/**
 * Ids as FreeBSD hands them out. Costs as in `BitmapHash`, whose hash finds the values.
 * MODEL: a search that reaches the end goes on at the caller's `min`; FreeBSD's goes on at 2.
 *
 * @see sys/kern/kern_fork.c, fork_findpid(); sys/kern/kern_proc.c, proc_id_set(), FreeBSD 14
 */
export class FreeBsdIds<T> implements IdAllocator<T> {
  readonly kind = 'bitmap';
  readonly words: Int32Array;
  readonly #ids: BitmapHash<T>;
  readonly #held: Readonly<Record<HeldAs, IdBits>>;
  readonly #randomPid: number;
  readonly #random: () => number;
  readonly #isFixed: boolean;

  constructor(options: FreeBsdOptions) {
    const { end, place = 'private', randomPid = 0, random = () => 0 } = options;
    const { words, sections } = layState(place, sectionsOf(options));
    const [group, session, reaper, ids] = sections;
    this.words = words;
    this.#isFixed = isFixed(place);
    this.#ids = new BitmapHash<T>(this.#isFixed ? { ...options, place: ids! } : options);
    this.#held = {
      group: new IdBits(end, group!),
      session: new IdBits(end, session!),
      reaper: new IdBits(end, reaper!),
    };
    this.#randomPid = randomPid;
    this.#random = random;
  }

  get slab(): IdAllocator<T>['slab'] {
    return this.#ids.slab;
  }

  get traffic(): Traffic {
    return this.#ids.traffic;
  }

  get stateBytes(): number {
    return this.words.byteLength + (this.#isFixed ? 0 : this.#ids.stateBytes);
  }

  get cursor(): number {
    return this.#ids.cursor;
  }

  set cursor(cursor: number) {
    this.#ids.cursor = cursor;
  }

  allocCyclic(min: number, end: number): number | Refusal<'ENOSPC'> {
    const ahead = this.#randomPid > 0 ? Math.floor(this.#random() * this.#randomPid) : 0;
    let from = this.#ids.cursor + ahead;
    if (from >= end) from = min;
    const first = Math.max(from, min);
    let id = this.#search(first, end);
    if (id < 0) id = this.#search(min, Math.min(first, end));
    if (id < 0) return noneFree(min, end);
    this.#ids.allocExact(id);
    this.#ids.cursor = id + 1;
    return id;
  }

  allocExact(id: number): number | Refusal<'ENOSPC'> {
    return this.isHeld(id) ? noneFree(id, id + 1) : this.#ids.allocExact(id);
  }

  publish(id: number, value: T): void {
    this.#ids.publish(id, value);
  }

  free(id: number): void {
    this.#ids.free(id);
  }

  find(id: number): T | undefined {
    return this.#ids.find(id);
  }

  next(from: number): IdEntry<T> | undefined {
    return this.#ids.next(from);
  }

  /** Whether an id is still a group, a session or a reaper's subtree. */
  isHeld(id: number): boolean {
    return HOLDS.some((as) => this.#held[as].test(id));
  }

  /** Keeps an id from being handed out. */
  hold(id: number, as: HeldAs): void {
    assert(!this.#held[as].test(id), `id ${id} becomes a ${as} once`);
    this.#held[as].set(id);
  }

  /** Ends that. */
  release(id: number, as: HeldAs): void {
    assert(this.#held[as].test(id), `id ${id} is a ${as} until it is released`);
    this.#held[as].clear(id);
  }

  /** The first id from `from` to below `end` that nothing uses; −1 when there is none. */
  #search(from: number, end: number): number {
    let id = this.#ids.firstFree(from, end);
    while (id >= 0 && this.isHeld(id)) id = this.#ids.firstFree(id + 1, end);
    return id;
  }
}

function sectionsOf(options: FreeBsdOptions): number[] {
  const bits = IdBits.wordCount(options.end);
  const fixed = isFixed(options.place ?? 'private');
  return [bits, bits, bits, fixed ? BitmapHash.wordCount(options) : 0];
}

/** The words its state takes in a place that cannot grow. */
export function freeBsdWordCount(options: FreeBsdOptions): number {
  return stateWordCount(sectionsOf({ ...options, place: 'shared' }));
}
