// What holding the model against recorded answers yields: a count of everything compared, each
// mismatch with its place, and each step left out with the rule that allows it.

/** One place where the model answered differently from the recording. */
export interface ConformMismatch {
  readonly file: string;
  readonly step: string;
  readonly expected: unknown;
  readonly got: unknown;
}

/** One recorded step that was not compared, and the line of the recording's README that allows it. */
export interface ConformSkip {
  readonly file: string;
  readonly step: string;
  readonly rule: string;
}

/** The result of one suite; `checks = passed + failed.length`, skipped steps are not checks. */
export interface ConformReport {
  readonly suite: string;
  readonly files: number;
  readonly checks: number;
  readonly passed: number;
  readonly failed: readonly ConformMismatch[];
  readonly skipped: readonly ConformSkip[];
}

/** A suite: reads every recording below `directory` and answers each from the model. */
export type ConformSuite = (directory: string) => ConformReport | Promise<ConformReport>;
