// How far each allocator goes as CPUs are added, where its curve breaks, and what its CPUs wait for
// there: the same loop, machine and profile, so that only the allocator and its locks differ.

import { simulatedMachine } from '../../machine.ts';
import { profileNames } from '../../profiles.ts';
import { ALLOCATOR_ARMS, type AllocatorArm } from '../allocators/allocator-arms.ts';
import { fittedProfile } from '../allocators/fitted-profile.ts';
import { answerClaims, type ClaimAnswer } from '../answer-claims.ts';
import type {
  Cell,
  Column,
  Experiment,
  ExperimentResult,
  Figure,
  PublishedClaim,
  RunContext,
} from '../experiment.ts';
import { boundOf, kneeOf, type Bound } from './knee.ts';
import { measurePoint, WORKLOADS, type RacePointResult, type Workload } from './workload.ts';

const CPU_COUNTS = [1, 2, 4, 8, 16, 24, 32, 64, 128, 256, 384, 512] as const;
const PS_PER_MS = 1e9;
const THREAD = 'M. Guzik, linux-kernel, thread of 2025-11-23';

/** Trips below this share of waiting count as hardly contended. */
const CALM = 0.1;

const claims: readonly PublishedClaim[] = [
  {
    id: 'ranges-do-not-contend',
    text: 'With ranges carved out per CPU most allocations share no lock with other CPUs.',
    source: `${THREAD}, third message`,
    published: 'contention only when a range runs out or an id is freed elsewhere',
    unit: '',
  },
  {
    id: 'small-groups-suffice',
    text: 'Ranges for small sets of CPUs (8 or 10) are small enough for contention not to matter.',
    source: `${THREAD}, second message`,
    published: 'contention does not matter outside a microbenchmark',
    unit: '',
  },
  {
    id: 'namespace-locks-do-not-cut-it',
    text: 'A lock for each namespace does not cut it: the initial namespace is locked every time.',
    source: `${THREAD}, second message`,
    published: 'no gain over one lock',
    unit: '',
  },
];

/** The runs of all arms at all numbers of CPUs. */
type Race = ReadonlyMap<AllocatorArm, ReadonlyMap<number, RacePointResult>>;

function run(context: RunContext): ExperimentResult {
  const machine = simulatedMachine(context.machine ?? allocatorScaling.machine);
  const { seed, params, progress } = context;
  const name = context.profile ?? profileNames[0]!;
  const fitted = fittedProfile(name, seed);
  const profile = fitted.on(machine);
  const cpuCounts = CPU_COUNTS.filter((count) => count <= machine.cpuCount);
  let done = 0;
  const race: Race = new Map(
    ALLOCATOR_ARMS.map((arm) => [
      arm,
      new Map(
        cpuCounts.map((cpuCount) => {
          progress(done++, ALLOCATOR_ARMS.length * cpuCounts.length, `${arm.label}, ${cpuCount}`);
          const point = measurePoint({
            arm,
            machine,
            profile,
            cpuCount,
            workload: params['workload'] as Workload,
            otherLocks: params['otherLocks'] === true,
            measuredPs: Number(params['measuredMs']) * PS_PER_MS,
            seed,
          });
          return [cpuCount, point] as const;
        }),
      ),
    ]),
  );
  const most = cpuCounts.at(-1)!;
  return {
    experiment: allocatorScaling.name,
    seed,
    machine: machine.name,
    profile: name,
    params,
    rows: cpuCounts.map((cpus): Record<string, Cell> => {
      const rates = ALLOCATOR_ARMS.map((arm) => [arm.key, rateAt(race, arm, cpus)] as const);
      return { cpus, ...Object.fromEntries(rates) };
    }),
    claims: answerClaims(claims, answers(race, most)),
    counted: countedFigures(race, most),
    calibrated: fitted.calibrated,
    predicted: predictedFigures(race, cpuCounts, most),
  };
}

function rateAt(race: Race, arm: AllocatorArm, cpus: number): number {
  return Math.round(race.get(arm)!.get(cpus)!.pairsPerSecond);
}

function armOf(key: string): AllocatorArm {
  return ALLOCATOR_ARMS.find((arm) => arm.key === key)!;
}

function answers(race: Race, most: number): Readonly<Record<string, ClaimAnswer>> {
  const boundAt = (key: string) => boundOf(race.get(armOf(key))!.get(most)!);
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const contended = (key: string) => {
    const { contendedShare } = boundAt(key);
    return {
      model: `${percent(contendedShare)} of the trips wait, with ${most} CPUs`,
      holds: contendedShare < CALM,
      kind: 'predicted',
    } as const;
  };
  const gain = rateAt(race, armOf('idrPerNamespace'), most) / rateAt(race, armOf('idr70'), most);
  return {
    'ranges-do-not-contend': contended('rangeRadix'),
    'small-groups-suffice': contended('bitmapShards'),
    'namespace-locks-do-not-cut-it': {
      model: `${gain.toFixed(2)} times the throughput of one lock, with ${most} CPUs`,
      holds: gain < 1.05,
      kind: 'predicted',
    },
  };
}

function countedFigures(race: Race, most: number): Record<string, Figure> {
  return Object.fromEntries(
    ALLOCATOR_ARMS.flatMap((arm) => {
      const { transfers, refills } = boundOf(race.get(arm)!.get(most)!);
      const figures: [string, Figure][] = [
        [
          `transfers-${arm.key}`,
          {
            value: digits(transfers),
            unit: 'lines a pair',
            note: `${arm.label}: cache lines that move between CPUs, with ${most} CPUs`,
          },
        ],
      ];
      if (refills > 0) {
        figures.push([
          `refills-${arm.key}`,
          {
            value: digits(refills),
            unit: 'a pair',
            note: `${arm.label}: trips through the lock that all CPUs share`,
          },
        ]);
      }
      return figures;
    }),
  );
}

function predictedFigures(
  race: Race,
  cpuCounts: readonly number[],
  most: number,
): Record<string, Figure> {
  return Object.fromEntries(
    ALLOCATOR_ARMS.map((arm) => {
      const points = cpuCounts.map((cpus) => [cpus, rateAt(race, arm, cpus)] as const);
      const knee = kneeOf(points);
      const beyond = cpuCounts.find((cpus) => cpus > knee) ?? most;
      const bound = boundOf(race.get(arm)!.get(beyond)!);
      return [
        `knee-${arm.key}`,
        { value: knee, unit: 'CPUs', note: `${arm.label}: ${why(bound, knee === most)}` },
      ];
    }),
  );
}

/** What holds a curve down beyond its knee. */
function why(bound: Bound, isBeyond: boolean): string {
  if (isBeyond) return 'rises as far as the machine goes';
  const lines = `${digits(bound.transfers)} line transfers a pair`;
  const { waitsFor, waitNs, holdNs } = bound;
  if (waitsFor === undefined) return `nothing is waited for; ${lines}`;
  const held = holdNs === undefined ? '' : `, which it holds for ${Math.round(holdNs)} ns`;
  return `then a pair waits ${Math.round(waitNs)} ns for ${waitsFor}${held}; ${lines}`;
}

function digits(value: number): number {
  return Number(value.toPrecision(3));
}

const columns: readonly Column[] = [
  { key: 'cpus', label: 'CPUs', unit: '', kind: 'varied' },
  ...ALLOCATOR_ARMS.map(({ key, label }): Column => ({
    key,
    label,
    unit: 'pairs/s',
    kind: 'predicted',
  })),
];

/** The experiment. */
export const allocatorScaling: Experiment = {
  name: 'allocator-scaling',
  title: 'How far each pid allocator goes as CPUs are added, and what stops it',
  claims,
  parameters: [
    {
      name: 'workload',
      description:
        'what every CPU does: threads, processes, ending what another made, or threads three namespaces deep',
      unit: '',
      default: 'threads',
      choices: WORKLOADS,
    },
    {
      name: 'otherLocks',
      description: 'the other global locks of clone and exit take part: tasklist, css_set, random',
      unit: '',
      default: false,
    },
    {
      name: 'measuredMs',
      description: 'how long each point is measured, in simulated time',
      unit: 'ms',
      default: 2,
      bounds: { min: 0.1, max: 100 },
    },
  ],
  machine: 'epyc-2s-nps1',
  profiles: profileNames,
  columns,
  seconds: 40,
  run,
  plots: ({ rows }) => [
    {
      title: 'Pairs of making and ending over CPUs',
      x: { label: 'CPUs', unit: '' },
      y: { label: 'throughput', unit: 'pairs/s' },
      series: ALLOCATOR_ARMS.map(({ key, label }) => ({
        name: label,
        points: rows.map((row) => [Number(row['cpus']), Number(row[key])] as const),
      })),
      bands: [],
      note: 'A curve that bends has met its lock, or a line that every CPU writes. The figures name it for each allocator; with the other locks switched on one sees which is next.',
    },
  ],
};
