// `forkless host predict`: parents that nothing was fitted on, predicted and measured.
import type { CostProfile } from '@forkless/sim';
import { middleReading, type CostProgram, type Reading } from './cost-program.ts';
import { drawParents } from './draw-parents.ts';
import { middle } from './fit-costs.ts';
import { showParent, type Parent } from './parent.ts';
import { paceOf, predictSpawn, type Pace } from './predict-spawn.ts';

/** One parent. Errors are (predicted − measured) / measured. */
export interface PredictedRow {
  readonly parent: Parent;
  readonly measuredUs: number;
  readonly predictedUs: number;
  readonly error: number;
  /** With the pace left out: what the profile says of a machine as calm as at its calibration. */
  readonly predictedCalmUs: number;
  readonly errorCalm: number;
  readonly pace: Pace;
}

/** How far off predictions are. */
export interface ErrorSummary {
  readonly medianError: number;
  readonly p90Error: number;
  readonly largestError: number;
  /** The median with its sign: below zero when predictions tend to be too low. */
  readonly bias: number;
  readonly tooLow: number;
}

/** All rows, and their summary with and without the pace. */
export interface Predictions {
  readonly profile: string;
  readonly seed: number;
  readonly rows: readonly PredictedRow[];
  readonly summary: ErrorSummary;
  readonly summaryCalm: ErrorSummary;
}

/** What a run of predictions is told. */
export interface PredictOptions {
  readonly profile: CostProfile;
  readonly count: number;
  readonly seed: number;
  readonly passes: number;
  progress(done: number, total: number, what: string): void;
}

const parentMs = 120;

/**
 * Measures and predicts; about half a second a row and pass. Rows are measured in turn, pass by pass, and the
 * middle reading of a row counts, as in a calibration.
 */
export async function checkPredictions(
  program: CostProgram,
  { profile, count, seed, passes, progress }: PredictOptions,
): Promise<Predictions> {
  const parents = drawParents(count, seed);
  const readings: Reading[][] = parents.map(() => []);
  for (let pass = 0; pass < passes; pass++) {
    for (const [index, parent] of parents.entries()) {
      progress(pass * count + index, passes * count, showParent(parent));
      readings[index]!.push(await program.measure(parent, parentMs));
    }
  }
  const rows = readings.map(middleReading).map((reading) => rowOf(profile, reading));
  return {
    profile: profile.name,
    seed,
    rows,
    summary: summarize(rows.map(({ error }) => error)),
    summaryCalm: summarize(rows.map(({ errorCalm }) => errorCalm)),
  };
}

function rowOf(profile: CostProfile, { parent, total, beat }: Reading): PredictedRow {
  const pace = paceOf(profile, beat);
  const measuredNs = total.p10;
  const predictedNs = predictSpawn(profile, parent, pace).totalNs;
  const predictedCalmNs = predictSpawn(profile, parent).totalNs;
  return {
    parent,
    measuredUs: measuredNs / 1000,
    predictedUs: predictedNs / 1000,
    error: predictedNs / measuredNs - 1,
    predictedCalmUs: predictedCalmNs / 1000,
    errorCalm: predictedCalmNs / measuredNs - 1,
    pace,
  };
}

/** Of signed errors. */
export function summarize(errors: readonly number[]): ErrorSummary {
  const sizes = errors.map((error) => Math.abs(error)).toSorted((a, b) => a - b);
  return {
    medianError: middle(sizes),
    p90Error: sizes[Math.max(0, Math.ceil(0.9 * sizes.length) - 1)]!,
    largestError: sizes.at(-1)!,
    bias: middle(errors),
    tooLow: errors.filter((error) => error < 0).length,
  };
}
