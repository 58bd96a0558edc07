// A parent on one node makes a child that is to run on another: what of the child is then on the wrong
// node, for every rung of node awareness and for both places where the work can be done.

import { ConfigError } from '@forkless/errors';
import { NODE_AWARENESS, type NodeAwareness } from '@forkless/spawn';
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
import {
  isAwareToday,
  misplacedBy,
  objectsOf,
  programPagesFar,
  type Executor,
  type Misplaced,
  type SpawnKind,
} from './placed-spawn.ts';

const GUZIK = 'M. Guzik in the spawn_template thread, linux-kernel, 2026-06-10';
const ERICSON = 'J. Ericson, reply to M. Guzik, linux-kernel, 2026-06';

const claims: readonly PublishedClaim[] = [
  {
    id: 'parent-work-is-remote',
    text: 'What the parent allocates for a child of another node is backed by the parent’s node, which guarantees interconnect traffic.',
    source: GUZIK,
    published: 'guaranteed loss',
    unit: '',
  },
  {
    id: 'child-work-is-local',
    text: 'Even a child that is placed later has a better chance of full locality if it does all the work.',
    source: GUZIK,
    published: 'better',
    unit: '',
  },
  {
    id: 'slow-migration-works',
    text: 'Allocations can be made to follow the node of the target one after the other, with a gain at each step.',
    source: ERICSON,
    published: 'a gain at each step',
    unit: '',
  },
  {
    id: 'program-pages-are-right',
    text: 'The pages of the program are only read once it runs, and are then on the right node, whoever looked it up.',
    source: ERICSON,
    published: 'right node',
    unit: '',
  },
  {
    id: 'probes-may-stay',
    text: 'The search through PATH does no harm on the node of the shell: only the last step concerns the child.',
    source: ERICSON,
    published: 'no harm',
    unit: '',
  },
];

const columns: readonly Column[] = [
  { key: 'cache', label: 'file cache', unit: '', kind: 'varied' },
  { key: 'executor', label: 'work done by', unit: '', kind: 'varied' },
  { key: 'level', label: 'aware', unit: '', kind: 'varied' },
  { key: 'objects', label: 'misplaced', unit: 'objects', kind: 'counted' },
  { key: 'bytes', label: 'of', unit: 'bytes', kind: 'counted' },
  { key: 'lines', label: 'lines the child keeps', unit: 'lines', kind: 'counted' },
  { key: 'programPages', label: 'pages of the program far away', unit: 'pages', kind: 'counted' },
  {
    key: 'lostUs',
    label: 'lost when each is fetched once',
    unit: 'µs',
    kind: 'predicted',
    digits: 2,
  },
];

/** Latencies from the parent's node and the child's to the parent's, in ns. */
interface Latencies {
  readonly nearNs: number;
  readonly farNs: number;
}

function run(context: RunContext): ExperimentResult {
  const { params, seed } = context;
  const name = context.machine ?? numaPlacement.machine;
  const latencies = latenciesOf(name);
  const programPages = Number(params['programPages']);
  const kindOf = (cache: Cache): SpawnKind => ({
    machine: name,
    fds: Number(params['fds']),
    opened: Number(params['opened']),
    probes: Number(params['probes']),
    isCold: cache === 'cold',
  });
  const rungs = CACHES.flatMap((cache) =>
    EXECUTORS.flatMap((executor) =>
      NODE_AWARENESS.map((awareness): Rung => {
        const [kind, placement] = [kindOf(cache), { awareness, executor }];
        const misplaced = misplacedBy(kind, placement);
        const programFar = programPagesFar(kind, placement, programPages);
        return { cache, executor, awareness, misplaced, programFar };
      }),
    ),
  );
  const cold = kindOf('cold');
  return {
    experiment: numaPlacement.name,
    seed,
    machine: name,
    profile: PROFILE,
    params,
    rows: rungs.map((rung) => rowOf(rung, latencies)),
    claims: answerClaims(claims, answers(rungs, cold)),
    counted: countedFigures(cold),
    calibrated: {},
    predicted: predictedFigures(at(rungs, 'L0', 'parent'), latencies, Number(params['childMib'])),
  };
}

const CACHES = ['cold', 'warm'] as const;
const EXECUTORS = ['parent', 'child'] as const;

type Cache = (typeof CACHES)[number];

/** A row as it was counted. */
interface Rung {
  readonly cache: Cache;
  readonly executor: Executor;
  readonly awareness: NodeAwareness;
  readonly misplaced: Misplaced;
  /** Pages of the program on another node than the child's. */
  readonly programFar: number;
}

/** Latencies are the machine's, with their provenance there. */
const PROFILE = 'preset';

function latenciesOf(name: string): Latencies {
  const machine = preset(name);
  const { values } = machine.latencies;
  const [nearNs, farNs] = [values[0]!, values[machine.nodes.length]!];
  if (machine.nodes.length > 1 && Number.isFinite(nearNs + farNs)) return { nearNs, farNs };
  throw new ConfigError(
    `numa-placement on machine "${name}": expected two nodes whose latencies are known`,
  );
}

const lostUs = (lines: number, { nearNs, farNs }: Latencies): number =>
  (lines * (farNs - nearNs)) / 1000;

const LINES_PER_PAGE = 64;

function rowOf(
  { cache, executor, awareness, misplaced, programFar }: Rung,
  latencies: Latencies,
): Record<string, Cell> {
  const { objects, bytes, lines } = misplaced;
  return {
    cache,
    executor,
    level: awareness,
    objects,
    bytes,
    lines,
    programPages: programFar,
    lostUs: lostUs(lines + programFar * LINES_PER_PAGE, latencies),
  };
}

/** What was counted on a rung with a cold cache. */
function at(rungs: readonly Rung[], awareness: NodeAwareness, executor: Executor): Misplaced {
  const is = (one: Rung) =>
    one.cache === 'cold' && one.awareness === awareness && one.executor === executor;
  return rungs.find(is)!.misplaced;
}

function countedFigures(kind: SpawnKind): Record<string, Figure> {
  const bytes = (value: number, note: string): Figure => ({ value, unit: 'bytes', note });
  const made = objectsOf(kind, { awareness: 'L0', executor: 'child' });
  const task = made.filter(({ phase, kind: what }) => phase === 'clone' && what !== STACK);
  const stack = made.filter(({ kind: what }) => what === STACK);
  return {
    'task-objects': {
      value: task.reduce((sum, { left }) => sum + left, 0),
      unit: 'objects',
      note: 'that a vfork takes from slab caches before anybody knows where the child will run',
    },
    'task-bytes': bytes(bytesOf(task), 'of these objects, the stack not among them'),
    'stack-bytes': bytes(bytesOf(stack), 'of the kernel stack, unless a CPU has one left'),
    'aware-today': bytes(
      bytesOf(made.filter(isAwareToday)),
      'that the node argument of copy_process would place, which no fork uses',
    ),
  };
}

const STACK = 'thread_stack';

const bytesOf = (rows: ReturnType<typeof objectsOf>): number =>
  rows.reduce((sum, { left, bytes }) => sum + left * bytes, 0);

function predictedFigures(
  { lines }: Misplaced,
  latencies: Latencies,
  childMib: number,
): Record<string, Figure> {
  const us = (value: number, note: string): Figure => ({ value, unit: 'µs', note });
  const pages = (childMib * 1024 * 1024) / 4096;
  return {
    'lost-band': {
      value: [lostUs(lines / 4, latencies), lostUs(lines * 4, latencies)],
      unit: 'µs',
      note: 'a child whose parent did all the work, if it fetches a quarter of the lines once, and all of them four times',
    },
    'lost-at-twice-the-latency': us(
      lostUs(lines, { ...latencies, farNs: 2 * latencies.nearNs }),
      'the same once, on a machine whose other node is twice as far',
    ),
    'migrated-later': us(
      lostUs(lines + pages * LINES_PER_PAGE, latencies),
      `a child placed nowhere that moves to the other node with ${childMib} MiB written: all of it is behind, whoever made it`,
    ),
    'far-over-near': {
      value: latencies.farNs / latencies.nearNs,
      unit: '×',
      note: 'latency of the other node over that of the own; no machine of two nodes was measured here',
    },
  };
}

function answers(rungs: readonly Rung[], cold: SpawnKind): Readonly<Record<string, ClaimAnswer>> {
  const bytes = (executor: Executor) =>
    NODE_AWARENESS.map((awareness) => at(rungs, awareness, executor).bytes);
  const [parent, child] = [bytes('parent'), bytes('child')];
  const steps = parent.slice(1).map((left, index) => parent[index]! - left);
  const { misses, lines } = probesApart(cold);
  const far = (cache: Cache): readonly [least: number, most: number] => {
    const pages = rungs.filter((one) => one.cache === cache).map(({ programFar }) => programFar);
    return [Math.min(...pages), Math.max(...pages)];
  };
  return {
    'parent-work-is-remote': {
      model: `${parent[0]} bytes in ${at(rungs, 'L0', 'parent').lines} lines that the child keeps`,
      holds: parent[0]! > 0,
      kind: 'counted',
    },
    'child-work-is-local': {
      model: `${child[0]} instead of ${parent[0]} bytes misplaced; ${child[2]} with task and parts placed`,
      holds: child[0]! < parent[0]! && child[2] === 0,
      kind: 'counted',
    },
    'slow-migration-works': {
      model: `${steps.join(', ')} bytes less from L0 to L4`,
      holds: steps.every((gain) => gain > 0) && parent.at(-1) === 0,
      kind: 'counted',
    },
    'program-pages-are-right': {
      model: `${far('cold').join(' – ')} pages far away if nobody had read them, ${far('warm').join(' – ')} if the parent's node had`,
      holds: far('cold')[1] === 0,
      kind: 'counted',
    },
    'probes-may-stay': {
      model: `${misses} dentries on the parent's node, ${lines} lines of the child's`,
      holds: lines === 0,
      kind: 'counted',
    },
  };
}

/**
 * A shell that probes the directories itself and leaves the last step to a placed child: the misses it
 * keeps, and the lines of the child that are then on its node.
 */
function probesApart(kind: SpawnKind): { readonly misses: number; readonly lines: number } {
  const placement = { awareness: 'L2', executor: 'child' } as const;
  const dentries = (probes: number) =>
    objectsOf({ ...kind, probes }, placement)
      .filter((row) => row.kind === 'dentry')
      .reduce((sum, { left }) => sum + left, 0);
  const { lines } = misplacedBy({ ...kind, probes: 0 }, placement);
  return { misses: dentries(kind.probes) - dentries(0), lines };
}

function plots(result: ExperimentResult): readonly Plot[] {
  const curve = (cache: string, executor: string) => ({
    name: `${executor} does the work, ${cache} cache`,
    points: result.rows
      .filter((row) => row['cache'] === cache && row['executor'] === executor)
      .map((row, level) => [level, Number(row['bytes'])] as const),
  });
  return [
    {
      title: 'Bytes on the wrong node, by rung of node awareness',
      x: { label: 'L0 none, L1 task and stack, L2 its parts, L3 its memory, L4 lookup', unit: '' },
      y: { label: 'misplaced', unit: 'bytes' },
      series: ['cold', 'warm'].flatMap((cache) =>
        ['parent', 'child'].map((executor) => curve(cache, executor)),
      ),
      bands: [],
      note: 'A child that does its own work needs only the first two rungs. A parent that does it needs all four.',
    },
  ];
}

/** The experiment. */
export const numaPlacement: Experiment = {
  name: 'numa-placement',
  title: 'A child for another node: what is left behind, by who does the work and how aware it is',
  claims,
  parameters: [
    {
      name: 'opened',
      description: 'files that actions open',
      unit: '',
      default: 3,
      bounds: { min: 0, max: 256 },
      integer: true,
    },
    {
      name: 'probes',
      description: 'directories of PATH in which the program is not',
      unit: '',
      default: 4,
      bounds: { min: 0, max: 64 },
      integer: true,
    },
    {
      name: 'fds',
      description: 'open descriptors of the parent',
      unit: '',
      default: 16,
      bounds: { min: 0, max: 10_000 },
      integer: true,
    },
    {
      name: 'programPages',
      description: 'cached pages that the program touches',
      unit: 'pages',
      default: 120,
      bounds: { min: 1, max: 1_000_000 },
      integer: true,
    },
    {
      name: 'childMib',
      description: 'memory that a child has written when it is moved',
      unit: 'MiB',
      default: 16,
      bounds: { min: 1, max: 65_536 },
      integer: true,
    },
  ],
  machine: 'epyc-2s-nps1',
  profiles: [PROFILE],
  columns,
  seconds: 1,
  run,
  plots,
};
