// The figures outside the rows: trips counted on the paths, the predicted band, and what moves it.

import { IdrIds, PidNamespaces } from '@forkless/pid';
import { compile, execute } from '@forkless/sim';
import type { Figure } from '../experiment.ts';
import { ARMS, SERIES_PADDED, type Arm } from './arms.ts';
import { FITTED_FIGURE } from './fit.ts';
import { bandOf, type Prediction, type Sensitivity } from './predict.ts';

/** Trips through pidmap_lock to allocate a pid and to free it, counted on the paths themselves. */
export function lockTrips({ kernel }: Arm): { alloc: number; free: number } {
  const pids = new PidNamespaces({ allocator: () => new IdrIds(), kernel });
  const call = pids.call({ namespace: pids.initial });
  const tripsOf = (path: ReturnType<PidNamespaces['allocPath']>) =>
    Object.values(execute(compile(path), call).lockTrips).reduce((sum, trips) => sum + trips, 0);
  return { alloc: tripsOf(pids.allocPath(0)), free: tripsOf(pids.freePath(0)) };
}

/** Lock trips, counted on the paths. */
export function countedFigures(): Record<string, Figure> {
  return Object.fromEntries(
    ARMS.filter((arm) => arm !== SERIES_PADDED).map((arm) => {
      const { alloc, free } = lockTrips(arm);
      const note = `${alloc} to allocate, ${free} to free, at namespace level 0; ${arm.kernel.name}`;
      return [`lock-trips-${arm.key}`, { value: alloc + free, unit: 'trips a pair', note }];
    }),
  );
}

/** The band, the two boots, the other machines, and what each figure of the profile moves. */
export function predictedFigures(
  prediction: Prediction,
  sensitivities: readonly Sensitivity[],
  ends: readonly (Prediction | undefined)[],
  elsewhere: readonly { name: string; prediction: Prediction | undefined }[],
): Record<string, Figure> {
  const all = [prediction, ...ends, ...sensitivities.flatMap(({ low, high }) => [low, high])];
  const unfitted = all.filter((one) => one === undefined).length;
  const unit = 'pairs/s';
  return {
    'series-band': {
      value: bandOf(all),
      unit,
      note: `over the whole interval of every figure, one by one and all together, fitted anew each time (${all.length - unfitted} profiles${unfitted === 0 ? '' : `, ${unfitted} more cannot be fitted`})`,
    },
    'series-false-sharing': {
      value: prediction.shared,
      unit,
      note: 'the namespace’s reference count on the line of the id tree’s head',
    },
    'series-padded': {
      value: prediction.padded,
      unit,
      note: 'the reference count on its own line',
    },
    ...Object.fromEntries(
      elsewhere.map(({ name, prediction: there }) => [
        `series-on-${name}`,
        there === undefined
          ? { value: Number.NaN, unit, note: 'cannot be fitted on this machine' }
          : {
              value: [there.shared, there.padded] as const,
              unit,
              note: `false sharing and padded, fitted anew: transfers ${round(there.profile.figures[FITTED_FIGURE]!.value, 2)} times as long`,
            },
      ]),
    ),
    ...Object.fromEntries(
      sensitivities
        .toSorted((a, b) => swing(b) - swing(a))
        .map(({ figure, low, high }) => [
          `sensitivity-${figure}`,
          {
            value: [low?.shared ?? Number.NaN, high?.shared ?? Number.NaN] as const,
            unit,
            note: 'the series with false sharing, this figure at its low end – at its high end',
          },
        ]),
    ),
  };
}

function swing({ low, high }: Sensitivity): number {
  return Math.abs((high?.shared ?? 0) - (low?.shared ?? 0));
}

/** A number with so many digits after the point. */
export function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
