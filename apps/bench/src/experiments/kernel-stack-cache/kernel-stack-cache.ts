// How many kernel stacks are freed on another node than their pages are on, from where the scheduler puts
// tasks and from the two stacks that each CPU keeps, and from nothing else.

import { preset } from '@forkless/topology';
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
import { runBuild, type BuildLoad } from './build-load.ts';
import type { StackCounts } from './stack-cache.ts';

const PATCH =
  'M. Guzik, "[PATCH] fork: stop ignoring NUMA while handling cached thread stacks", linux-kernel, 2025-11-17: 2 nodes of 12 CPUs, a kernel build';

/** Percent, as published. */
const MISMATCH = 30;
const KEPT = 65.2;

const claims: readonly PublishedClaim[] = [
  {
    id: 'mismatch-at-free',
    text: 'Of the stacks freed 21 492 had their pages on another node than the freeing CPU, 50 083 on the same.',
    source: PATCH,
    published: MISMATCH,
    unit: '%',
  },
  {
    id: 'kept-of-matching',
    text: 'Of those on the same node 65.2 % found a slot in the cache.',
    source: PATCH,
    published: KEPT,
    unit: '%',
  },
];

const columns: readonly Column[] = [
  { key: 'jobs', label: 'jobs at once', unit: '', kind: 'varied' },
  { key: 'rule', label: 'cached at free', unit: '', kind: 'varied' },
  { key: 'scheduler', label: 'scheduler', unit: '', kind: 'varied' },
  { key: 'freed', label: 'stacks freed', unit: '', kind: 'counted' },
  { key: 'mismatch', label: 'freed on another node', unit: '%', kind: 'predicted', digits: 1 },
  { key: 'kept', label: 'of the others cached', unit: '%', kind: 'predicted', digits: 1 },
  { key: 'reused', label: 'allocations from the cache', unit: '%', kind: 'predicted', digits: 1 },
  { key: 'remote', label: 'of these with remote pages', unit: '%', kind: 'predicted', digits: 1 },
];

interface Arm {
  readonly jobs: number;
  readonly scheduler: string;
  readonly changed: Partial<BuildLoad>;
}

function run(context: RunContext): ExperimentResult {
  const { params, seed } = context;
  const name = context.machine ?? kernelStackCache.machine;
  const machine = preset(name);
  const nodeOf = machine.cpus.map((cpu) =>
    machine.nodes.findIndex(({ node }) => node === machine.nodeOfCpu(cpu)),
  );
  const base: BuildLoad = {
    nodeOf,
    jobs: Number(params['jobs']),
    objectCount: Number(params['objects']),
    rules: { nodeImbalance: Number(params['nodeImbalance']), pullsAcross: true },
    stackRule: 'own node only',
    balancesExec: true,
    seed,
  };
  const arms = armsOf(base);
  const counts = arms.map((arm, at) => {
    context.progress(at, arms.length, `${arm.jobs} jobs, ${arm.scheduler}`);
    return runBuild({ ...base, jobs: arm.jobs, ...arm.changed });
  });
  return {
    experiment: kernelStackCache.name,
    seed,
    machine: name,
    profile: PROFILE,
    params,
    rows: arms.map((arm, at) => rowOf({ ...base, ...arm.changed }, arm, counts[at]!)),
    claims: answerClaims(claims, answers(arms, counts)),
    counted: countedFigures(counts[0]!),
    calibrated: {},
    predicted: predictedFigures(arms, counts),
  };
}

/** Nothing here is timed. */
const PROFILE = 'none';

function armsOf({ jobs, rules }: BuildLoad): readonly Arm[] {
  const as = (scheduler: string, changed: Partial<BuildLoad>, count = jobs): Arm => ({
    jobs: count,
    scheduler,
    changed,
  });
  const alone = { ...rules, pullsAcross: false };
  return [
    as('as it is', {}),
    as('as it is', { stackRule: 'any node' }),
    as('no balance at exec', { balancesExec: false }),
    as('no pull across nodes', { rules: alone }),
    as('neither', { balancesExec: false, rules: alone }),
    as('stays for 3 idle CPUs more', { rules: { ...rules, nodeImbalance: 3 } }),
    ...[1 / 4, 1 / 2, 4 / 3, 3 / 2, 2].map((share) => as('as it is', {}, Math.round(jobs * share))),
  ];
}

const percent = (part: number, whole: number): number => (whole === 0 ? 0 : (100 * part) / whole);
const mismatchOf = ({ matched, mismatched }: StackCounts): number =>
  percent(mismatched, matched + mismatched);

function rowOf({ stackRule }: BuildLoad, arm: Arm, counts: StackCounts): Record<string, Cell> {
  return {
    jobs: arm.jobs,
    rule: stackRule,
    scheduler: arm.scheduler,
    freed: counts.matched + counts.mismatched,
    mismatch: mismatchOf(counts),
    kept: percent(counts.matchedKept, counts.matched),
    reused: percent(counts.reused, counts.reused + counts.fresh),
    remote: percent(counts.reusedRemote, counts.reused),
  };
}

/** Points of a percentage within which a share is borne out. */
const TOLERANCE = 10;

/** Rows that differ in the number of jobs alone, which was not published. */
function overJobs(arms: readonly Arm[], counts: readonly StackCounts[]): readonly StackCounts[] {
  return counts.filter((_, at) => Object.keys(arms[at]!.changed).length === 0);
}

/**
 * The mismatch as a band over numbers of jobs; the share that was kept, where the mismatch is nearest to
 * the published one: the number of jobs is all that is chosen.
 */
function answers(
  arms: readonly Arm[],
  counts: readonly StackCounts[],
): Readonly<Record<string, ClaimAnswer>> {
  const like = overJobs(arms, counts);
  const shares = like.map(mismatchOf);
  const band = [Math.min(...shares), Math.max(...shares)] as const;
  const { matched, matchedKept } = nearest(like);
  const kept = percent(matchedKept, matched);
  return {
    'mismatch-at-free': {
      model: band,
      holds: band[0] <= MISMATCH && MISMATCH <= band[1],
      kind: 'predicted',
    },
    'kept-of-matching': {
      model: kept,
      holds: Math.abs(kept - KEPT) < TOLERANCE,
      kind: 'predicted',
    },
  };
}

function nearest(like: readonly StackCounts[]): StackCounts {
  const miss = (counts: StackCounts) => Math.abs(mismatchOf(counts) - MISMATCH);
  return like.reduce((best, one) => (miss(one) < miss(best) ? one : best));
}

function countedFigures({ matched, mismatched }: StackCounts): Record<string, Figure> {
  return {
    'stacks-matched': { value: matched, unit: 'stacks', note: 'freed on the node of their pages' },
    'stacks-mismatched': { value: mismatched, unit: 'stacks', note: 'freed on another node' },
  };
}

function predictedFigures(
  arms: readonly Arm[],
  counts: readonly StackCounts[],
): Record<string, Figure> {
  const shares = counts.map(mismatchOf);
  const stock = counts[1]!;
  const of = (scheduler: string) => shares[arms.findIndex((arm) => arm.scheduler === scheduler)]!;
  return {
    'mismatch-band': {
      value: [Math.min(...shares), Math.max(...shares)],
      unit: '%',
      note: 'over numbers of jobs and rules of the scheduler; nothing was fitted',
    },
    'mismatch-at-default': {
      value: shares[0]!,
      unit: '%',
      note: 'with as many jobs as the parameter says, by default one for each CPU of the machine',
    },
    'without-exec-balance': {
      value: of('no balance at exec'),
      unit: '%',
      note: 'freed on another node if exec did not look for an idler CPU once more',
    },
    'remote-stacks-in-stock': {
      value: percent(stock.reusedRemote, stock.reused),
      unit: '%',
      note: 'of the stacks that a cache hands out have remote pages while frees do not look at the node',
    },
  };
}

function plots(result: ExperimentResult): readonly Plot[] {
  const rows = result.rows
    .filter((row) => row['scheduler'] === 'as it is' && row['rule'] === 'own node only')
    .toSorted((a, b) => Number(a['jobs']) - Number(b['jobs']));
  const curve = (key: string) =>
    rows.map((row) => [Number(row['jobs']), Number(row[key])] as const);
  return [
    {
      title: 'Kernel stacks in a build on two nodes',
      x: { label: 'jobs at once', unit: '' },
      y: { label: 'share', unit: '%' },
      series: [
        { name: 'freed on another node', points: curve('mismatch') },
        { name: 'of the others cached', points: curve('kept') },
      ],
      bands: [
        { label: 'published mismatch', low: 30, high: 30 },
        { label: 'published kept', low: 65.2, high: 65.2 },
      ],
      note: 'A new task goes where it is idler and a stack comes from where its parent runs; that alone parts the two.',
    },
  ];
}

/** The experiment. */
export const kernelStackCache: Experiment = {
  name: 'kernel-stack-cache',
  title: 'Kernel stacks on the wrong node: what the scheduler alone makes of them',
  claims,
  parameters: [
    {
      name: 'jobs',
      description: 'jobs that make keeps running',
      unit: '',
      default: 24,
      bounds: { min: 1, max: 512 },
      integer: true,
    },
    {
      name: 'objects',
      description: 'objects that are built; each takes seven processes',
      unit: '',
      default: 2500,
      bounds: { min: 100, max: 100_000 },
      integer: true,
    },
    {
      name: 'nodeImbalance',
      description: 'idle CPUs the other node must have more before a new task goes there',
      unit: 'CPUs',
      default: 0,
      bounds: { min: 0, max: 64 },
      integer: true,
    },
  ],
  machine: 'xeon-2s-24',
  profiles: [PROFILE],
  columns,
  seconds: 1,
  run,
  plots,
};
