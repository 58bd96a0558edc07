// What each level of nested namespaces costs: lock trips counted on the paths, and the throughput of a
// fixed number of CPUs that make and end threads at that depth.

import { PIDMAP_LOCK, type PidNamespace, type PidNamespaces } from '@forkless/pid';
import {
  compile,
  compileForever,
  done,
  execute,
  path,
  PS_PER_SECOND,
  Simulation,
  wait,
  type CostProfile,
} from '@forkless/sim';
import { profileNames } from '../profiles.ts';
import { simulatedMachine, type SimulatedMachine } from '../machine.ts';
import { ALLOCATOR_ARMS, pidsOf, type AllocatorArm } from './allocators/allocator-arms.ts';
import { fittedProfile } from './allocators/fitted-profile.ts';
import { answerClaims, type ClaimAnswer } from './answer-claims.ts';
import type {
  Cell,
  Column,
  Experiment,
  ExperimentResult,
  PublishedClaim,
  RunContext,
} from './experiment.ts';

const LEVELS = [0, 1, 2, 4, 8, 16, 31] as const;
const KEYS = ['idr618', 'idr70', 'idrPerNamespace', 'rangeRadix'];
const ARMS = KEYS.map((key) => ALLOCATOR_ARMS.find((arm) => arm.key === key)!);
const PS_PER_MS = 1e9;

const claims: readonly PublishedClaim[] = [
  {
    id: 'relocks-every-level',
    text: 'The stock code takes pidmap_lock again for every one of up to 32 levels of namespaces.',
    source: 'M. Guzik, linux-kernel, thread of 2025-11-23, third message',
    published: 32,
    unit: 'trips for 32 levels, publishing apart',
  },
  {
    id: 'one-lock-for-all-levels',
    text: 'With a lock a CPU, an allocation gets away with one lock acquire for all its namespaces.',
    source: 'M. Guzik, linux-kernel, thread of 2025-11-23, third message',
    published: 1,
    unit: 'trips',
  },
];

/** A namespace at `level`, each above it with its init. */
function nest(pids: PidNamespaces, level: number): PidNamespace {
  let namespace = pids.initial;
  pids.alloc({ namespace });
  for (let at = 0; at < level; at++) {
    namespace = pids.createNamespace(namespace) as PidNamespace;
    pids.alloc({ namespace });
  }
  pids.alloc({ namespace });
  return namespace;
}

/** Trips through the pid locks to allocate at a level, and to free. */
function tripsAt(arm: AllocatorArm, level: number): { alloc: number; free: number } {
  const pids = pidsOf(arm, 1);
  const call = pids.call({ namespace: nest(pids, level) });
  const count = (one: ReturnType<PidNamespaces['allocPath']>) =>
    execute(compile(one), call).lockTrips[PIDMAP_LOCK] ?? 0;
  return { alloc: count(pids.allocPath(level)), free: count(pids.freePath(level)) };
}

/** What is the same for every allocator and level. */
interface World {
  readonly machine: SimulatedMachine;
  readonly profile: CostProfile;
  readonly cpuCount: number;
  readonly measuredPs: number;
  readonly seed: number;
}

/** Pids made and freed a second by all CPUs, each in the same namespace at `level`. */
function pairsPerSecond(arm: AllocatorArm, level: number, world: World): number {
  const { machine, profile, cpuCount, measuredPs, seed } = world;
  const pids = pidsOf(arm, cpuCount);
  const namespace = nest(pids, level);
  const simulation = new Simulation({
    cpuCount,
    program: compileForever(
      path(
        'pair',
        wait('clone, less its pid', 'thread.create', 'uniform'),
        pids.allocPath(level),
        wait('run and exit, less its pid', 'thread.exit', 'uniform'),
        pids.freePath(level),
        done('pair'),
      ),
    ),
    state: () => pids.call({ namespace }),
    profile,
    distances: machine.distances,
    nodeOf: machine.nodeOf,
    locks: pids.locks,
    seed,
  });
  simulation.run({ untilPs: measuredPs });
  return Math.round(simulation.doneCount / (measuredPs / PS_PER_SECOND));
}

function run(context: RunContext): ExperimentResult {
  const { seed, params, progress } = context;
  const machine = simulatedMachine(context.machine ?? namespaceDepth.machine);
  const name = context.profile ?? profileNames[0]!;
  const fitted = fittedProfile(name, seed);
  const profile = fitted.on(machine);
  const cpuCount = Math.min(machine.cpuCount, Number(params['cpus']));
  const measuredPs = Number(params['measuredMs']) * PS_PER_MS;
  const world = { machine, profile, cpuCount, measuredPs, seed };
  const rows = LEVELS.map((level, at): Record<string, Cell> => {
    progress(at, LEVELS.length, `level ${level}`);
    return {
      level,
      ...Object.fromEntries(
        ARMS.flatMap((arm) => {
          const { alloc, free } = tripsAt(arm, level);
          return [
            [`${arm.key}Trips`, alloc + free],
            [arm.key, pairsPerSecond(arm, level, world)],
          ];
        }),
      ),
    };
  });
  return {
    experiment: namespaceDepth.name,
    seed,
    machine: machine.name,
    profile: name,
    params,
    rows,
    claims: answerClaims(claims, answers()),
    counted: {},
    calibrated: fitted.calibrated,
    predicted: Object.fromEntries(
      ARMS.map((arm) => [
        `kept-at-depth-${arm.key}`,
        {
          value: Number((Number(rows.at(-1)![arm.key]) / Number(rows[0]![arm.key])).toFixed(3)),
          unit: '× level 0',
          note: `${arm.label}: throughput left at level ${LEVELS.at(-1)!}, ${cpuCount} CPUs`,
        },
      ]),
    ),
  };
}

function answers(): Readonly<Record<string, ClaimAnswer>> {
  const deepest = LEVELS.at(-1)!;
  const stock = tripsAt(ARMS[0]!, deepest).alloc - 1;
  const ranges = tripsAt(ARMS.at(-1)!, deepest).alloc;
  return {
    'relocks-every-level': { model: stock, holds: stock === deepest + 1, kind: 'counted' },
    'one-lock-for-all-levels': { model: ranges, holds: ranges === 1, kind: 'counted' },
  };
}

const columns: readonly Column[] = [
  { key: 'level', label: 'level', unit: '', kind: 'varied' },
  ...ARMS.flatMap(({ key, label }): Column[] => [
    { key: `${key}Trips`, label: `${label}, trips`, unit: 'a pair', kind: 'counted' },
    { key, label, unit: 'pairs/s', kind: 'predicted' },
  ]),
];

/** The experiment. */
export const namespaceDepth: Experiment = {
  name: 'namespace-depth',
  title: 'What each level of nested pid namespaces costs',
  claims,
  parameters: [
    {
      name: 'cpus',
      description: 'CPUs that make and end threads',
      unit: 'CPUs',
      default: 20,
      bounds: { min: 1, max: 384 },
      integer: true,
    },
    {
      name: 'measuredMs',
      description: 'how long each point is measured, in simulated time',
      unit: 'ms',
      default: 1,
      bounds: { min: 0.1, max: 100 },
    },
  ],
  machine: 'epyc-1s-24',
  profiles: profileNames,
  columns,
  seconds: 15,
  run,
  plots: ({ rows }) => [
    {
      title: 'Throughput over the depth of the namespace',
      x: { label: 'level', unit: '' },
      y: { label: 'throughput', unit: 'pairs/s' },
      series: ARMS.map(({ key, label }) => ({
        name: label,
        points: rows.map((row) => [Number(row['level']), Number(row[key])] as const),
      })),
      bands: [],
      note: 'Every level adds an id to take, to publish and to remove; what differs is how often a lock changes hands for it.',
    },
  ],
};
