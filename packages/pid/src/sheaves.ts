// Objects of a slab cache, with and without per-CPU arrays of free ones ("sheaves") in front of it. An
// allocation that its CPU's sheaf serves touches no line that others do; what is counted as allocated
// from the cache is what reached it.
// MODEL: a CPU has one sheaf of twice the kernel's size where the kernel has a main and a spare one.

import {
  change,
  locked,
  slabAlloc,
  slabFree,
  when,
  work,
  type Count,
  type PathPart,
} from '@forkless/sim';
import type { SlabName } from './locking.ts';
import type { PidCall } from './pid-call.ts';
import { BARN_LOCK } from './pid-lines.ts';

/** Objects that go to or from a node's barn at once. @see mm/slub.c, sheaf_capacity, v6.18 */
export const SHEAF_OBJECTS = 32;

/** Full sheaves a barn keeps. @see mm/slub.c, MAX_FULL_SHEAVES, v6.18 */
export const FULL_SHEAVES_MAX = 10;

/** A slab cache: its name and the bytes of an object. */
export interface SlabCache {
  readonly cache: string;
  readonly bytes: number;
}

/** The full sheaves of one machine's barns, by cache. */
export class Barn {
  readonly #full = new Map<string, number>();

  /** Takes a full sheaf; false when there is none. */
  take(cache: string): boolean {
    const full = this.#full.get(cache) ?? 0;
    if (full === 0) return false;
    this.#full.set(cache, full - 1);
    return true;
  }

  /** Puts a full sheaf; false when there is no room for it. */
  put(cache: string): boolean {
    const full = this.#full.get(cache) ?? 0;
    if (full === FULL_SHEAVES_MAX) return false;
    this.#full.set(cache, full + 1);
    return true;
  }
}

/** The sheaves of one CPU, and what its last move asks of the cache behind them. */
export class Sheaves {
  readonly #barn: Barn;
  readonly #objects = new Map<string, number>();
  /** Whether the last move has to go to the barn. */
  needsBarn = false;
  /** Objects the cache has to make, or is given back. */
  toCache = 0;

  constructor(barn: Barn) {
    this.#barn = barn;
  }

  /** Takes objects of a cache. */
  take(cache: string, count: number): void {
    const left = (this.#objects.get(cache) ?? 0) - count;
    this.needsBarn = left < 0;
    this.#objects.set(cache, left);
  }

  /** Puts objects back. */
  put(cache: string, count: number): void {
    const held = (this.#objects.get(cache) ?? 0) + count;
    this.needsBarn = held > 2 * SHEAF_OBJECTS;
    this.#objects.set(cache, held);
  }

  /** Swaps an empty sheaf for a full one, which the cache has to fill when there is none. */
  fetch(cache: string): void {
    this.toCache = this.#barn.take(cache) ? 0 : SHEAF_OBJECTS;
    this.#objects.set(cache, this.#objects.get(cache)! + SHEAF_OBJECTS);
  }

  /** Swaps a full sheaf for an empty one; the cache takes it when there is no room. */
  store(cache: string): void {
    this.toCache = this.#barn.put(cache) ? 0 : SHEAF_OBJECTS;
    this.#objects.set(cache, this.#objects.get(cache)! - SHEAF_OBJECTS);
  }
}

/** The steps that make objects of a cache. */
export function makeObjects(
  slab: SlabName,
  { cache, bytes }: SlabCache,
  count: Count<PidCall> = 1,
): PathPart<PidCall>[] {
  if (slab === 'slub') return [slabAlloc(cache, { bytes, count })];
  return sheafSteps(count, {
    move: (call, objects) => call.sheaves.take(cache, objects),
    swap: change(`fetch a sheaf of ${cache}`, (call) => call.sheaves.fetch(cache)),
    rest: slabAlloc(cache, { bytes, count: (call) => call.sheaves.toCache }),
  });
}

/** The steps that give objects back. */
export function dropObjects(
  slab: SlabName,
  { cache, bytes }: SlabCache,
  count: Count<PidCall> = 1,
): PathPart<PidCall>[] {
  if (slab === 'slub') return [slabFree(cache, { bytes, count })];
  return sheafSteps(count, {
    move: (call, objects) => call.sheaves.put(cache, objects),
    swap: change(`store a sheaf of ${cache}`, (call) => call.sheaves.store(cache)),
    rest: slabFree(cache, { bytes, count: (call) => call.sheaves.toCache }),
  });
}

function sheafSteps(
  count: Count<PidCall>,
  parts: {
    readonly move: (call: PidCall, objects: number) => void;
    readonly swap: PathPart<PidCall>;
    readonly rest: PathPart<PidCall>;
  },
): PathPart<PidCall>[] {
  const objectsOf = (call: PidCall, cpu: number) =>
    typeof count === 'number' ? count : count(call, cpu);
  return [
    work('go to the sheaf', 'slab.sheaf', count),
    change('count the sheaf', (call, cpu) => parts.move(call, objectsOf(call, cpu))),
    when(
      'the sheaf is at its end',
      (call) => call.sheaves.needsBarn,
      locked(BARN_LOCK, [work('swap sheaves', 'slab.barn'), parts.swap]),
      parts.rest,
    ),
  ];
}
