// The pending events of a simulation: at most one a slot (a virtual CPU), kept in a calendar queue
// (Brown 1988) over typed arrays. Events at one time come out by slot number, so a schedule never
// depends on how long the run has been going. Times are handed over in an array and not as arguments:
// V8 puts a double that is passed to a function on the heap.

import { assert } from '@forkless/errors';
import type { Ps } from './time.ts';

const EMPTY = -1;
const INITIAL_WIDTH: Ps = 1024;
/** Pops between two looks at whether the bucket width still fits. */
const REVIEW_POPS = 8192;
/** Steps over empty buckets and longer chains, per pop, above which the width no longer fits. */
const STEPS_PER_POP_MAX = 2;
/** Buckets `leads` looks at. */
const LOOKS_AHEAD = 4;

/**
 * A priority queue of slots by the times in the array it is made over, ties by slot number. A slot's
 * time stays as it is while the slot is in the queue. Push and pop are O(1) on average when the
 * pending times lie within a few mean gaps of each other, as they do with one event a CPU.
 */
export class CalendarQueue {
  readonly #time: Float64Array;
  readonly #next: Int32Array;
  readonly #head: Int32Array;
  readonly #mask: number;
  #width: Ps = INITIAL_WIDTH;
  #inverseWidth = 1 / INITIAL_WIDTH;
  #bucket = 0;
  #bucketEnd: Ps = INITIAL_WIDTH;
  #size = 0;
  #pops = 0;
  #steps = 0;
  #reviewedAt: Ps = 0;

  constructor(times: Float64Array) {
    const slotCount = times.length;
    assert(slotCount > 0, 'a queue has at least one slot');
    const bucketCount = 2 ** Math.max(3, Math.ceil(Math.log2(slotCount * 2)));
    this.#time = times;
    this.#next = new Int32Array(slotCount);
    this.#head = new Int32Array(bucketCount).fill(EMPTY);
    this.#mask = bucketCount - 1;
  }

  /** How many slots have a pending event. */
  get size(): number {
    return this.#size;
  }

  /** Puts `slot` in at its time, which is not before the last pop. The slot is not in the queue. */
  push(slot: number): void {
    this.#size++;
    this.#link(slot);
  }

  /** Takes the earliest event and returns its slot, or −1 when none is pending. */
  pop(): number {
    if (this.#size === 0) return EMPTY;
    if (++this.#pops >= REVIEW_POPS) this.#review();
    const head = this.#head;
    const time = this.#time;
    const mask = this.#mask;
    let bucket = this.#bucket;
    let end = this.#bucketEnd;
    let passed = 0;
    for (;;) {
      const slot = head[bucket]!;
      if (slot !== EMPTY && time[slot]! < end) {
        head[bucket] = this.#next[slot]!;
        this.#bucket = bucket;
        this.#bucketEnd = end;
        this.#steps += passed;
        this.#size--;
        return slot;
      }
      bucket = (bucket + 1) & mask;
      end += this.#width;
      if (++passed > mask) {
        this.#goTo(this.#earliest());
        bucket = this.#bucket;
        end = this.#bucketEnd;
      }
    }
  }

  /**
   * Whether `slot`, put in at its time, would surely come out next. Looks a few buckets ahead and
   * says no when it cannot tell.
   */
  leads(slot: number): boolean {
    const time = this.#time[slot]!;
    let bucket = this.#bucket;
    let end = this.#bucketEnd;
    if (time >= end + this.#width * LOOKS_AHEAD) return this.#size === 0;
    for (let look = 0; look < LOOKS_AHEAD; look++) {
      const other = this.#head[bucket]!;
      if (other !== EMPTY && this.#time[other]! < end) return time < this.#time[other]!;
      if (time < end) return true;
      bucket = (bucket + 1) & this.#mask;
      end += this.#width;
    }
    return this.#size === 0;
  }

  #link(slot: number): void {
    const head = this.#head;
    const next = this.#next;
    const times = this.#time;
    const time = times[slot]!;
    const bucket = (time * this.#inverseWidth) & this.#mask;
    let after = EMPTY;
    let at = head[bucket]!;
    while (at !== EMPTY) {
      const ahead = times[at]! - time;
      if (ahead > 0 || (ahead === 0 && at > slot)) break;
      after = at;
      at = next[at]!;
      this.#steps++;
    }
    next[slot] = at;
    if (after === EMPTY) head[bucket] = slot;
    else next[after] = slot;
  }

  #goTo(time: Ps): void {
    const index = Math.floor(time * this.#inverseWidth);
    this.#bucket = index & this.#mask;
    this.#bucketEnd = (index + 1) * this.#width;
  }

  #earliest(): Ps {
    let earliest = Infinity;
    for (const slot of this.#head) {
      if (slot !== EMPTY && this.#time[slot]! < earliest) earliest = this.#time[slot]!;
    }
    assert(earliest < Infinity, 'a queue that is not empty has an earliest event');
    return earliest;
  }

  /** Rebuilds with a width near the mean gap between events when the present one costs too much. */
  #review(): void {
    const now = this.#bucketEnd - this.#width;
    const gap = Math.max(1, (now - this.#reviewedAt) / this.#pops);
    const width = 2 ** Math.ceil(Math.log2(gap));
    const costly = this.#steps > this.#pops * STEPS_PER_POP_MAX;
    if (costly && width !== this.#width) this.#rebuild(width, now);
    this.#reviewedAt = now;
    this.#pops = 0;
    this.#steps = 0;
  }

  #rebuild(width: Ps, now: Ps): void {
    const pending: number[] = [];
    for (let bucket = 0; bucket <= this.#mask; bucket++) {
      for (let slot = this.#head[bucket]!; slot !== EMPTY; slot = this.#next[slot]!) {
        pending.push(slot);
      }
    }
    this.#head.fill(EMPTY);
    this.#width = width;
    this.#inverseWidth = 1 / width;
    this.#goTo(now);
    for (const slot of pending) this.#link(slot);
  }
}
