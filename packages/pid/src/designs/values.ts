// What is stored under ids, by slot of the structure that finds them. Objects lie in a plain array of
// this thread; over a shared buffer only numbers can be stored, and every thread sees them.

import { assert } from '@forkless/errors';
import { NO_WORDS } from './line-words.ts';

/** Values by slot. */
export interface Values<T> {
  /** What lies in a slot, `undefined` where nothing does. */
  get(slot: number): T | undefined;
  set(slot: number, value: T | undefined): void;
  /** Makes room for slots below `slotCount`; `set` is for those alone. */
  reach(slotCount: number): void;
}

/** The values of a structure: whatever is given, or numbers where `words` are shared. */
export function valuesIn<T>(words: Int32Array | undefined): Values<T> {
  // Whoever lays a structure over shared words stores numbers in it; the design's contract says so.
  return words === undefined ? new ObjectValues<T>() : (new NumberValues(words) as never);
}

/** Values of any type, seen by this thread alone. */
export class ObjectValues<T> implements Values<T> {
  readonly #values: (T | undefined)[] = [];

  get(slot: number): T | undefined {
    return this.#values[slot];
  }

  set(slot: number, value: T | undefined): void {
    this.#values[slot] = value;
  }

  reach(slotCount: number): void {
    const values = this.#values;
    // An array that is never written past its end stays a dense one.
    while (values.length < slotCount) values.push(undefined);
  }
}

/** Whole numbers from 0 to 2^31 − 1 in words that threads share; a word holds the value plus one. */
export class NumberValues implements Values<number> {
  readonly #words: Int32Array = NO_WORDS;

  constructor(words: Int32Array) {
    this.#words = words;
  }

  get(slot: number): number | undefined {
    const word = Atomics.load(this.#words, slot);
    return word === 0 ? undefined : (word - 1) >>> 0;
  }

  set(slot: number, value: number | undefined): void {
    const fits = value === undefined || (Number.isInteger(value) && value >= 0 && value < 2 ** 31);
    assert(fits, 'over a shared buffer a value is a whole number from 0 to 2^31 − 1');
    Atomics.store(this.#words, slot, value === undefined ? 0 : value + 1);
  }

  reach(slotCount: number): void {
    assert(slotCount <= this.#words.length, 'shared words have room for every slot');
  }
}
