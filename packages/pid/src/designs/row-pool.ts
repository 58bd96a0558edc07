// Rows of words, taken and given back: a slab of one kind of object. It grows unless it lies in words
// it was given. Rows count from 1, so that 0 can stand for none.

import { assert } from '@forkless/errors';
import { NO_WORDS } from './line-words.ts';

const ROWS_MIN = 4;
const USED = 0;
const FREE = 1;

/** The words of a pool's head. */
export const POOL_HEAD_WORDS = 2;

/** A pool of rows. The head says how many were ever used, and which was freed last. */
export class RowPool {
  readonly rowWords: number = 0;
  readonly #head: Int32Array = NO_WORDS;
  readonly #isFixed: boolean;
  #words: Int32Array = NO_WORDS;

  constructor(rowWords: number, head: Int32Array, fixed?: Int32Array) {
    this.rowWords = rowWords;
    this.#head = head;
    this.#isFixed = fixed !== undefined;
    this.#words = fixed ?? new Int32Array(ROWS_MIN * rowWords);
  }

  /** The words of all rows; row r begins at r × `rowWords`. Another array after the pool has grown. */
  get words(): Int32Array {
    return this.#words;
  }

  /** Takes a row, whose words are zero. */
  take(): number {
    const freed = this.#head[FREE]!;
    const row = freed === 0 ? this.#head[USED]! + 1 : freed;
    if (freed === 0) {
      this.#head[USED] = row;
      if ((row + 1) * this.rowWords > this.#words.length) this.#grow();
    } else {
      this.#head[FREE] = this.#words[freed * this.rowWords]!;
      this.#words[freed * this.rowWords] = 0;
    }
    return row;
  }

  /** Gives a row back whose words are zero. */
  give(row: number): void {
    this.#words[row * this.rowWords] = this.#head[FREE]!;
    this.#head[FREE] = row;
  }

  #grow(): void {
    assert(!this.#isFixed, 'a pool in given words has a row for every object');
    const words = new Int32Array(this.#words.length * 2);
    words.set(this.#words);
    this.#words = words;
  }
}
