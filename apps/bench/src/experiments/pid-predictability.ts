// How well the next pid can be guessed, and how long until one is used again: the thread's worry about
// pids that no longer count up, for each allocator, as numbers.

import { DesignRegistry, FreeBsdIds, RESERVED_PIDS, type IdAllocator } from '@forkless/pid';
import { RandomStreams } from '@forkless/sim';
import { profileNames } from '../profiles.ts';
import { answerClaims, type ClaimAnswer } from './answer-claims.ts';
import type {
  Cell,
  Column,
  Experiment,
  ExperimentResult,
  PublishedClaim,
  RunContext,
} from './experiment.ts';

const claims: readonly PublishedClaim[] = [
  {
    id: 'no-longer-sequential',
    text: 'With ranges for CPUs pids are no longer sequential, which user space can see.',
    source: 'M. Guzik, linux-kernel, thread of 2025-11-23, second message',
    published: 'not sequential across CPUs',
    unit: '',
  },
  {
    id: 'reuse-is-postponed',
    text: 'As part of the policy the kernel postpones the reuse of pids: no free and alloc in a tiny range.',
    source: 'M. Guzik, linux-kernel, thread of 2025-11-23, third message',
    published: 'reuse postponed',
    unit: '',
  },
];

/** A freed id that comes back sooner than this many allocations counts as not postponed. */
const POSTPONED_MIN = 250;
const ALLOCATIONS = 100_000;
/** The widest draw of FreeBSD's kern.randompid when it is set to 1. @see sys/kern/kern_fork.c */
const FREEBSD_RANDOM = 1123;

/** What an observer sees of one allocator. */
interface Seen {
  /** Share of the ids that follow the one before, whoever took it, and on the same CPU; 0 to 1. */
  readonly next: number;
  readonly nextOnCpu: number;
  /** Allocations between giving an id back and its next use: the least, and half of all. */
  readonly reuseMin: number;
  readonly reuseMedian: number;
}

function observe(
  ids: IdAllocator<number>,
  { end, live, cpuCount, seed }: { end: number; live: number; cpuCount: number; seed: number },
): Seen {
  const random = new RandomStreams(seed, 2);
  const freedAt = new Map<number, number>();
  const lastOn = Array.from({ length: cpuCount }, () => -1);
  const delays: number[] = [];
  let [last, next, nextOnCpu] = [-1, 0, 0];
  const take = (turn: number): number => {
    const cpu = random.nextBelow(0, cpuCount);
    const id = ids.allocCyclic(RESERVED_PIDS, end, cpu) as number;
    ids.publish(id, 1);
    if (turn >= 0) {
      if (id === last + 1) next++;
      if (id === lastOn[cpu]! + 1) nextOnCpu++;
      const freed = freedAt.get(id);
      if (freed !== undefined) delays.push(turn - freed);
    }
    last = id;
    lastOn[cpu] = id;
    return id;
  };
  const held = Array.from({ length: live }, () => take(-1));
  for (let turn = 0; turn < ALLOCATIONS; turn++) {
    const at = random.nextBelow(1, live);
    ids.free(held[at]!);
    freedAt.set(held[at]!, turn);
    held[at] = take(turn);
  }
  delays.sort((a, b) => a - b);
  return {
    next: next / ALLOCATIONS,
    nextOnCpu: nextOnCpu / ALLOCATIONS,
    reuseMin: delays[0] ?? ALLOCATIONS,
    reuseMedian: delays[delays.length >> 1] ?? ALLOCATIONS,
  };
}

function run({ seed, params, profile = profileNames[0]!, progress }: RunContext): ExperimentResult {
  const end = Number(params['pidMax']);
  const live = Math.min(Number(params['live']), Math.floor((end - RESERVED_PIDS) / 2));
  const cpuCount = Number(params['cpus']);
  const options = { end, cpuCount };
  const designs = new DesignRegistry();
  const random = new RandomStreams(seed, 1);
  const made: [string, IdAllocator<number>][] = [
    ...designs.all.map(({ name, create }): [string, IdAllocator<number>] => [
      name,
      create(options),
    ]),
    [
      'freebsd, random',
      new FreeBsdIds<number>({
        ...options,
        randomPid: FREEBSD_RANDOM,
        random: () => random.nextUnit(0),
      }),
    ],
  ];
  const seen = made.map(([name, ids], at) => {
    progress(at, made.length, name);
    return [name, observe(ids, { end, live, cpuCount, seed })] as const;
  });
  return {
    experiment: pidPredictability.name,
    seed,
    machine: pidPredictability.machine,
    profile,
    params,
    rows: seen.map(([design, one]): Record<string, Cell> => ({
      design,
      next: Number((100 * one.next).toFixed(1)),
      nextOnCpu: Number((100 * one.nextOnCpu).toFixed(1)),
      reuseMin: one.reuseMin,
      reuseMedian: one.reuseMedian,
    })),
    claims: answerClaims(claims, answers(new Map(seen))),
    counted: {},
    calibrated: {},
    predicted: {},
  };
}

function answers(seen: ReadonlyMap<string, Seen>): Readonly<Record<string, ClaimAnswer>> {
  const [idr, ranges] = [seen.get('idr')!, seen.get('range-radix')!];
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const kind = 'counted';
  return {
    'no-longer-sequential': {
      model: `${percent(ranges.next)} of the pids follow the one before, with an IDR ${percent(idr.next)}; on one CPU ${percent(ranges.nextOnCpu)}`,
      holds: ranges.next < idr.next / 2,
      kind,
    },
    'reuse-is-postponed': {
      model: `at the least ${ranges.reuseMin} allocations, half of them more than ${ranges.reuseMedian}`,
      holds: ranges.reuseMin >= POSTPONED_MIN,
      kind,
    },
  };
}

const columns: readonly Column[] = [
  { key: 'design', label: 'allocator', unit: '', kind: 'varied' },
  { key: 'next', label: 'follows the one before', unit: '%', kind: 'counted', digits: 1 },
  { key: 'nextOnCpu', label: 'on the same CPU', unit: '%', kind: 'counted', digits: 1 },
  { key: 'reuseMin', label: 'used again after, least', unit: 'allocations', kind: 'counted' },
  { key: 'reuseMedian', label: 'half of all after', unit: 'allocations', kind: 'counted' },
];

/** The experiment. */
export const pidPredictability: Experiment = {
  name: 'pid-predictability',
  title: 'How well the next pid can be guessed, and how long until one is used again',
  claims,
  parameters: [
    {
      name: 'pidMax',
      description: 'pids are below this',
      unit: 'pids',
      default: 32_768,
      bounds: { min: 1000, max: 4_194_304 },
      integer: true,
    },
    {
      name: 'live',
      description: 'pids that are live; at most half of the space',
      unit: 'pids',
      default: 1000,
      bounds: { min: 1, max: 100_000 },
      integer: true,
    },
    {
      name: 'cpus',
      description: 'CPUs that fork in random turn',
      unit: 'CPUs',
      default: 20,
      bounds: { min: 1, max: 512 },
      integer: true,
    },
  ],
  machine: 'epyc-1s-24',
  profiles: profileNames,
  columns,
  seconds: 2,
  run,
  plots: ({ rows }) => [
    {
      title: 'Allocations until a pid is used again',
      x: { label: 'allocator (in the order of the table)', unit: '' },
      y: { label: 'allocations', unit: '' },
      series: [
        {
          name: 'least',
          points: rows.map((row, at) => [at + 1, Number(row['reuseMin'])] as const),
        },
        {
          name: 'half of all',
          points: rows.map((row, at) => [at + 1, Number(row['reuseMedian'])] as const),
        },
      ],
      bands: [],
      note: 'An id that comes back at once lets a signal reach a stranger; one that can be guessed lets a stranger wait for it.',
    },
  ],
};
