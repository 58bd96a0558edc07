// A design beside the plain list of ids: each call goes to both, and the first answer that breaks the
// contract of `IdAllocator` is an error that says which.

import { assert, isRefusal } from '@forkless/errors';
import type { IdAllocator } from '../id-allocator.ts';
import { PlainIds } from './plain-ids.ts';

/** Two allocators in step. Values are numbers, so that any place can hold them. */
export class HeldAgainst {
  readonly plain = new PlainIds<number>();
  readonly ids: IdAllocator<number>;
  readonly #isCyclic: boolean;
  #stored = 0;

  /** With `isCyclic` the id handed out has to be exactly the one a cyclic search finds. */
  constructor(ids: IdAllocator<number>, isCyclic: boolean) {
    this.ids = ids;
    this.#isCyclic = isCyclic;
  }

  /** Allocates and publishes, unless told not to. */
  alloc(min: number, end: number, cpu: number, publishes = true): void {
    const expected = this.plain.cyclic(min, end);
    const id = this.ids.allocCyclic(min, end, cpu);
    if (isRefusal(id)) {
      assert(id.errno === 'ENOSPC', `alloc: expected an id or ENOSPC, got ${id.errno}`);
      assert(expected < 0, `alloc from ${min} to ${end - 1}: refused though ${expected} is free`);
      return;
    }
    assert(expected >= 0, `alloc from ${min} to ${end - 1}: got ${id} though all are taken`);
    assert(id >= min && id < end, `alloc from ${min} to ${end - 1}: got ${id}`);
    assert(!this.plain.has(id), `alloc from ${min} to ${end - 1}: got ${id}, which is taken`);
    if (this.#isCyclic) {
      assert(id === expected, `alloc from ${min} to ${end - 1}: got ${id}, not ${expected}`);
    }
    this.#took(id, publishes);
    this.plain.cursor = id + 1;
  }

  allocExact(id: number, cpu: number): void {
    const answer = this.ids.allocExact(id, cpu);
    if (this.plain.has(id)) {
      assert(isRefusal(answer) && answer.errno === 'ENOSPC', `${id} is taken but was handed out`);
      return;
    }
    assert(answer === id, `exactly ${id}: got ${isRefusal(answer) ? answer.errno : answer}`);
    this.#took(id, true);
  }

  publish(id: number): void {
    if (!this.plain.has(id) || this.plain.find(id) !== undefined) return;
    this.ids.publish(id, ++this.#stored);
    this.plain.publish(id, this.#stored);
  }

  free(id: number): void {
    this.ids.free(id);
    this.plain.free(id);
  }

  find(id: number): void {
    const [got, expected] = [this.ids.find(id), this.plain.find(id)];
    assert(got === expected, `find ${id}: got ${got}, not ${expected}`);
  }

  next(from: number): void {
    const found = this.ids.next(from);
    const expected = this.plain.next(from);
    assert(
      (found?.id ?? -1) === expected,
      `next from ${from}: got ${found?.id ?? 'none'}, not ${expected < 0 ? 'none' : expected}`,
    );
    const value = expected < 0 ? undefined : this.plain.find(expected);
    assert(found?.value === value, `next from ${from}: got value ${found?.value}, not ${value}`);
  }

  setCursor(cursor: number): void {
    this.ids.cursor = cursor;
    this.plain.cursor = cursor;
    assert(this.ids.cursor === cursor, `a cursor set to ${cursor} reads ${this.ids.cursor}`);
  }

  /** Walks all that is published, and frees everything: nothing may be lost. */
  finish(): void {
    let from = 0;
    for (let left = this.plain.taken.length + 1; left > 0; left--) {
      this.next(from);
      const at = this.plain.next(from);
      if (at < 0) break;
      from = at + 1;
    }
    while (this.plain.taken.length > 0) this.free(this.plain.taken.at(-1)!);
    assert(this.ids.next(0) === undefined, 'something is published after everything was freed');
  }

  #took(id: number, publishes: boolean): void {
    this.plain.take(id);
    if (publishes) this.publish(id);
  }
}
