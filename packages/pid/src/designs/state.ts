// Where the state of a structure lies: 32-bit words over a buffer of its own, over a shared one, or over
// one that another thread has laid out already. Sections begin on cache lines, so that what is kept
// apart in the code is apart in memory.

import { assert } from '@forkless/errors';
import { LINE_WORDS } from './line-words.ts';

/** A buffer of the structure's own, a new `SharedArrayBuffer`, or words laid out by the same options. */
export type StatePlace = 'private' | 'shared' | Int32Array;

const WORD_BYTES = 4;

/** The sections of a structure's state and the words they are sections of. */
export interface State {
  readonly words: Int32Array;
  readonly sections: readonly Int32Array[];
}

/** Whether the words may be seen by other threads, and so can neither move nor grow. */
export function isFixed(place: StatePlace): boolean {
  return place !== 'private';
}

/** Words of sections that each begin on a cache line. */
export function stateWordCount(wordCounts: readonly number[]): number {
  return wordCounts.reduce((sum, count) => sum + wholeLines(count), 0);
}

/** Lays sections of so many words one after the other, each from a cache line on; zero when new. */
export function layState(place: StatePlace, wordCounts: readonly number[]): State {
  const wordCount = stateWordCount(wordCounts);
  const words = wordsAt(place, wordCount);
  assert(
    words.length >= wordCount,
    `a state of ${wordCount} words does not fit ${words.length} words`,
  );
  let from = 0;
  const sections = wordCounts.map((count) => {
    const section = words.subarray(from, from + count);
    from += wholeLines(count);
    return section;
  });
  return { words, sections };
}

function wholeLines(wordCount: number): number {
  return Math.ceil(wordCount / LINE_WORDS) * LINE_WORDS;
}

function wordsAt(place: StatePlace, wordCount: number): Int32Array {
  if (place === 'private') return new Int32Array(wordCount);
  if (place === 'shared') return new Int32Array(new SharedArrayBuffer(wordCount * WORD_BYTES));
  return place;
}
