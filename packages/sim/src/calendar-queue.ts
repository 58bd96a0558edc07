// The pending events of a simulation: at most one a slot (a virtual CPU), kept in a calendar queue
// (Brown 1988) over typed arrays. Events at one time come out by slot number, so a schedule never
// depends on how long the run has been going. Times are handed over in an array and not as arguments:
// V8 puts a double that is passed to a function on the heap.

import { assert } from '@forkless/errors';
import type { Ps } from './time.ts';

/** What the queue is tuned by, in a const enum: a bundled `const` is a variable that is loaded anew. */
const enum Tuned {
  InitialWidth = 1024,
  /** Pops between two looks at whether the bucket width still fits. */
  ReviewPops = 8192,
  /** Steps over empty buckets and longer chains, per pop, above which the width no longer fits. */
  StepsPerPopMax = 2,
  /** Buckets `leads` looks at. */
  LooksAhead = 4,
}

/** In place of a slot. */
const enum Slot {
  None = -1,
}

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
  #width: Ps = Tuned.InitialWidth;
  #inverseWidth = 1 / Tuned.InitialWidth;
  #bucket = 0;
  #bucketEnd: Ps = Tuned.InitialWidth;
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
    this.#head = new Int32Array(bucketCount).fill(Slot.None);
    this.#mask = (bucketCount - 1) | 0;
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
    if (this.#size === 0) return Slot.None;
    if (++this.#pops >= Tuned.ReviewPops) this.#review();
    const head = this.#head;
    const time = this.#time;
    const mask = this.#mask;
    let bucket = this.#bucket;
    let end = this.#bucketEnd;
    let passed = 0;
    for (;;) {
      const slot = head[bucket]!;
      if (slot !== Slot.None && time[slot]! < end) {
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
    if (time >= end + this.#width * Tuned.LooksAhead) return this.#size === 0;
    for (let look = 0; look < Tuned.LooksAhead; look++) {
      const other = this.#head[bucket]!;
      if (other !== Slot.None && this.#time[other]! < end) return time < this.#time[other]!;
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
    let after: number = Slot.None;
    let at = head[bucket]!;
    while (at !== Slot.None) {
      const ahead = times[at]! - time;
      if (ahead > 0 || (ahead === 0 && at > slot)) break;
      after = at;
      at = next[at]!;
      this.#steps++;
    }
    next[slot] = at;
    if (after === Slot.None) head[bucket] = slot;
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
      if (slot !== Slot.None && this.#time[slot]! < earliest) earliest = this.#time[slot]!;
    }
    assert(earliest < Infinity, 'a queue that is not empty has an earliest event');
    return earliest;
  }

  /** Rebuilds with a width near the mean gap between events when the present one costs too much. */
  #review(): void {
    const now = this.#bucketEnd - this.#width;
    const gap = Math.max(1, (now - this.#reviewedAt) / this.#pops);
    const width = 2 ** Math.ceil(Math.log2(gap));
    const costly = this.#steps > this.#pops * Tuned.StepsPerPopMax;
    if (costly && width !== this.#width) this.#rebuild(width, now);
    this.#reviewedAt = now;
    this.#pops = 0;
    this.#steps = 0;
  }

  #rebuild(width: Ps, now: Ps): void {
    const pending: number[] = [];
    for (let bucket = 0; bucket <= this.#mask; bucket++) {
      for (let slot = this.#head[bucket]!; slot !== Slot.None; slot = this.#next[slot]!) {
        pending.push(slot);
      }
    }
    this.#head.fill(Slot.None);
    this.#width = width;
    this.#inverseWidth = 1 / width;
    this.#goTo(now);
    for (const slot of pending) this.#link(slot);
  }
}
