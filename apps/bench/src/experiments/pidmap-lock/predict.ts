// From one published figure to a band: the contention is fitted to the stock kernel, then the series is
// run with it; and once more for each figure of the profile at either end of its plausible interval,
// each time fitted anew. What no end changes, the published gain does not depend on.

import { withFigures, type CostProfile, type Ledger } from '@forkless/sim';
import type { SimulatedMachine } from '../../machine.ts';
import { SERIES_PADDED, SERIES_SHARED, STOCK, type Arm } from './arms.ts';
import { fitContention } from './fit.ts';

/** The published throughput of the stock kernel that the contention is fitted to, in pairs a second. */
export const STOCK_PAIRS_PER_SECOND = 465_000;

/** Figures that the engine spends whatever the path; `lock.ticket-share` is for another kind of lock. */
const ENGINE_FIGURES = /^(line\.|slab\.|lock\.atomic|lock\.handover)/;

/** Throughput of one arm with one profile, in pairs a second. */
export type Measure = (arm: Arm, machine: SimulatedMachine, profile: CostProfile) => number;

/** What the series does once the stock kernel does what was published. */
export interface Prediction {
  readonly profile: CostProfile;
  readonly shared: number;
  readonly padded: number;
}

/** How the prediction moves when one figure goes to an end of its interval. */
export interface Sensitivity {
  readonly figure: string;
  /** The prediction without the padding at the low and at the high end; undefined: cannot be fitted. */
  readonly low: Prediction | undefined;
  readonly high: Prediction | undefined;
}

/** Fits and predicts; undefined when no contention makes the stock kernel do what was published. */
export function predict(
  machine: SimulatedMachine,
  profile: CostProfile,
  measure: Measure,
): Prediction | undefined {
  const fitted = fitContention(profile, STOCK_PAIRS_PER_SECOND, (tried) =>
    measure(STOCK, machine, tried),
  );
  if (fitted === undefined) return undefined;
  return {
    profile: fitted,
    shared: measure(SERIES_SHARED, machine, fitted),
    padded: measure(SERIES_PADDED, machine, fitted),
  };
}

/**
 * The figures a prediction can depend on: those with an interval that the run behind `ledger` spent,
 * and those of the engine that every run spends.
 */
export function freeFigures(profile: CostProfile, ledger: Ledger): readonly string[] {
  const spent = new Set(Object.keys(ledger.work));
  for (const { transfers } of Object.values(ledger.lines)) {
    for (const [name, count] of Object.entries(transfers)) {
      if (count > 0) spent.add(`transfer.${name}`);
    }
  }
  return Object.entries(profile.figures)
    .filter(([name, { low, high }]) => low < high && (spent.has(name) || ENGINE_FIGURES.test(name)))
    .map(([name]) => name);
}

/** One figure at both ends of its interval, everything else as it was, fitted anew each time. */
export function sensitivityTo(
  figure: string,
  machine: SimulatedMachine,
  profile: CostProfile,
  measure: Measure,
): Sensitivity {
  const { low, high } = profile.figures[figure]!;
  const at = (value: number) =>
    predict(machine, withFigures(profile, { [figure]: value }), measure);
  return { figure, low: at(low), high: at(high) };
}

/**
 * The corners of the box of all intervals: every figure at the end that lowers, or raises, the
 * prediction by itself.
 */
export function corners(
  sensitivities: readonly Sensitivity[],
  machine: SimulatedMachine,
  profile: CostProfile,
  measure: Measure,
): readonly (Prediction | undefined)[] {
  const towards = (sign: 1 | -1) =>
    Object.fromEntries(
      sensitivities.map(({ figure, low, high }) => {
        const rises = (high?.shared ?? 0) >= (low?.shared ?? 0);
        const { low: lowest, high: highest } = profile.figures[figure]!;
        return [figure, rises === (sign === 1) ? highest : lowest];
      }),
    );
  return ([-1, 1] as const).map((sign) =>
    predict(machine, withFigures(profile, towards(sign)), measure),
  );
}

/** The lowest and highest throughput among predictions, padded or not. */
export function bandOf(
  predictions: readonly (Prediction | undefined)[],
): readonly [low: number, high: number] {
  const values = predictions.flatMap((one) => (one === undefined ? [] : [one.shared, one.padded]));
  return [Math.min(...values), Math.max(...values)];
}
