// What a child costs as its parent grows: every mechanism against memory, huge pages, mappings,
// descriptors and threads, with what the parent pays later for having been copied beside it.

import type { CostProfile } from '@forkless/sim';
import { costOfAll } from '@forkless/spawn';
import { profileOn, simulatedMachine } from '../../machine.ts';
import { profileNamed, profileNames } from '../../profiles.ts';
import { answerClaims } from '../answer-claims.ts';
import type {
  Cell,
  Column,
  Experiment,
  ExperimentResult,
  Figure,
  Plot,
  RunContext,
} from '../experiment.ts';
import { DYNAMIC_TOOL, STATIC_TOOL } from '../spawning/programs.ts';
import { ARM_NAMES } from '../spawning/spawn-arms.ts';
import { profileAt, toUs, withScatter, type TimedSpawn } from '../spawning/timing.ts';
import { claimAnswers, claims } from './claims.ts';
import { measureSize, type SizeResult } from './measure.ts';
import { sizedParents, type SizeAxis } from './sizes.ts';

const FORK = 'fork-exec';
const SPAWN = 'posix-spawn-2.39';

const columns: readonly Column[] = [
  { key: 'axis', label: 'grown', unit: '', kind: 'varied' },
  { key: 'amount', label: 'to', unit: '', kind: 'varied' },
  { key: 'pages', label: 'entries copied by fork', unit: 'entries', kind: 'counted' },
  { key: 'tables', label: 'page-table pages', unit: 'pages', kind: 'counted' },
  { key: 'forkCall', label: 'fork-exec, parent waits', unit: 'µs', kind: 'predicted', digits: 1 },
  ...ARM_NAMES.map((name): Column => ({
    key: name,
    label: name,
    unit: 'µs',
    kind: 'predicted',
    digits: 1,
  })),
  { key: 'later', label: 'parent rewrites its memory', unit: 'µs', kind: 'predicted', digits: 1 },
];

function run(context: RunContext): ExperimentResult {
  const machine = simulatedMachine(context.machine ?? forkSize.machine);
  const named = profileNamed(context.profile ?? forkSize.profiles[0]!);
  const plain = profileOn(machine, named);
  const profile = context.params['scattered'] === true ? withScatter(plain) : plain;
  const program = context.params['program'] === 'static' ? STATIC_TOOL : DYNAMIC_TOOL;
  const parents = sizedParents(Number(context.params['memoryMibMax']));
  const results = parents.map((parent, at) => {
    context.progress(at, parents.length, `${parent.axis} ${parent.amount}`);
    return measureSize(parent, ARM_NAMES, program, { machine, profile });
  });
  return {
    experiment: forkSize.name,
    seed: context.seed,
    machine: machine.name,
    profile: named.name,
    params: context.params,
    rows: results.map(rowOf),
    claims: answerClaims(claims, claimAnswers(results, profile)),
    counted: countedFigures(results),
    calibrated: {},
    predicted: predictedFigures(results, plain),
  };
}

const total = ({ call, end }: TimedSpawn): number => call.ns + end.ns;

function rowOf({ parent, spawns, later }: SizeResult): Record<string, Cell> {
  const { spent } = spawns[FORK]!.call;
  return {
    axis: parent.axis,
    amount: parent.amount,
    pages: (spent['fork.page'] ?? 0) + (spent['fork.huge-page'] ?? 0),
    tables: (spent['table.alloc'] ?? 0) - (spawns['vfork-exec']!.call.spent['table.alloc'] ?? 0),
    forkCall: toUs(spawns[FORK]!.call.ns),
    ...Object.fromEntries(ARM_NAMES.map((name) => [name, toUs(total(spawns[name]!))])),
    later: toUs(later.ns),
  };
}

function countedFigures(results: readonly SizeResult[]): Record<string, Figure> {
  const largest = largestOf(results, 'memory');
  return {
    'entries-copied': {
      value: largest.spawns[FORK]!.call.spent['fork.page']!,
      unit: 'entries',
      note: `by fork from a parent of ${largest.parent.amount} MiB in 4 KiB pages; every other mechanism copies none`,
    },
    'faults-later': {
      value: Object.values(largest.later.spent).reduce((sum, times) => sum + times, 0),
      unit: 'faults',
      note: 'in the same parent, when it rewrites its memory after the child has gone',
    },
  };
}

function largestOf(results: readonly SizeResult[], axis: SizeAxis): SizeResult {
  return results.filter(({ parent }) => parent.axis === axis).at(-1)!;
}

function predictedFigures(
  results: readonly SizeResult[],
  profile: CostProfile,
): Record<string, Figure> {
  const largest = largestOf(results, 'memory');
  const { [FORK]: forked, [SPAWN]: spawned } = largest.spawns;
  const times = (value: number, note: string): Figure => ({ value, unit: '×', note });
  const at = (one: TimedSpawn, seen: CostProfile) =>
    costOfAll(one.call.spent, seen) + costOfAll(one.end.spent, seen);
  const ends = (['low', 'high'] as const).map((end) => profileAt(profile, end));
  const threads = largestOf(results, 'threads');
  const alone = results.find(
    ({ parent }) => parent.axis === 'memory' && parent.amount === threads.parent.size.rssMib,
  );
  return {
    'fork-over-spawn': times(
      total(forked!) / total(spawned!),
      `${FORK} over ${SPAWN}, ${largest.parent.amount} MiB in 4 KiB pages`,
    ),
    'later-over-visible': times(
      largest.later.ns / total(forked!),
      'what the same parent pays in faults when it rewrites its memory, over the whole of fork, exec, exit and wait',
    ),
    'fork-band': {
      value: [toUs(at(forked!, ends[0]!)), toUs(at(forked!, ends[1]!))],
      unit: 'µs',
      note: `${FORK} at ${largest.parent.amount} MiB with every figure at its low and at its high end`,
    },
    'fork-scattered': {
      value: toUs(at(forked!, scatteredMost(profile))),
      unit: 'µs',
      note: 'the same with memory as scattered as after much rewriting: page terms 1.6 times',
    },
    'spawn-growth': times(
      total(spawned!) / total(results[0]!.spawns[SPAWN]!),
      `${SPAWN} at ${largest.parent.amount} MiB over the smallest parent`,
    ),
    ...(alone === undefined
      ? {}
      : {
          'idle-threads': times(
            total(threads.spawns[FORK]!) / total(alone.spawns[FORK]!),
            '15 idle threads over none, fork and exec. MODEL: nobody has to be interrupted for a thread that sleeps; 1.13 was measured',
          ),
        }),
  };
}

/** `memory.scatter` at its high end, whatever the profile was run with. */
function scatteredMost(profile: CostProfile): CostProfile {
  const { high } = profile.figures['memory.scatter']!;
  const figures = { ...profile.figures };
  figures['memory.scatter'] = { ...figures['memory.scatter']!, value: high };
  return withScatter({ ...profile, figures });
}

function plots(result: ExperimentResult): readonly Plot[] {
  const rows = result.rows as readonly Record<string, number | string>[];
  const along = (axis: SizeAxis, key: string) =>
    rows
      .filter((row) => row['axis'] === axis && Number(row['amount']) > 0)
      .map((row) => [Math.log2(Number(row['amount'])), Math.log10(Number(row[key]))] as const);
  const curves = (axis: SizeAxis, keys: readonly string[]) =>
    keys.map((key) => ({ name: key, points: along(axis, key) }));
  const shown = [FORK, 'vfork-exec', 'posix-spawn-2.36', SPAWN, 'kernel-spawn-2', 'pristine'];
  return [
    {
      title: 'A child of a parent that grows',
      x: { label: 'written memory, powers of two', unit: 'MiB' },
      y: { label: 'spawn, exec, exit and wait, powers of ten', unit: 'µs' },
      series: curves('memory', [...shown, 'later']),
      bands: [],
      note: 'Only fork grows. What the parent pays later, when it rewrites its memory, is more than what anybody times.',
    },
    {
      title: 'Descriptors that the child does not want',
      x: { label: 'open descriptors, powers of two', unit: '' },
      y: { label: 'spawn, exec, exit and wait, powers of ten', unit: 'µs' },
      series: curves('unwanted descriptors', shown),
      bands: [],
      note: 'The first action closes them. Most copy the whole table for that; kernel-spawn-2 and pristine never copy it.',
    },
  ];
}

/** The experiment. */
export const forkSize: Experiment = {
  name: 'fork-size',
  title: 'What a child costs as its parent grows, and what the parent pays later',
  claims,
  parameters: [
    {
      name: 'memoryMibMax',
      description: 'the largest parent',
      unit: 'MiB',
      default: 4096,
      bounds: { min: 1024, max: 65_536 },
      integer: true,
    },
    {
      name: 'program',
      description: 'what the child runs',
      unit: '',
      default: 'static',
      choices: ['static', 'dynamic'],
    },
    {
      name: 'scattered',
      description: 'page terms times memory.scatter, as for memory rewritten many times',
      unit: '',
      default: false,
    },
  ],
  machine: 'epyc-1s-24',
  profiles: profileNames,
  columns,
  seconds: 2,
  run,
  plots,
};
