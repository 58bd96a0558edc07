// Runs an experiment as the command does, with its defaults unless told otherwise.

import type {
  Experiment,
  ExperimentResult,
  ParameterValue,
} from '../../src/experiments/experiment.ts';

export function runExperiment(
  experiment: Experiment,
  changed: Readonly<Record<string, ParameterValue>> = {},
  machine?: string,
): ExperimentResult {
  const defaults = Object.fromEntries(
    experiment.parameters.map((parameter) => [parameter.name, parameter.default]),
  );
  return experiment.run({
    seed: 1,
    params: { ...defaults, ...changed },
    progress: () => undefined,
    ...(machine === undefined ? {} : { machine }),
  });
}

/** The figures of one kind as numbers. */
export function numbersOf(figures: ExperimentResult['predicted']): Record<string, number> {
  return Object.fromEntries(
    Object.entries(figures).map(([name, { value }]) => [name, Number(value)]),
  );
}
