// What the handles in a tree stand for. Objects lie in a plain array beside the tree, by handle; integers
// are their own handles, so that they are seen by whoever shares the buffer.

import { assert } from '@forkless/errors';
import { HANDLE_MAX } from './entry.ts';

/** Keeps values by handle. */
export interface Values<T> {
  /** Keeps a value; its handle. */
  put(value: T): number;
  get(handle: number): T;
  /** Keeps it no longer. */
  release(handle: number): void;
  clear(): void;
  /** A copy of what is kept, to be restored. */
  snapshot(): ValuesSnapshot<T>;
  restore(snapshot: ValuesSnapshot<T>): void;
}

/** A copy of the values kept, and the handles that are free. */
export interface ValuesSnapshot<T> {
  readonly kept: readonly (T | undefined)[];
  readonly free: readonly number[];
}

/** Values of any kind. Handles are used again, the last one first. */
export class ObjectValues<T> implements Values<T> {
  #kept: (T | undefined)[] = [];
  #free: number[] = [];

  put(value: T): number {
    const handle = this.#free.pop();
    if (handle === undefined) return this.#kept.push(value) - 1;
    this.#kept[handle] = value;
    return handle;
  }

  get(handle: number): T {
    return this.#kept[handle] as T;
  }

  release(handle: number): void {
    this.#kept[handle] = undefined;
    this.#free.push(handle);
  }

  clear(): void {
    this.#kept = [];
    this.#free = [];
  }

  snapshot(): ValuesSnapshot<T> {
    return { kept: [...this.#kept], free: [...this.#free] };
  }

  restore({ kept, free }: ValuesSnapshot<T>): void {
    this.#kept = [...kept];
    this.#free = [...free];
  }
}

/** Integers from 0 to 2^31 − 2. */
export class IntegerValues<T> implements Values<T> {
  put(value: T): number {
    const handle = value as unknown as number;
    assert(
      Number.isInteger(handle) && handle >= 0 && handle <= HANDLE_MAX,
      'a value kept as an integer is from 0 to 2^31 - 2',
    );
    return handle;
  }

  get(handle: number): T {
    return handle as unknown as T;
  }

  release(): void {}

  clear(): void {}

  snapshot(): ValuesSnapshot<T> {
    return { kept: [], free: [] };
  }

  restore(): void {}
}
