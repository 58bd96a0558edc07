// The list of all conformance suites. To add one, import it and put it into the table under the name
// that is typed after `forkless conform`, with one clause on what it compares.
import type { ConformSuite } from './report.ts';

/** A suite as the command lists it. */
export interface ListedSuite {
  /** What is compared, one clause. */
  readonly title: string;
  readonly run: ConformSuite;
}

/** Every suite, by name. */
export const suites: Readonly<Record<string, ListedSuite>> = {};
