// One tool call of an agent from the runtime's request to the end of its wait, split by what the time goes
// into, for every way to make the first process: which proposal moves which part.

import type { CostProfile } from '@forkless/sim';
import { SLICES, slicesOf, type SlicedTime } from '@forkless/spawn';
import { profileOn, simulatedMachine, type SimulatedMachine } from '../../machine.ts';
import { profileNamed, profileNames } from '../../profiles.ts';
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
} from '../experiment.ts';
import { DYNAMIC_TOOL, SHELLS, type BenchProgram } from '../spawning/programs.ts';
import { sliceKey, sumOf } from '../spawning/slices.ts';
import { ARM_NAMES, armFor, TEMPLATE_ARM } from '../spawning/spawn-arms.ts';
import { profileAt, timeSpawn, toUs, type Stretch } from '../spawning/timing.ts';
import { buildWorld } from '../spawning/world.ts';

const FORK = 'fork-exec';
const SPAWN = 'posix-spawn-2.39';
const PRISTINE = 'pristine';
const RFC = 'M. Guzik, reply to the spawn_template RFC, linux-kernel, 2026-05-28';

const claims: readonly PublishedClaim[] = [
  {
    id: 'templates-two-percent',
    text: 'Spawn templates make repeated launches about 2 % faster.',
    source: '"Moving beyond fork() + exec()", summary of the RFC, 2026-06',
    published: 2,
    unit: '%',
  },
  {
    id: 'templates-shave-little',
    text: 'Most of the series shaves off a tiny amount of work.',
    source: RFC,
    published: 'a tiny amount',
    unit: '',
  },
  {
    id: 'the-win-is-the-mm',
    text: 'The primary win would stem from not messing with the mm.',
    source: RFC,
    published: 'primary',
    unit: '',
  },
];

const columns: readonly Column[] = [
  { key: 'mechanism', label: 'made by', unit: '', kind: 'varied' },
  ...SLICES.map((slice): Column => ({
    key: sliceKey(slice),
    label: slice,
    unit: 'µs',
    kind: 'predicted',
    digits: 1,
  })),
  { key: 'total', label: 'whole call', unit: 'µs', kind: 'predicted', digits: 1 },
  { key: 'saved', label: 'less than fork-exec', unit: '%', kind: 'predicted', digits: 1 },
];

interface Call {
  readonly name: string;
  readonly stretches: readonly Stretch[];
}

function run(context: RunContext): ExperimentResult {
  const machine = simulatedMachine(context.machine ?? toolCall.machine);
  const named = profileNamed(context.profile ?? toolCall.profiles[0]!);
  const profile = profileOn(machine, named);
  const calls = measureCalls(context, machine, profile);
  const sliced = new Map(calls.map(({ name, stretches }) => [name, slicesOf(stretches, profile)]));
  return {
    experiment: toolCall.name,
    seed: context.seed,
    machine: machine.name,
    profile: named.name,
    params: context.params,
    rows: calls.map(({ name }) => rowOf(name, sliced)),
    claims: answerClaims(claims, answers(sliced)),
    counted: countedFigures(calls),
    calibrated: {},
    predicted: predictedFigures(calls, sliced, profile),
  };
}

/** Every arm makes the shell, or the tool itself where there is no shell; the shell forks the rest. */
function measureCalls(
  context: RunContext,
  machine: SimulatedMachine,
  profile: CostProfile,
): readonly Call[] {
  const { params } = context;
  const size = {
    rssMib: Number(params['runtimeMib']),
    fds: Number(params['fds']),
    cloexec: true,
    threads: 8,
  };
  const runtime = buildWorld(machine.name, size);
  const shell = SHELLS[String(params['shell'])];
  const inner = shell === undefined ? [] : measureInner(machine, profile, params);
  const first: BenchProgram = shell ?? DYNAMIC_TOOL;
  // Fork is measured last: it leaves its trace in the runtime's memory.
  return ARM_NAMES.toReversed()
    .map((name, at): Call => {
      context.progress(at, ARM_NAMES.length, name);
      const { mechanism, close } = armFor(name, runtime.parent, first.path);
      const { call, end } = timeSpawn(runtime, mechanism, first, { machine, profile });
      close();
      return { name, stretches: [call, end, ...inner] };
    })
    .toReversed();
}

/** What the shell does itself: it forks for each command, whatever made the shell. */
function measureInner(
  machine: SimulatedMachine,
  profile: CostProfile,
  params: RunContext['params'],
): readonly Stretch[] {
  const world = buildWorld(machine.name, { rssMib: 1 });
  return Array.from({ length: Number(params['commands']) }).flatMap(() => {
    const { mechanism } = armFor(FORK, world.parent, DYNAMIC_TOOL.path);
    const { call, end } = timeSpawn(world, mechanism, DYNAMIC_TOOL, { machine, profile });
    return [call, end];
  });
}

type Sliced = ReadonlyMap<string, SlicedTime>;

const totalOf = (sliced: Sliced, name: string): number => sumOf(sliced.get(name)!);

function rowOf(name: string, sliced: Sliced): Record<string, Cell> {
  const slices = sliced.get(name)!;
  const total = sumOf(slices);
  return {
    mechanism: name,
    ...Object.fromEntries(SLICES.map((slice) => [sliceKey(slice), toUs(slices[slice])])),
    total: toUs(total),
    saved: 100 * (1 - total / totalOf(sliced, FORK)),
  };
}

function countedFigures(calls: readonly Call[]): Record<string, Figure> {
  return Object.fromEntries(
    [FORK, SPAWN, PRISTINE].map((name) => {
      const { stretches } = calls.find((one) => one.name === name)!;
      const entries = stretches.reduce((sum, { spent }) => sum + (spent['fork.page'] ?? 0), 0);
      const note = 'page-table entries copied in one call, those of the shell’s own forks included';
      return [
        `entries-copied-${name.replaceAll('.', '-')}`,
        { value: entries, unit: 'entries', note },
      ];
    }),
  );
}

function predictedFigures(
  calls: readonly Call[],
  sliced: Sliced,
  profile: CostProfile,
): Record<string, Figure> {
  const percent = (value: number, note: string): Figure => ({ value, unit: '%', note });
  const spawned = sliced.get(SPAWN)!;
  const untouched = spawned['shell start'] + spawned['dynamic linking'] + spawned.exec;
  const gains = (['low', 'high'] as const).map((end) => {
    const seen = profileAt(profile, end);
    const of = (name: string) =>
      sumOf(slicesOf(calls.find((one) => one.name === name)!.stretches, seen));
    return 100 * (of(SPAWN) / of(TEMPLATE_ARM) - 1);
  });
  return {
    'out-of-reach': percent(
      (100 * untouched) / sumOf(spawned),
      `of a call made by ${SPAWN} is shell, linking and exec, which no way to make a process changes`,
    ),
    'pid-share': percent(
      (100 * spawned.pid) / sumOf(spawned),
      'of the same call is pids; contention for them is the business of other experiments',
    ),
    'template-gain': {
      value: [Math.min(...gains), Math.max(...gains)],
      unit: '%',
      note: `throughput of a template over ${SPAWN}, with every figure at its low and at its high end`,
    },
    'pristine-gain': percent(
      100 * (totalOf(sliced, SPAWN) / totalOf(sliced, PRISTINE) - 1),
      `throughput of a pristine child over ${SPAWN} on one node, where placement does not matter`,
    ),
  };
}

function answers(sliced: Sliced): Readonly<Record<string, ClaimAnswer>> {
  const gain = 100 * (totalOf(sliced, SPAWN) / totalOf(sliced, TEMPLATE_ARM) - 1);
  const all = totalOf(sliced, FORK) - totalOf(sliced, PRISTINE);
  const memory = 'memory copy and teardown';
  const ofMemory = (sliced.get(FORK)![memory] - sliced.get(PRISTINE)![memory]) / all;
  const kind = 'predicted';
  return {
    'templates-two-percent': { model: gain, holds: gain >= 1, kind },
    'templates-shave-little': {
      model: `${gain.toFixed(2)} % over ${SPAWN}`,
      holds: gain < 2,
      kind,
    },
    'the-win-is-the-mm': {
      model: `${Math.round(100 * ofMemory)} % of what a pristine child saves over fork`,
      holds: ofMemory > 0.5,
      kind,
    },
  };
}

function plots(result: ExperimentResult): readonly Plot[] {
  const stacked = (at: number, row: Readonly<Record<string, Cell>>) =>
    SLICES.slice(0, at + 1).reduce((sum, slice) => sum + Number(row[sliceKey(slice)]), 0);
  return [
    {
      title: 'One tool call, stacked',
      x: { label: result.rows.map((row, at) => `${at} ${row['mechanism']}`).join(', '), unit: '' },
      y: { label: 'time up to and with this part', unit: 'µs' },
      series: SLICES.map((slice, at) => ({
        name: slice,
        points: result.rows.map((row, index) => [index, stacked(at, row)] as const),
      })),
      bands: [],
      note: 'Shell, linking and exec are the same in every row. Only the copy of the runtime’s memory moves visibly, and only fork has it.',
    },
  ];
}

/** The experiment. */
export const toolCall: Experiment = {
  name: 'tool-call',
  title: 'One tool call of an agent, and which proposal moves which part of it',
  claims,
  parameters: [
    {
      name: 'runtimeMib',
      description: 'written memory of the runtime',
      unit: 'MiB',
      default: 300,
      bounds: { min: 1, max: 16_384 },
      integer: true,
    },
    {
      name: 'fds',
      description: 'descriptors of the runtime, closed on exec',
      unit: '',
      default: 64,
      bounds: { min: 0, max: 100_000 },
      integer: true,
    },
    {
      name: 'shell',
      description: 'what the tool is started by; no startup files',
      unit: '',
      default: 'dash',
      choices: ['none', 'dash', 'bash'],
    },
    {
      name: 'commands',
      description: 'commands that the shell forks for',
      unit: '',
      default: 1,
      bounds: { min: 0, max: 64 },
      integer: true,
    },
  ],
  machine: 'epyc-1s-24',
  profiles: profileNames,
  columns,
  seconds: 1,
  run,
  plots,
};
