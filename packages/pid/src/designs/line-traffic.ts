// What a call of a design does to memory, noted while it runs. Sections of a structure are numbered one
// after the other, so that a line has one number wherever it lies.

import { LineSet } from '@forkless/sim';
import type { Traffic } from '../id-allocator.ts';
import { LINE_WORDS } from './line-words.ts';

/** Whether lines are noted, which is what a call costs, or words, which is what two calls race about. */
export type TrafficNoted = 'lines' | 'words';

/** The lines and objects of the last call. */
export class LineTraffic implements Traffic {
  readonly reads = new LineSet();
  readonly writes = new LineSet();
  objectsMade = 0;
  objectsFreed = 0;
  /** Numbers of a line: 1, or one for each of its words. */
  readonly perLine: number;
  readonly #wordsEach: number;

  constructor(noted: TrafficNoted = 'lines') {
    this.perLine = noted === 'lines' ? 1 : LINE_WORDS;
    this.#wordsEach = LINE_WORDS / this.perLine;
  }

  /** Forgets the call before. */
  begin(): void {
    this.reads.clear();
    this.writes.clear();
    this.objectsMade = 0;
    this.objectsFreed = 0;
  }

  /** Notes that a word of the section beginning on line `firstLine` was read. */
  read(firstLine: number, word: number): void {
    this.reads.add(firstLine * this.perLine + Math.floor(word / this.#wordsEach));
  }

  /** Notes that it was written. */
  write(firstLine: number, word: number): void {
    this.writes.add(firstLine * this.perLine + Math.floor(word / this.#wordsEach));
  }
}

/** What notes the traffic of a structure, if any is to be noted. */
export function trafficNoted(
  notesTraffic: boolean | TrafficNoted | undefined,
): LineTraffic | undefined {
  if (notesTraffic === undefined || notesTraffic === false) return undefined;
  return new LineTraffic(notesTraffic === true ? 'lines' : notesTraffic);
}

/** The traffic of a structure that does not note any. */
export const NO_TRAFFIC: Traffic = {
  reads: new LineSet(),
  writes: new LineSet(),
  objectsMade: 0,
  objectsFreed: 0,
};

/** The lines so many words take. */
export function linesFor(wordCount: number): number {
  return Math.ceil(wordCount / LINE_WORDS);
}
