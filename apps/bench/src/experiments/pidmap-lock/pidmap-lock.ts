// The race of the seed thread: processes create and join threads in a loop, and pidmap_lock is what they
// wait for. One figure is fitted to the stock kernel's throughput; that of the series is predicted.

import { ConfigError } from '@forkless/errors';
import { IdrIds, PIDMAP_LOCK } from '@forkless/pid';
import type { CostProfile } from '@forkless/sim';
import { profileOn, simulatedMachine, type SimulatedMachine } from '../../machine.ts';
import { profileNamed, profileNames } from '../../profiles.ts';
import { answerClaims } from '../answer-claims.ts';
import type { Column, Experiment, ExperimentResult, RunContext } from '../experiment.ts';
import { ARMS, SERIES_PADDED, SERIES_SHARED, STOCK, type Arm } from './arms.ts';
import { claimAnswers, claims, SERIES_BAND } from './claims.ts';
import { countedFigures, lockTrips, predictedFigures, round } from './figures.ts';
import { FITTED_FIGURE } from './fit.ts';
import {
  bandOf,
  corners,
  freeFigures,
  predict,
  sensitivityTo,
  STOCK_PAIRS_PER_SECOND,
  type Measure,
  type Prediction,
} from './predict.ts';
import { measureThreadChurn, type ThreadChurnResult } from './thread-churn.ts';

const PROCESS_COUNTS = [1, 2, 4, 8, 12, 16, 20] as const;
/** The thread's number of processes. */
const PUBLISHED_PROCESSES = 20;
/** The thread names no machine; these have the 24 CPUs its author is known to test on. */
const MACHINES = ['epyc-1s-24', 'xeon-1s-24', 'xeon-1s-smt-24', 'xeon-2s-24'] as const;

const PS_PER_MS = 1e9;

/** Throughput of each arm and the band, in pairs a second, and lock trips a pair. */
type Row = Readonly<Record<string, number>>;

const columns: readonly Column[] = [
  { key: 'processes', label: 'processes', unit: '', kind: 'varied' },
  ...ARMS.map(({ key, label }): Column => ({ key, label, unit: 'pairs/s', kind: 'predicted' })),
  { key: 'bandLow', label: 'series, low end', unit: 'pairs/s', kind: 'predicted' },
  { key: 'bandHigh', label: 'series, high end', unit: 'pairs/s', kind: 'predicted' },
  { key: 'stockTrips', label: '6.18 lock trips', unit: 'a pair', kind: 'counted' },
  { key: 'seriesTrips', label: 'series lock trips', unit: 'a pair', kind: 'counted' },
];

function run(context: RunContext): ExperimentResult {
  const machine = simulatedMachine(context.machine ?? MACHINES[0]);
  if (machine.cpuCount < PUBLISHED_PROCESSES) {
    throw new ConfigError(
      `pidmap-lock on machine "${machine.name}": expected at least ${PUBLISHED_PROCESSES} CPUs, ` +
        `one a process, got ${machine.cpuCount}`,
    );
  }
  const base = profileNamed(context.profile ?? profileNames[0]!);
  const race = new Race(context);
  const measure: Measure = (arm, on, profile) =>
    race.measure(arm, on, profile, PUBLISHED_PROCESSES).pairsPerSecond;
  const profile = profileOn(machine, base);
  const prediction = predict(machine, profile, measure);
  if (prediction === undefined) {
    throw new ConfigError(
      `pidmap-lock on machine "${machine.name}" with profile "${base.name}": no line-transfer ` +
        `factor from 0.05 to 20 gives ${STOCK_PAIRS_PER_SECOND} pairs/s, which it is fitted to`,
    );
  }
  const at20 = race.measure(SERIES_SHARED, machine, prediction.profile, PUBLISHED_PROCESSES);
  const sensitivities = freeFigures(profile, at20.ledger).map((figure) =>
    sensitivityTo(figure, machine, profile, measure),
  );
  const ends = corners(sensitivities, machine, profile, measure);
  const rows = PROCESS_COUNTS.map((processes) =>
    raceRow(processes, race, machine, prediction, ends),
  );
  const elsewhere = MACHINES.filter((name) => name !== machine.name).map((name) => {
    const other = simulatedMachine(name);
    return { name, prediction: predict(other, profileOn(other, base), measure) };
  });
  return {
    experiment: pidmapLock.name,
    seed: context.seed,
    machine: machine.name,
    profile: base.name,
    params: context.params,
    rows,
    claims: answerClaims(
      claims,
      claimAnswers({
        prediction,
        stock: rows.at(-1)![STOCK.key]!,
        allocTrips: lockTrips(SERIES_SHARED).alloc,
        ...contention(at20),
      }),
    ),
    counted: countedFigures(),
    calibrated: {
      [FITTED_FIGURE]: {
        value: round(prediction.profile.figures[FITTED_FIGURE]!.value, 4),
        unit: '×',
        note: `how much contention lengthens a line transfer, fitted to ${STOCK_PAIRS_PER_SECOND} pairs/s of 6.18 with ${PUBLISHED_PROCESSES} processes; plausible without the fit: 1 to 3`,
      },
    },
    predicted: predictedFigures(prediction, sensitivities, ends, elsewhere),
  };
}

/** The runs of one experiment: equal but for arm, machine, profile and processes. */
class Race {
  readonly #context: RunContext;
  #runs = 0;

  constructor(context: RunContext) {
    this.#context = context;
  }

  measure(
    arm: Arm,
    machine: SimulatedMachine,
    profile: CostProfile,
    processCount: number,
  ): ThreadChurnResult {
    const { params, progress, seed } = this.#context;
    progress(Math.min(this.#runs++, RUNS), RUNS, `${machine.name}, ${arm.label}`);
    return measureThreadChurn({
      machine,
      profile,
      kernel: arm.kernel,
      allocator: () => new IdrIds(),
      processCount,
      livePidCount: Number(params['livePids']),
      falseSharing: arm.falseSharing,
      measuredPs: Number(params['measuredMs']) * PS_PER_MS,
      seed,
    });
  }
}

/** Roughly how many runs there are, for the progress shown. */
const RUNS = 480;

function raceRow(
  processes: number,
  race: Race,
  machine: SimulatedMachine,
  prediction: Prediction,
  ends: readonly (Prediction | undefined)[],
): Row {
  const rate = (arm: Arm, profile: CostProfile) =>
    race.measure(arm, machine, profile, processes).pairsPerSecond;
  const band = bandOf(
    [prediction, ...ends].map(
      (end) =>
        end && {
          profile: end.profile,
          shared: rate(SERIES_SHARED, end.profile),
          padded: rate(SERIES_PADDED, end.profile),
        },
    ),
  );
  const trips = (arm: Arm) => lockTrips(arm).alloc + lockTrips(arm).free;
  return {
    processes,
    ...Object.fromEntries(ARMS.map((arm) => [arm.key, rate(arm, prediction.profile)])),
    bandLow: band[0],
    bandHigh: band[1],
    stockTrips: trips(STOCK),
    seriesTrips: trips(SERIES_SHARED),
  };
}

/** How busy pidmap_lock keeps a race. */
function contention({ ledger, elapsedNs }: ThreadChurnResult) {
  const { contended, trips, waitNs } = ledger.locks[PIDMAP_LOCK]!;
  return {
    contendedShare: contended / trips,
    waitShare: waitNs / (elapsedNs * PUBLISHED_PROCESSES),
  };
}

/** The experiment. */
export const pidmapLock: Experiment = {
  name: 'pidmap-lock',
  title: 'What one trip through pidmap_lock less is worth to 20 processes that create threads',
  claims,
  parameters: [
    {
      name: 'livePids',
      description: 'pids that are there before the race begins, the rest of a running system',
      unit: 'pids',
      default: 400,
      bounds: { min: 0, max: 20_000 },
      integer: true,
    },
    {
      name: 'measuredMs',
      description: 'how long each race is measured, in simulated time',
      unit: 'ms',
      default: 10,
      bounds: { min: 1, max: 1000 },
    },
  ],
  machine: MACHINES[0],
  profiles: profileNames,
  columns,
  seconds: 15,
  run,
  plots: ({ rows }) => [
    {
      title: 'Pairs of thread creation and exit over processes',
      x: { label: 'processes', unit: '' },
      y: { label: 'throughput', unit: 'pairs/s' },
      series: ARMS.map(({ key, label }) => ({
        name: label,
        points: rows.map((row) => [Number(row['processes']), Number(row[key])] as const),
        ...(key === SERIES_SHARED.key
          ? {
              band: rows.map(
                (row) =>
                  [
                    Number(row['processes']),
                    Number(row['bandLow']),
                    Number(row['bandHigh']),
                  ] as const,
              ),
            }
          : {}),
      })),
      bands: [
        { label: 'published, stock', low: STOCK_PAIRS_PER_SECOND, high: STOCK_PAIRS_PER_SECOND },
        { label: 'published, series', low: SERIES_BAND[0], high: SERIES_BAND[1], x: 20 },
      ],
      note: 'The curve of 6.18 meets the published line at 20 processes because one figure is fitted there. The shaded band is the series with every figure of the cost profile at the ends of its interval; 7.0 also moved pidfs out of the lock, of which nothing was published.',
    },
  ],
  scaling: ({ rows, machine }) => {
    const { cpuCount } = simulatedMachine(machine);
    return ARMS.map(({ key, label }) => ({
      name: `pidmap-lock-${label.replaceAll(/[^a-z0-9.]+/g, '-')}`,
      rows: rows.map((row) => ({
        tasks: Number(row['processes']),
        processes: {
          perSecond: Number(row[key]),
          idlePercent: 100 * (1 - Number(row['processes']) / cpuCount),
        },
      })),
    }));
  },
};
