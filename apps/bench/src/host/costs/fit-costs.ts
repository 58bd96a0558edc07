// Figures from measured parents. Each rule takes one parent in which one figure more than before is at work;
// as a prediction is linear in that figure, the figure follows from the prediction without it and with one
// of it. What is fitted here is never used to judge a prediction: `forkless host predict` draws its own.
import type { CostProfile, Figure } from '@forkless/sim';
import { middleReading, type Reading } from './cost-program.ts';
import { parentWith, showParent, type Parent } from './parent.ts';
import { mappingCounts, paceOf, predictSpawn, walkSizes, type SpawnCost } from './predict-spawn.ts';

interface Rule {
  readonly figure: string;
  readonly unit: Figure['unit'];
  readonly parent: Parent;
  /** Which of the two times it shows in. */
  readonly time: keyof SpawnCost;
  /** A second parent whose time is taken off first. */
  readonly less?: Parent;
}

/** The sizes of the parents that figures are fitted by. */
export interface Anchors {
  /** MiB, for each of the sizes at which the walk over pages has a figure. */
  readonly fresh: readonly number[];
  readonly rewritten: readonly number[];
  /** A few and many mappings. */
  readonly mappings: readonly [number, number];
  readonly files: number;
  readonly huge: number;
  readonly threads: readonly [Partial<Parent>, Partial<Parent>];
  /** What all parents have that are not about memory. */
  readonly small: Partial<Parent>;
  /** How rewritten memory is forked. */
  readonly rewrittenBy: 'fork' | 'fork-exit';
}

/** Those of `forkless host calibrate`. */
export const ownAnchors: Anchors = {
  fresh: walkSizes.fresh,
  rewritten: walkSizes.rewritten,
  mappings: mappingCounts,
  files: 5000,
  huge: 512,
  threads: [{ threads: 2 }, { threads: 16 }],
  small: {},
  rewrittenBy: 'fork-exit',
};

const large = 256;
const known = 64;

/** In an order in which each needs only figures before it. */
function rulesFor(anchors: Anchors): readonly Rule[] {
  const { small, huge, mappings, threads } = anchors;
  const rule =
    (unit: Figure['unit']) =>
    (figure: string, differing: Partial<Parent>, time: keyof SpawnCost = 'totalNs'): Rule => ({
      figure,
      unit,
      parent: parentWith(differing),
      time,
    });
  const ns = rule('ns');
  const ratio = rule('ratio');
  const ending = { mechanism: 'fork-exit', ...small } as const;
  const pages = { mechanism: 'fork-exit', rss: known } as const;
  const some = { ...ending, mappings: mappings[0] };
  const many = { ...ending, mappings: mappings[1] };
  const files = { ...small, mechanism: 'vfork', files: anchors.files } as const;
  const rewritten = { mechanism: anchors.rewrittenBy, history: 'rewritten' } as const;
  return [
    ns('host.vfork', { ...small, mechanism: 'vfork-exit' }),
    ns('host.exec', { ...small, mechanism: 'vfork' }),
    ns('host.exec-dynamic', { ...small, mechanism: 'vfork', program: 'dynamic' }),
    ns('host.posix-spawn', { ...small, mechanism: 'posix-spawn' }),
    ns('host.fork', { mechanism: 'fork-exit' }, 'callNs'),
    ns('host.fork-exit', { mechanism: 'fork-exit' }),
    ns('fork.page', pages, 'callNs'),
    ns('exit.page', pages),
    ...walkSizes.fresh.map((size, index) =>
      ratio(`host.walk-fresh-${size}`, { ...pages, rss: anchors.fresh[index]! }),
    ),
    ...walkSizes.rewritten.map((size, index) =>
      ratio(`host.walk-rewritten-${size}`, { ...rewritten, rss: anchors.rewritten[index]! }),
    ),
    ratio('host.walk-scattered', { ...pages, rss: large, history: 'scattered' }),
    ns('fork.huge-page', { mechanism: 'fork-exit', huge }, 'callNs'),
    ns('exit.huge-page', { mechanism: 'fork-exit', huge }),
    ns('fork.vma', some, 'callNs'),
    ns('exit.vma', some),
    ns('fork.anon-vma', { ...some, touched: true }, 'callNs'),
    ns('exit.anon-vma', { ...some, touched: true }),
    ratio('host.walk-mappings', many),
    ratio('host.walk-mappings-touched', { ...many, touched: true }),
    ns('fd.copy', { ...files, mechanism: 'fork-exit' }, 'callNs'),
    ns('fd.close-on-exec', files),
    ns('fd.close', { ...files, inherit: true }),
    ns('fd.close-range', { ...files, mechanism: 'vfork-close' }),
    ns('host.own-table', { ...files, mechanism: 'vfork-own-table' }),
    ns('host.thread-first', threads[0]),
    ns('host.thread', threads[1]),
    ratio('host.cold-vfork', { mechanism: 'vfork', rss: large, history: 'rewritten' }),
    {
      ...ratio('host.cold-fork', { rss: known, program: 'dynamic' }),
      less: parentWith({ rss: known }),
    },
  ];
}

/** The parents that a fit needs, each once. */
export function parentsToFit(anchors: Anchors): readonly Parent[] {
  const parents = rulesFor(anchors)
    .flatMap(({ parent, less }) => (less === undefined ? [parent] : [less, parent]))
    .map((parent) => [showParent(parent), parent] as const);
  return [...new Map(parents).values()];
}

/**
 * Figures from rounds of readings of `parentsToFit`; a figure whose parent is not among them is left out.
 * Within a reading p10 counts, as whatever else runs can only add to a time; of the rounds the middle one, as
 * caches shared with others come and go. An interval goes from the least sample to p90. `origin` says where and how it was measured.
 */
export function fitCosts(
  rounds: readonly (readonly Reading[])[],
  origin: string,
  anchors: Anchors = ownAnchors,
): Record<string, Figure> {
  const readings = mergeRounds(rounds);
  const beats = beatFigures(readings, origin);
  const figures: Record<string, Figure> = { ...beats };
  const rules = rulesFor(anchors);
  for (const [index, found] of fitRules(rules, readings, beats).entries()) {
    if (found === undefined) continue;
    const { figure, unit, parent, less } = rules[index]!;
    const shown = less === undefined ? '' : ` less ${showParent(less)}`;
    figures[figure] = {
      ...found,
      unit,
      provenance: 'measured',
      source: `${origin}; ${showParent(parent)}${shown}, p10 in the middle one of ${rounds.length}`,
    };
  }
  return figures;
}

function mergeRounds(rounds: readonly (readonly Reading[])[]): readonly Reading[] {
  const byParent = new Map<string, Reading[]>();
  for (const reading of rounds.flat()) {
    const name = showParent(reading.parent);
    byParent.set(name, [...(byParent.get(name) ?? []), reading]);
  }
  return [...byParent.values()].map(middleReading);
}

interface Spread {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

function fitRules(
  rules: readonly Rule[],
  readings: readonly Reading[],
  beats: Readonly<Record<string, Figure>>,
): (Spread | undefined)[] {
  const byParent = new Map(readings.map((reading) => [showParent(reading.parent), reading]));
  const values: Record<string, number> = Object.fromEntries(
    rules.map(({ figure, unit }) => [figure, unit === 'ns' ? 0 : neutral(figure)]),
  );
  return rules.map((rule) => {
    const reading = byParent.get(showParent(rule.parent));
    const less = rule.less === undefined ? undefined : byParent.get(showParent(rule.less));
    if (reading === undefined || (rule.less !== undefined && less === undefined)) return undefined;
    const predict = (value: number) => {
      const profile = profileOf(beats, { ...values, [rule.figure]: value });
      const of = ({ parent, beat }: Reading) =>
        predictSpawn(profile, parent, paceOf(profile, beat))[rule.time];
      return of(reading) - (less === undefined ? 0 : of(less));
    };
    const quantityOf = (one: Reading) => (rule.time === 'callNs' ? one.call : one.total);
    const { p10, p90, min } = quantityOf(reading);
    const without = predict(0);
    const slope = predict(1) - without;
    const solve = (measured: number) =>
      Math.max(0, (measured - (less === undefined ? 0 : quantityOf(less).p10) - without) / slope);
    values[rule.figure] = solve(p10);
    return { value: solve(p10), low: solve(min), high: solve(p90) };
  });
}

/** What a ratio is as long as it is not known: no matter, or no more than usual. */
function neutral(figure: string): number {
  return figure.startsWith('host.cold') ? 0 : 1;
}

function profileOf(
  beats: Readonly<Record<string, Figure>>,
  values: Readonly<Record<string, number>>,
): CostProfile {
  const figures = Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, { ...beats['host.beat-near']!, value }]),
  );
  return { name: 'being fitted', description: '', figures: { ...beats, ...figures } };
}

const beatNames = {
  near: 'a fork and its wait, 16 MiB',
  far: 'a fork and its wait, 128 MiB',
  calls: 'a vfork of a static program and its wait',
} as const;

/** What the metronome took in the middle of the calibration: the pace of 1. */
function beatFigures(readings: readonly Reading[], origin: string): Record<string, Figure> {
  return Object.fromEntries(
    (['near', 'far', 'calls'] as const).map((kind) => {
      const values = readings.map(({ beat }) => beat[kind]);
      return [
        `host.beat-${kind}`,
        {
          value: middle(values),
          unit: 'ns',
          low: Math.min(...values),
          high: Math.max(...values),
          provenance: 'measured',
          source: `${origin}; the metronome: ${beatNames[kind]}`,
        },
      ];
    }),
  );
}

/** The median. */
export function middle(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
