// The runtime that the RFC was measured with, as two numbers: of the wall time of a call a part that only
// one worker at a time can be in (the dispatcher), the rest divided among the workers; and what a
// template takes off the dispatcher's part.

import { FITTED_ROWS, usPerCall, type PublishedRow } from './published.ts';

/** A fitted runtime, all in µs of wall time a call. */
export interface RuntimeFit {
  /** Serial, however many workers there are. */
  readonly dispatcherUs: number;
  /** Of one worker; `w` workers take a `w`-th of it. */
  readonly workerUs: number;
  /** What a template takes off the dispatcher's part. */
  readonly savedUs: number;
}

/**
 * Fits the dispatcher's part to the baseline and the saving to the difference of the two columns; the
 * worker's part is what the first row leaves. Least squares in both, over the first three rows.
 */
export function fitRuntime(rows: readonly PublishedRow[] = FITTED_ROWS): RuntimeFit {
  const first = usPerCall(rows[0]!.subprocess);
  // T(w) = d + (T(1) − d) / w, so T(w) − T(1) / w = d (1 − 1 / w).
  let above = 0;
  let below = 0;
  for (const { workers, subprocess } of rows) {
    const share = 1 - 1 / workers;
    above += share * (usPerCall(subprocess) - first / workers);
    below += share * share;
  }
  const dispatcherUs = above / below;
  const saved = rows.map((row) => usPerCall(row.subprocess) - usPerCall(row.template));
  return {
    dispatcherUs,
    workerUs: first - dispatcherUs,
    savedUs: saved.reduce((sum, one) => sum + one, 0) / saved.length,
  };
}

/** Wall time a call of so many workers; a dispatcher cannot save more than it spends. */
export function callUs({ dispatcherUs, workerUs }: RuntimeFit, workers: number, saved = 0): number {
  return Math.max(dispatcherUs - saved, 0) + workerUs / workers;
}
