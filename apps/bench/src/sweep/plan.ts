// All configurations of a sweep, numbered, none of them made before it is asked for: the product of the
// grid's axes, each point of it with every random sample.
import { ConfigError } from '@forkless/errors';
import type { Experiment } from '../experiments/experiment.ts';
import { resolveParams, type Setting } from '../experiments/resolve-params.ts';
import type { Axis, RandomAxis } from './axis.ts';
import type { Configuration } from './configuration.ts';

/** Configurations of one sweep, at most. */
export const CONFIGURATIONS_MAX = 100_000_000;

/** What a plan is made of. */
export interface PlanParts {
  readonly experiment: Experiment;
  /** What stands for the experiment in a configuration: its name or its file. */
  readonly reference: string;
  readonly grid: readonly Axis[];
  readonly random: readonly RandomAxis[];
  readonly samples: number;
  readonly sampleSeed: number;
  /** Where an axis says nothing. */
  readonly settings: readonly Setting[];
  readonly seed: number;
  readonly machine?: string | undefined;
  readonly profile?: string | undefined;
}

/** A part `index` of `count`, both from the command line; index counts from 0. */
export interface Shard {
  readonly index: number;
  readonly count: number;
}

/** The configurations of a sweep. */
export interface SweepPlan {
  readonly count: number;
  /** The configuration number `index`. O(axes). */
  at(index: number): Configuration;
  /** The numbers that belong to a shard, in order. */
  indexes(shard: Shard): Iterable<number>;
}

/** Makes a plan; two axes of one name, or too many configurations, are a `ConfigError`. */
export function createPlan(parts: PlanParts): SweepPlan {
  const { grid, random, samples } = parts;
  const names = [...grid, ...random].map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw new ConfigError(`The axis "${twice}" is given twice.`);
  const gridCount = grid.reduce((product, { values }) => product * values.length, 1);
  const count = gridCount * (random.length > 0 ? samples : 1);
  if (count > CONFIGURATIONS_MAX) {
    throw new ConfigError(
      `The sweep has ${count} configurations; expected at most ${CONFIGURATIONS_MAX}.`,
    );
  }
  return {
    count,
    at: (index) => configurationAt(parts, gridCount, index),
    *indexes({ index, count: shards }) {
      for (let i = index; i < count; i += shards) yield i;
    },
  };
}

/** The last axis of the grid changes fastest, the sample slowest. */
function configurationAt(parts: PlanParts, gridCount: number, index: number): Configuration {
  const sample = Math.floor(index / gridCount);
  let rest = index % gridCount;
  const chosen = new Map<string, string>();
  for (const { name, values } of parts.grid.toReversed()) {
    chosen.set(name, values[rest % values.length]!);
    rest = Math.floor(rest / values.length);
  }
  for (const axis of parts.random) chosen.set(axis.name, axis.draw(parts.sampleSeed, sample));
  const seed = chosen.get('seed');
  const machine = chosen.get('machine') ?? parts.machine;
  const profile = chosen.get('profile') ?? parts.profile;
  const settings = [...chosen].map(([name, value]) => ({ name, value }));
  return {
    experiment: parts.reference,
    seed: seed === undefined ? parts.seed : Number(seed),
    ...(machine === undefined ? {} : { machine }),
    ...(profile === undefined ? {} : { profile }),
    params: resolveParams(parts.experiment, [...parts.settings, ...settings]),
  };
}

/** Reads `i/n`; i counts from 0, as the indexes of Slurm arrays and Kubernetes Indexed Jobs do. */
export function parseShard(text: string): Shard {
  const match = /^(\d{1,6})\/(\d{1,6})$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (match !== null && index < count) return { index, count };
  throw new ConfigError(`--shard was given "${text}"; expected i/n with i from 0 to n-1, as 0/8.`);
}
