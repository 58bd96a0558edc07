// One program spawned and run by ever more CPUs at once: what they share, and where each way to make a
// process stops scaling.

import { withFigures, type CostProfile } from '@forkless/sim';
import { profileOn, simulatedMachine } from '../../machine.ts';
import { profileNamed, profileNames } from '../../profiles.ts';
import { boundOf, kneeOf } from '../allocator-scaling/knee.ts';
import { answerClaims, type ClaimAnswer } from '../answer-claims.ts';
import type {
  Cell,
  Column,
  Experiment,
  ExperimentResult,
  Figure,
  Plot,
  PublishedClaim,
  RunContext,
  Scaling,
} from '../experiment.ts';
import { DYNAMIC_TOOL, STATIC_TOOL } from '../spawning/programs.ts';
import { buildWorld } from '../spawning/world.ts';
import {
  measureScaling,
  sharedCounts,
  timeLife,
  type ScalingPoint,
  type ScalingPointResult,
} from './measure.ts';

const ARMS = [
  'fork-exec',
  'vfork-exec',
  'posix-spawn-2.39',
  'kernel-spawn-2',
  'pristine',
  'spawn-template',
];
const CPU_COUNTS = [1, 2, 4, 8, 16, 32, 64, 128];
/** A small parent with libc and a heap. */
const PARENT = { rssMib: 4 };

const claims: readonly PublishedClaim[] = [
  {
    id: 'multicore-room-in-exec',
    text: 'There are numerous impactful ways to speed up execs, also in their multicore scalability.',
    source: 'M. Guzik, reply to the spawn_template RFC, linux-kernel, 2026-05-28',
    published: 'room',
    unit: '',
  },
  {
    id: 'programs-can-do-without',
    text: 'They would serve all programs without an opt-in: what bounds exec is the same by every way to make a process.',
    source: 'the same message',
    published: 'the same',
    unit: '',
  },
];

const columns: readonly Column[] = [
  { key: 'program', label: 'program', unit: '', kind: 'varied' },
  { key: 'cpus', label: 'CPUs', unit: '', kind: 'varied' },
  ...ARMS.map((name): Column => ({ key: name, label: name, unit: '/s', kind: 'predicted' })),
  { key: 'waitsFor', label: 'posix-spawn-2.39 waits most for', unit: '', kind: 'predicted' },
  { key: 'waitShare', label: 'time it waits', unit: '%', kind: 'predicted', digits: 1 },
];

type Points = Readonly<Record<string, readonly ScalingPointResult[]>>;
const SHOWN = 'posix-spawn-2.39';

function run(context: RunContext): ExperimentResult {
  const { params, seed } = context;
  const machine = simulatedMachine(context.machine ?? execScaling.machine);
  const named = profileNamed(context.profile ?? execScaling.profiles[0]!);
  const profile = profileOn(machine, named);
  const world = buildWorld(machine.name, PARENT);
  const cpus = CPU_COUNTS.filter((count) => count <= machine.cpuCount);
  const faults = Number(params['faultsPerFile']);
  let step = 0;
  const curve = (name: string, program: typeof DYNAMIC_TOOL, seen: CostProfile, at = cpus) => {
    const timed = timeLife(world, name, program, { machine, profile: seen });
    const point: Omit<ScalingPoint, 'cpuCount'> = {
      machine,
      profile: seen,
      counts: sharedCounts(name, program, timed, faults),
      aloneNs: timed.call.ns + timed.end.ns,
      measuredPs: Number(params['measuredMs']) * 1e9,
      seed,
    };
    context.progress(step++, 2 * ARMS.length + 2, `${program.name}, ${name}`);
    return at.map((cpuCount) => measureScaling({ ...point, cpuCount }));
  };
  const all = [STATIC_TOOL, DYNAMIC_TOOL].map((program) => ({
    program: program.name,
    // fork comes last: it leaves its trace in the parent.
    points: Object.fromEntries(
      ARMS.toReversed().map((name) => [name, curve(name, program, profile)]),
    ) as Points,
  }));
  const ends = [1, 3].map((factor) => {
    const seen = withFigures(profile, { 'transfer.contention': factor });
    return curve(SHOWN, DYNAMIC_TOOL, seen, [cpus.at(-1)!])[0]!.livesPerSecond;
  });
  return {
    experiment: execScaling.name,
    seed,
    machine: machine.name,
    profile: named.name,
    params,
    rows: all.flatMap(({ program, points }) =>
      cpus.map((count, at) => rowOf(program, count, points, at)),
    ),
    claims: answerClaims(claims, answers(cpus, all[1]!.points)),
    counted: countedFigures(all[1]!.points),
    calibrated: {},
    predicted: predictedFigures(cpus, all, [Math.min(...ends), Math.max(...ends)]),
  };
}

/** What the worst wait of a point is called, and its share of all CPU time. */
function waitOf(result: ScalingPointResult): { readonly what: string; readonly percent: number } {
  const { waitsFor, waitNs } = boundOf({
    ledger: result.ledger,
    pairCount: Math.max(result.lifeCount, 1),
    pairsPerSecond: result.livesPerSecond,
    cpuNs: result.cpuNs,
  });
  return {
    what: waitsFor ?? 'nothing',
    percent: (100 * waitNs * result.lifeCount) / result.cpuNs,
  };
}

function rowOf(program: string, cpus: number, points: Points, at: number): Record<string, Cell> {
  const { what, percent } = waitOf(points[SHOWN]![at]!);
  return {
    program,
    cpus,
    ...Object.fromEntries(ARMS.map((name) => [name, points[name]![at]!.livesPerSecond])),
    waitsFor: what,
    waitShare: percent,
  };
}

function countedFigures(points: Points): Record<string, Figure> {
  const tripsOf = ({ counts }: ScalingPointResult) =>
    2 * counts.links * counts.files * counts.mappingsPerFile;
  return Object.fromEntries(
    ['fork-exec', SHOWN].map((name) => [
      `i-mmap-trips-${name.replaceAll('.', '-')}`,
      {
        value: tripsOf(points[name]![0]!),
        unit: 'trips a life',
        note: 'through the locks of the files that are mapped; fork links every mapping of the parent once more',
      },
    ]),
  );
}

interface ProgramPoints {
  readonly program: string;
  readonly points: Points;
}

function predictedFigures(
  cpus: readonly number[],
  all: readonly ProgramPoints[],
  ends: readonly [number, number],
): Record<string, Figure> {
  const knees = all.flatMap(({ program, points }) =>
    ARMS.map((name) => {
      const value = kneeOf(cpus.map((count, at) => [count, points[name]![at]!.livesPerSecond]));
      const { what } = waitOf(points[name]!.at(-1)!);
      const note = `up to which each brings four fifths of one alone; at ${cpus.at(-1)} they wait most for ${what}`;
      return [
        `knee-${program}-${name.replaceAll('.', '-')}`,
        { value, unit: 'CPUs', note },
      ] as const;
    }),
  );
  return {
    ...Object.fromEntries(knees),
    'contention-band': {
      value: ends,
      unit: '/s',
      note: `${SHOWN} of a dynamic program on ${cpus.at(-1)} CPUs, line transfers under contention once and three times as long`,
    },
  };
}

function answers(cpus: readonly number[], points: Points): Readonly<Record<string, ClaimAnswer>> {
  const last = cpus.length - 1;
  const efficiency = (name: string) =>
    points[name]![last]!.livesPerSecond / (cpus[last]! * points[name]![0]!.livesPerSecond);
  const waits = new Set(ARMS.map((name) => waitOf(points[name]![last]!).what));
  return {
    'multicore-room-in-exec': {
      model: `${SHOWN} keeps ${Math.round(100 * efficiency(SHOWN))} % of a CPU's worth on ${cpus[last]} CPUs`,
      holds: efficiency(SHOWN) < 0.8,
      kind: 'predicted',
    },
    'programs-can-do-without': {
      model: `all of them wait most for ${[...waits].join(' or ')}`,
      holds: waits.size === 1,
      kind: 'predicted',
    },
  };
}

function plots(result: ExperimentResult): readonly Plot[] {
  return [STATIC_TOOL, DYNAMIC_TOOL].map(({ name: program }) => {
    const rows = result.rows.filter((row) => row['program'] === program);
    return {
      title: `A ${program} program, spawned over and over`,
      x: { label: 'CPUs, powers of two', unit: '' },
      y: { label: 'lives, powers of ten', unit: '/s' },
      series: ARMS.map((name) => ({
        name,
        points: rows.map(
          (row) => [Math.log2(Number(row['cpus'])), Math.log10(Number(row[name]))] as const,
        ),
      })),
      bands: [],
      note: 'Where the curves bend together, what bounds them is exec’s and no way to make a process changes it.',
    };
  });
}

/** Rates over CPUs in the form of will-it-scale. */
function scaling(result: ExperimentResult): readonly Scaling[] {
  return [STATIC_TOOL, DYNAMIC_TOOL].flatMap(({ name: program }) =>
    ARMS.map((name) => ({
      name: `exec-scaling-${program}-${name}`,
      rows: result.rows
        .filter((row) => row['program'] === program)
        .map((row) => ({
          tasks: Number(row['cpus']),
          processes: { perSecond: Number(row[name]), idlePercent: 0 },
        })),
    })),
  );
}

/** The experiment. */
export const execScaling: Experiment = {
  name: 'exec-scaling',
  title: 'One program spawned by 1 to 128 CPUs: what they share, and where it ends',
  claims,
  parameters: [
    {
      name: 'measuredMs',
      description: 'simulated time that is counted',
      unit: 'ms',
      default: 6,
      bounds: { min: 1, max: 1000 },
    },
    {
      name: 'faultsPerFile',
      description: 'faults on cached pages of each file of a dynamic program; each maps 16 pages',
      unit: '',
      default: 4,
      bounds: { min: 1, max: 64 },
      integer: true,
    },
  ],
  machine: 'xeon-2s',
  profiles: profileNames,
  columns,
  seconds: 3,
  run,
  plots,
  scaling,
};
