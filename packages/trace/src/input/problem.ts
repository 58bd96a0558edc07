// What is wrong with a recording and where: reported line by line and read on, or, if asked to be strict,
// the first one ends the reading.
import { ConfigError } from '@forkless/errors';

/** One thing that is wrong with a recording. */
export interface TraceProblem {
  /** The name that the reader was given for the recording. */
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** What was expected, and what stands there. */
  readonly reason: string;
}

/** Problems that are told one by one; those after them are only counted. */
export const PROBLEMS_TOLD_MAX = 1000;

/** How the problems of one recording are dealt with. */
export interface ProblemOptions {
  /** Name of the recording, for messages. */
  readonly file?: string;
  /** The first problem throws a `ConfigError` instead of being told to `onProblem`. */
  readonly strict?: boolean;
  /** Told each problem, up to `PROBLEMS_TOLD_MAX`. */
  readonly onProblem?: (problem: TraceProblem) => void;
}

/** Collects or throws the problems of one recording. */
export class ProblemLog {
  readonly #options: ProblemOptions;
  #count = 0;

  constructor(options: ProblemOptions) {
    this.#options = options;
  }

  /** How many there have been. */
  get count(): number {
    return this.#count;
  }

  /** Reports a problem of `line`; throws a `ConfigError` if strict. */
  report(line: number, reason: string): void {
    const { file = 'recording', strict = false, onProblem } = this.#options;
    if (strict) throw new ConfigError(`${file}:${line}: ${reason}.`);
    if (this.#count++ < PROBLEMS_TOLD_MAX) onProblem?.({ file, line, reason });
  }
}

/** A piece of a recording that can be shown in a message: quoted, escaped, cut. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 60 ? `${text.slice(0, 57)}...` : text);
}
