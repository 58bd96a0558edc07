// Turns `--set name=value` into the checked parameters of an experiment, defaults filled in.
import { ConfigError } from '@forkless/errors';
import { orElse } from '../suggest.ts';
import type { Experiment, Parameter, ParameterValue } from './experiment.ts';

/** One `--set`, as typed. */
export interface Setting {
  readonly name: string;
  readonly value: string;
}

/** Splits `name=value` at the first equals sign. */
export function parseSetting(text: string): Setting {
  const at = text.indexOf('=');
  if (at <= 0) throw new ConfigError(`--set was given "${text}"; expected name=value.`);
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}

/**
 * The parameters of a run. Settings for names the experiment does not have are passed over here; the
 * caller has seen to it by `checkSettingNames` that each is somebody's.
 */
export function resolveParams(
  { name, parameters }: Experiment,
  settings: readonly Setting[],
): Record<string, ParameterValue> {
  return Object.fromEntries(
    parameters.map((parameter) => {
      const setting = settings.findLast((one) => one.name === parameter.name);
      const value = setting === undefined ? parameter.default : parse(parameter, setting, name);
      return [parameter.name, value];
    }),
  );
}

/** Refuses a setting that none of the chosen experiments has a parameter for. */
export function checkSettingNames(
  chosen: readonly Experiment[],
  settings: readonly Setting[],
): void {
  const known = new Set(chosen.flatMap(({ parameters }) => parameters.map(({ name }) => name)));
  for (const { name } of settings) {
    if (known.has(name)) continue;
    const where = chosen.map((experiment) => experiment.name).join(', ');
    throw new ConfigError(
      `--set ${name}: ${where} has no parameter of that name; ${orElse(name, known)}`,
    );
  }
}

function parse(parameter: Parameter, { name, value }: Setting, experiment: string): ParameterValue {
  const refuse = (expected: string): never => {
    throw new ConfigError(`--set ${name}=${value} of ${experiment}: expected ${expected}.`);
  };
  if ('choices' in parameter) {
    if (parameter.choices.includes(value)) return value;
    throw new ConfigError(
      `--set ${name}=${value} of ${experiment}: no such choice; ${orElse(value, parameter.choices)}`,
    );
  }
  if (!('bounds' in parameter)) {
    return value === 'true' || (value !== 'false' && refuse('true or false'));
  }
  const { bounds, integer, unit } = parameter;
  const number = value.trim() === '' ? Number.NaN : Number(value);
  const isWithin = number >= bounds.min && number <= bounds.max;
  if (isWithin && (!integer || Number.isInteger(number))) return number;
  const what = `${integer ? 'a whole number' : 'a number'} from ${bounds.min} to ${bounds.max}`;
  return refuse(unit === '' ? what : `${what} (${unit})`);
}
