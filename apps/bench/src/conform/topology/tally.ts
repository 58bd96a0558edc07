// Keeping count of comparisons: every leaf of an expected answer is one check, and a mismatch says where
// in the answer it lies.
import type { ConformMismatch, ConformReport, ConformSkip } from '../report.ts';

/** Collects checks of one suite. */
export class Tally {
  readonly #failed: ConformMismatch[] = [];
  readonly #skipped: ConformSkip[] = [];
  #checks = 0;
  #files = 0;

  /** Starts a file; the answer takes its checks. */
  file(file: string): FileTally {
    this.#files++;
    return new FileTally(
      (step, expected, got) => this.#check(file, step, expected, got),
      (step, rule) => {
        this.#skipped.push({ file, step, rule });
      },
    );
  }

  /** The report so far. */
  report(suite: string): ConformReport {
    return {
      suite,
      files: this.#files,
      checks: this.#checks,
      passed: this.#checks - this.#failed.length,
      failed: this.#failed,
      skipped: this.#skipped,
    };
  }

  #check(file: string, step: string, expected: unknown, got: unknown): void {
    this.#checks++;
    if (!Object.is(expected, got)) this.#failed.push({ file, step, expected, got });
  }
}

/** Checks of one file. */
export class FileTally {
  readonly #check: (step: string, expected: unknown, got: unknown) => void;
  /** Notes what is not compared, and the rule that allows it. */
  readonly skip: (step: string, rule: string) => void;

  constructor(
    check: (step: string, expected: unknown, got: unknown) => void,
    skip: (step: string, rule: string) => void,
  ) {
    this.#check = check;
    this.skip = skip;
  }

  /** Compares two values, leaf by leaf. */
  equal(step: string, expected: unknown, got: unknown): void {
    if (Array.isArray(expected) && Array.isArray(got)) {
      if (expected.length !== got.length)
        this.#check(`${step}.length`, expected.length, got.length);
      else if (expected.length === 0) this.#check(step, 0, 0);
      else for (const [i, value] of expected.entries()) this.equal(`${step}[${i}]`, value, got[i]);
    } else if (isRecord(expected) && isRecord(got)) {
      for (const key of new Set([...Object.keys(expected), ...Object.keys(got)])) {
        this.equal(step === '' ? key : `${step}.${key}`, expected[key], got[key]);
      }
    } else this.#check(step, simple(expected), simple(got));
  }

  /** Compares texts line by line. */
  lines(step: string, expected: string, got: string): void {
    this.equal(step, expected.split('\n'), got.split('\n'));
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A list or record on one side only is compared as its text. */
function simple(value: unknown): unknown {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}
