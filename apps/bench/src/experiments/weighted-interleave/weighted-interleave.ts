// The experiment of the mempolicy2 proposal: what weights are worth where bandwidth bounds a program, which
// weights a machine wants, and where weights do not help.
import { ConfigError } from '@forkless/errors';
import { preset, type Machine } from '@forkless/topology';
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
import { placePages } from './placed-pages.ts';
import { bestWeights, meanLatency, throughput, type SeenNode, type Weights } from './throughput.ts';
import { judgeHomes, weightHomes, type HomeVerdict } from './weight-homes.ts';

const SOURCE =
  'G. Price, summary RFC of mempolicy extensions (mempolicy2, weighted interleave), linux-mm, about 2023-12-01';

/** The nodes of the proposal: 100 and 50 GB/s. It names no latencies. */
const PAIR: readonly SeenNode[] = [
  { node: 0, gigabytesPerSecond: 100, latencyNs: 100 },
  { node: 1, gigabytesPerSecond: 50, latencyNs: 200 },
];
/** Weights of the slower node stay 1. */
const PAIR_RATIOS = [1, 2, 3, 4, 6, 8] as const;

const claims: readonly PublishedClaim[] = [
  {
    id: 'one-to-one-is-sub-optimal',
    text: 'Where node 0 gives 100 GB/s and node 1 gives 50 GB/s, 1:1 interleave is a sub-optimal distribution.',
    source: SOURCE,
    published: 'sub-optimal',
    unit: '',
  },
  {
    id: 'two-to-one-matches',
    text: 'Weights of 2:1 match the bandwidth distribution (100:50) and are closer to the optimal distribution.',
    source: SOURCE,
    published: 150,
    unit: 'GB/s',
  },
  {
    id: 'weight-one-is-interleave',
    text: 'With the default weight of 1 for every node, weighted interleave behaves as MPOL_INTERLEAVE.',
    source: SOURCE,
    published: 'the same',
    unit: '',
  },
];

const columns: readonly Column[] = [
  { key: 'nodes', label: 'nodes', unit: '', kind: 'varied' },
  { key: 'weights', label: 'weights', unit: '', kind: 'varied' },
  { key: 'closedForm', label: 'closed form', unit: 'GB/s', kind: 'predicted', digits: 1 },
  { key: 'placed', label: 'from placed pages', unit: 'GB/s', kind: 'predicted', digits: 1 },
  { key: 'nearShare', label: 'pages on the first node', unit: '%', kind: 'counted', digits: 1 },
  { key: 'latency', label: 'mean latency', unit: 'ns', kind: 'predicted', digits: 0 },
];

interface Row extends Readonly<Record<string, Cell>> {
  readonly weights: string;
  readonly closedForm: number;
  readonly placed: number;
  readonly latency: number;
}

function run(context: RunContext): ExperimentResult {
  const name = context.machine ?? weightedInterleave.machine;
  const machine = preset(name);
  const views = viewsOf(machine);
  const pageCount = Number(context.params['pages']);
  const weightMax = Number(context.params['weightMax']);
  const home = String(context.params['weightHome']);
  const near = views[0]!;
  const best = bestWeights(near, weightMax);
  const candidates: readonly (readonly [label: string, weights: Weights])[] = [
    ['nearest node alone', near.map((_, i) => Number(i === 0))],
    ['1:1', near.map(() => 1)],
    ['best', best],
  ];
  const all = PAIR_RATIOS.length + candidates.length;
  let done = 0;
  const measured = (label: string, nodes: readonly SeenNode[], weights: Weights): Row => {
    context.progress(done++, all, label);
    return rowOf(label, nodes, weights, pageCount);
  };
  const pair = PAIR_RATIOS.map((ratio) => measured('100 + 50 GB/s', PAIR, [ratio, 1]));
  const seen = candidates.map(([label, weights]) => measured(`${name}: ${label}`, near, weights));
  const verdicts = judgeHomes(views, weightMax);
  return {
    experiment: weightedInterleave.name,
    seed: context.seed,
    machine: name,
    profile: PROFILE,
    params: context.params,
    rows: [...pair, ...seen],
    claims: answerClaims(claims, answers(pair)),
    counted: {
      'weights-best': {
        value: best.reduce((sum, weight) => sum + weight, 0),
        unit: 'pages a round',
        note: `weights ${best.join(':')} of nodes ${near.map(({ node }) => node).join(', ')}, up to ${weightMax}, as seen from node ${near[0]!.node}`,
      },
    },
    calibrated: {},
    predicted: { ...gains(seen), ...homeFigures(verdicts, home) },
  };
}

/** Bandwidth and latency of the machine are its preset's, with their provenance there. */
const PROFILE = 'preset';

/** The nodes as each group of CPUs sees them, the nearest first in the view of the first group. */
function viewsOf(machine: Machine): readonly (readonly SeenNode[])[] {
  const width = machine.nodes.length;
  const views = machine.nodes.flatMap(({ cpus }, from) => {
    if (cpus.isEmpty()) return [];
    return [
      machine.nodes.map(({ node }, to) => ({
        node,
        gigabytesPerSecond: machine.bandwidths.values[from * width + to]! / 1000,
        latencyNs: machine.latencies.values[from * width + to]!,
      })),
    ];
  });
  const isKnown = views
    .flat()
    .every(({ gigabytesPerSecond, latencyNs }) => Number.isFinite(gigabytesPerSecond + latencyNs));
  if (width > 1 && views.length > 0 && isKnown) return views;
  throw new ConfigError(
    `weighted-interleave on machine "${machine.name}": expected several nodes whose bandwidth and latency are known`,
  );
}

function rowOf(
  label: string,
  nodes: readonly SeenNode[],
  weights: Weights,
  pageCount: number,
): Row {
  const pages = placePages(nodes, weights, pageCount);
  return {
    nodes: label,
    weights: weights.join(':'),
    closedForm: throughput(nodes, weights),
    placed: throughput(nodes, pages),
    nearShare: (100 * pages[0]!) / pageCount,
    latency: meanLatency(nodes, pages),
  };
}

function answers(pair: readonly Row[]): Readonly<Record<string, ClaimAnswer>> {
  const [even, double] = pair as [Row, Row];
  const best = Math.max(...pair.map(({ closedForm }) => closedForm));
  return {
    'one-to-one-is-sub-optimal': {
      model: `${even.closedForm.toFixed(0)} of ${best.toFixed(0)} GB/s`,
      holds: even.closedForm < best,
      kind: 'predicted',
    },
    'two-to-one-matches': {
      model: double.closedForm,
      holds: double.closedForm === best && Math.abs(double.placed / best - 1) < 0.01,
      kind: 'predicted',
    },
    'weight-one-is-interleave': {
      model: `${Number(even['nearShare']).toFixed(1)} % of the pages on each of two nodes`,
      holds: even['nearShare'] === 50,
      kind: 'counted',
    },
  };
}

/** What the best weights give a program that bandwidth bounds, and cost one that latency bounds. */
function gains(seen: readonly Row[]): Record<string, Figure> {
  const [alone, even, best] = seen as [Row, Row, Row];
  const times = (value: number, note: string): Figure => ({ value, unit: '×', note });
  return {
    'streaming-over-one-node': times(
      best.placed / alone.placed,
      `throughput with weights ${best.weights} over the nearest node alone`,
    ),
    'streaming-over-interleave': times(
      best.placed / even.placed,
      `throughput with weights ${best.weights} over 1:1`,
    ),
    'pointer-chase-over-one-node': times(
      best.latency / alone.latency,
      'time of a chain of dependent loads with the same weights over the nearest node alone: no use for weights here',
    ),
  };
}

function homeFigures(verdicts: readonly HomeVerdict[], chosen: string): Record<string, Figure> {
  const what =
    'kept of the best by two streaming and two pointer-chasing tasks in two containers on each group of CPUs';
  return Object.fromEntries(
    verdicts.map(({ home, kept, lacks }) => [
      `kept-with-weights-in-${home}`,
      {
        value: Math.round(1000 * kept) / 10,
        unit: '%',
        note: `${home === chosen ? 'chosen: ' : ''}${what}; cannot express: ${lacks}`,
      },
    ]),
  );
}

function plots(result: ExperimentResult): readonly Plot[] {
  const rows = result.rows as readonly Row[];
  const pair = rows.slice(0, PAIR_RATIOS.length);
  const seen = rows.slice(PAIR_RATIOS.length);
  const over = (key: 'closedForm' | 'placed') =>
    pair.map((row, i) => [PAIR_RATIOS[i]!, row[key]] as const);
  return [
    {
      title: 'Reading from nodes of 100 and 50 GB/s',
      x: { label: 'weight of the fast node to 1 of the slow', unit: '' },
      y: { label: 'throughput', unit: 'GB/s' },
      series: [
        { name: 'closed form', points: over('closedForm') },
        { name: 'placed pages', points: over('placed') },
      ],
      bands: [{ label: 'both nodes at full bandwidth', low: 150, high: 150, x: 2 }],
      note: 'Below 2:1 the slow node decides, above it the fast one.',
    },
    {
      title: `Bandwidth and latency on ${result.machine}`,
      x: { label: 'mean latency', unit: 'ns' },
      y: { label: 'throughput', unit: 'GB/s' },
      series: seen.map((row) => ({
        name: `${String(row['nodes'])} (${row.weights})`,
        points: [[row.latency, row.placed] as const],
      })),
      bands: [],
      note: 'Up is better for a program that streams, left for one that waits for each access: weights buy the one with the other.',
    },
  ];
}

/** The experiment. */
export const weightedInterleave: Experiment = {
  name: 'weighted-interleave',
  title: 'What weights in proportion to bandwidth are worth, and where they do not help',
  claims,
  parameters: [
    {
      name: 'pages',
      description: 'pages placed for each row',
      unit: 'pages',
      default: 12_000,
      bounds: { min: 1000, max: 1_000_000 },
      integer: true,
    },
    {
      name: 'weightMax',
      description: 'the largest weight the search may give; sysfs takes up to 255',
      unit: '',
      default: 32,
      bounds: { min: 1, max: 255 },
      integer: true,
    },
    {
      name: 'weightHome',
      description: 'where global weights live; the figures compare all, this one is marked',
      unit: '',
      default: 'sysfs',
      choices: weightHomes,
    },
  ],
  machine: 'cxl-2s',
  profiles: [PROFILE],
  columns,
  seconds: 1,
  run,
  plots,
};
