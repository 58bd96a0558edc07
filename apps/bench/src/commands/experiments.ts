// `forkless experiments`: what can be run, the published claims each one tests, and its knobs.
import type { Experiment, Parameter } from '../experiments/experiment.ts';
import { exitStatus } from '../exit-status.ts';
import { showNumber, showPublished } from '../show-value.ts';
import { colorsFor, type Colors } from '../terminal/terminal.ts';
import { examples, type AddCommand } from './command.ts';

/** Adds `experiments`. */
export const addExperiments: AddCommand = (program, { terminal, experiments }, end) => {
  program
    .command('experiments')
    .summary('what there is to run, and the claim each tests')
    .description('List every experiment with the published claims it tests and its parameters.')
    .option('--json', 'print one JSON array')
    .addHelpText(
      'after',
      examples('forkless experiments', "forkless experiments --json | jq '.[].name'"),
    )
    .action(({ json }: { json?: boolean }) => {
      const colors = colorsFor(terminal.stdout, terminal.env);
      terminal.stdout.write(
        json
          ? `${JSON.stringify(experiments.map(toJson))}\n`
          : experiments.map((experiment) => describe(experiment, colors)).join('\n'),
      );
      if (experiments.length === 0) terminal.stderr.write('There are no experiments yet.\n');
      end(exitStatus.fine);
    });
};

/** The data of an experiment, without its functions. */
function toJson(experiment: Experiment): object {
  const { name, title, claims, parameters, machine, profiles, columns, seconds } = experiment;
  return { name, title, machine, profiles, seconds, parameters, columns, claims };
}

function describe(experiment: Experiment, { bold, dim }: Colors): string {
  const { name, title, claims, parameters, machine, profiles, seconds } = experiment;
  return [
    `${bold(name)}  ${title}`,
    `  ${dim('machine')} ${machine}  ${dim('profiles')} ${profiles.join(', ')}  ${dim('takes about')} ${seconds} s`,
    ...claims.flatMap(({ id, text, published, unit, source }) => [
      `  ${dim('claim')} ${id}: ${text} [${showPublished(published, unit)}]`,
      `        ${dim(source)}`,
    ]),
    ...parameters.map(
      (parameter) =>
        `  ${dim('--set')} ${parameter.name}=${String(parameter.default)}  ${parameter.description} (${rangeOf(parameter)})`,
    ),
    '',
  ].join('\n');
}

/** What values a parameter takes, with its unit. */
function rangeOf(parameter: Parameter): string {
  if ('choices' in parameter) return parameter.choices.join(', ');
  if (!('bounds' in parameter)) return 'true, false';
  const { min, max } = parameter.bounds;
  return `${show(min)} to ${show(max)}${parameter.unit === '' ? '' : ` ${parameter.unit}`}`;
}

function show(bound: number): string {
  return Number.isInteger(bound) ? showNumber(bound) : String(bound);
}
