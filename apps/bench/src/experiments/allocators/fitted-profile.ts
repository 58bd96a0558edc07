// The cost profile of the allocator experiments: the one figure that the race for pidmap_lock fits to the
// published throughput of the stock kernel, and nothing else fitted.

import { ConfigError } from '@forkless/errors';
import { IdrIds } from '@forkless/pid';
import { withFigures, type CostProfile } from '@forkless/sim';
import { profileOn, simulatedMachine, type SimulatedMachine } from '../../machine.ts';
import { profileNamed } from '../../profiles.ts';
import type { Figure } from '../experiment.ts';
import { STOCK } from '../pidmap-lock/arms.ts';
import { FITTED_FIGURE, fitContention } from '../pidmap-lock/fit.ts';
import { STOCK_PAIRS_PER_SECOND } from '../pidmap-lock/predict.ts';
import { measureThreadChurn } from '../pidmap-lock/thread-churn.ts';

/** The machine, processes and pids of the race the figure is fitted by. */
const FIT_MACHINE = 'epyc-1s-24';
const FIT_PROCESSES = 20;
const FIT_LIVE_PIDS = 400;
const FIT_MEASURED_PS = 5e9;

/** The fitted figure, to be put into a result, and how to get the profile of a machine with it. */
export interface FittedProfile {
  readonly calibrated: Readonly<Record<string, Figure>>;
  on(machine: SimulatedMachine): CostProfile;
}

/** Fits the contention of line transfers as `pidmap-lock` does. */
export function fittedProfile(name: string, seed: number): FittedProfile {
  const base = profileNamed(name);
  const machine = simulatedMachine(FIT_MACHINE);
  const fitted = fitContention(
    profileOn(machine, base),
    STOCK_PAIRS_PER_SECOND,
    (profile) =>
      measureThreadChurn({
        machine,
        profile,
        kernel: STOCK.kernel,
        allocator: () => new IdrIds(),
        processCount: FIT_PROCESSES,
        livePidCount: FIT_LIVE_PIDS,
        falseSharing: STOCK.falseSharing,
        measuredPs: FIT_MEASURED_PS,
        seed,
      }).pairsPerSecond,
  );
  if (fitted === undefined) {
    throw new ConfigError(
      `profile "${name}": no line-transfer factor gives ${STOCK_PAIRS_PER_SECOND} pairs/s, which it is fitted to`,
    );
  }
  const factor = fitted.figures[FITTED_FIGURE]!.value;
  return {
    calibrated: {
      [FITTED_FIGURE]: {
        value: Number(factor.toFixed(4)),
        unit: '×',
        note: `how much contention lengthens a line transfer, fitted on ${FIT_MACHINE} to ${STOCK_PAIRS_PER_SECOND} pairs/s of 6.18 with ${FIT_PROCESSES} processes, as pidmap-lock does`,
      },
    },
    on: (other) => withFigures(profileOn(other, base), { [FITTED_FIGURE]: factor }, 'fitted'),
  };
}
