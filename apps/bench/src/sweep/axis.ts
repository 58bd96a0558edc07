// An axis of a sweep: the values one thing takes, on a grid or drawn at random. Axes are parameters of the
// experiment, or `machine`, `profile`, `seed`.
import { createHash } from 'node:crypto';
import { ConfigError } from '@forkless/errors';
import type { Experiment, Parameter } from '../experiments/experiment.ts';
import { parseSetting, resolveParams } from '../experiments/resolve-params.ts';
import { orElse } from '../suggest.ts';

/** Values of one axis; all text until a configuration is made of them. */
export interface Axis {
  readonly name: string;
  readonly values: readonly string[];
}

/** An axis of which each sample draws a value. */
export interface RandomAxis {
  readonly name: string;
  /** The value of sample `index` under `seed`, the same each time. */
  draw(seed: number, index: number): string;
}

/** What can be an axis beside the parameters. */
export interface AxisNames {
  readonly experiment: Experiment;
  readonly machines: readonly string[];
}

/** Values of one axis, at most. */
const VALUES_MAX = 1_000_000;
const SEED_MAX = 2 ** 32 - 1;

/** Reads `name=a,b,c`, whole numbers also as `lo..hi` or `lo..hi:step`. */
export function parseGridAxis(text: string, names: AxisNames): Axis {
  const { name, value } = parseSetting(text);
  const values = value.split(',').flatMap((part) => expandRange(part, text));
  for (const one of values) checkValue('--grid', name, one, names);
  return { name, values: [...new Set(values)] };
}

/** Reads `name` (over its bounds or choices), `name=lo..hi` or `name=a,b,c`. */
export function parseRandomAxis(text: string, names: AxisNames): RandomAxis {
  const at = text.indexOf('=');
  const name = at < 0 ? text : text.slice(0, at);
  const parameter = parameterOf(name, names);
  const given = at < 0 ? undefined : text.slice(at + 1);
  const range = given === undefined ? boundsOf(name, parameter, names) : rangeIn(given);
  if (range === undefined) {
    const values = given?.split(',') ?? choicesOf(name, parameter, names);
    for (const one of values) checkValue('--random', name, one, names);
    return {
      name,
      draw: (seed, index) => values[Math.floor(uniform(seed, name, index) * values.length)]!,
    };
  }
  const [low, high] = range;
  for (const one of [low, high]) checkValue('--random', name, String(one), names);
  const isWhole =
    name === 'seed' || (parameter !== undefined && 'integer' in parameter && parameter.integer);
  return {
    name,
    draw(seed, index) {
      const share = uniform(seed, name, index);
      return String(
        isWhole ? low + Math.floor(share * (high - low + 1)) : low + share * (high - low),
      );
    },
  };
}

function expandRange(part: string, text: string): string[] {
  const match = /^(-?\d+)\.\.(-?\d+)(?::(\d+))?$/.exec(part);
  if (match === null) return [part];
  const [low, high, step] = [Number(match[1]), Number(match[2]), Number(match[3] ?? 1)];
  const count = Math.floor((high - low) / step) + 1;
  if (!(step > 0 && count > 0 && count <= VALUES_MAX)) {
    throw new ConfigError(
      `--grid was given "${text}"; expected lo..hi or lo..hi:step with at most ${VALUES_MAX} values.`,
    );
  }
  return Array.from({ length: count }, (_, i) => String(low + i * step));
}

/** Refuses a value that the axis does not take, in one sentence. */
function checkValue(option: string, name: string, value: string, names: AxisNames): void {
  const { experiment, machines } = names;
  if (name === 'machine' || name === 'profile') {
    const known = name === 'machine' ? machines : experiment.profiles;
    if (known.includes(value)) return;
    throw new ConfigError(`${option} ${name}: there is no "${value}"; ${orElse(value, known)}`);
  }
  if (name === 'seed') {
    if (/^\d+$/.test(value) && Number(value) <= SEED_MAX) return;
    throw new ConfigError(
      `${option} seed=${value}: expected a whole number from 0 to ${SEED_MAX}.`,
    );
  }
  parameterOf(name, names);
  try {
    resolveParams(experiment, [{ name, value }]);
  } catch (error) {
    if (error instanceof ConfigError) throw new ConfigError(error.message.replace('--set', option));
    throw error;
  }
}

function parameterOf(name: string, { experiment }: AxisNames): Parameter | undefined {
  if (['machine', 'profile', 'seed'].includes(name)) return undefined;
  const found = experiment.parameters.find((one) => one.name === name);
  if (found !== undefined) return found;
  const known = [...experiment.parameters.map((one) => one.name), 'machine', 'profile', 'seed'];
  throw new ConfigError(`${experiment.name} has no axis "${name}"; ${orElse(name, known)}`);
}

function boundsOf(
  name: string,
  parameter: Parameter | undefined,
  _names: AxisNames,
): readonly [number, number] | undefined {
  if (name === 'seed') return [0, SEED_MAX];
  if (parameter === undefined || !('bounds' in parameter)) return undefined;
  return [parameter.bounds.min, parameter.bounds.max];
}

function choicesOf(
  name: string,
  parameter: Parameter | undefined,
  { experiment, machines }: AxisNames,
): readonly string[] {
  if (name === 'machine') return machines;
  if (name === 'profile') return experiment.profiles;
  return parameter !== undefined && 'choices' in parameter ? parameter.choices : ['false', 'true'];
}

function rangeIn(text: string): readonly [number, number] | undefined {
  const match = /^(-?[\d.]+(?:e-?\d+)?)\.\.(-?[\d.]+(?:e-?\d+)?)$/.exec(text);
  if (match === null) return undefined;
  const [low, high] = [Number(match[1]), Number(match[2])];
  if (low <= high) return [low, high];
  throw new ConfigError(`--random was given "${text}"; expected lo..hi with lo not above hi.`);
}

/** From 0 to below 1, by seed, name and index alone. */
function uniform(seed: number, name: string, index: number): number {
  const digest = createHash('sha256').update(`${seed}:${name}:${index}`).digest();
  return digest.readUIntBE(0, 6) / 2 ** 48;
}
