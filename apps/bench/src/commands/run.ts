// `forkless run`: one experiment, several or all of them, on the terminal, as JSON, and as files.
import { ConfigError } from '@forkless/errors';
import type { Experiment, ExperimentResult, RunContext } from '../experiments/experiment.ts';
import { loadExperiment } from '../experiments/load-experiment.ts';
import { isFile } from '../import-file.ts';
import {
  checkSettingNames,
  parseSetting,
  resolveParams,
  type Setting,
} from '../experiments/resolve-params.ts';
import { exitStatus } from '../exit-status.ts';
import type { Reported } from '../report/page.ts';
import { isProfileFile, profileNamed } from '../profiles.ts';
import { showSummary } from '../report/summary.ts';
import { showResult } from '../report/terminal-report.ts';
import { makeFolder } from '../make-folder.ts';
import { orElse } from '../suggest.ts';
import { createProgress } from '../terminal/progress.ts';
import { colorsFor } from '../terminal/terminal.ts';
import { examples, type AddCommand, type CommandContext } from './command.ts';

interface RunOptions {
  readonly machine?: string;
  readonly profile?: string;
  readonly set?: readonly Setting[];
  readonly seed: number;
  readonly json?: boolean;
  readonly out?: string;
}

const seedMax = 2 ** 32 - 1;

/** Adds `run`. */
export const addRun: AddCommand = (program, context, end) => {
  program
    .command('run')
    .summary('run experiments and hold the model against what was published')
    .description(
      'Run experiments, or all of them. One seed gives one result, byte for byte. A claim that does not hold is a finding and not a failure: the exit status is 0.',
    )
    .argument(
      '<experiment...>',
      'names from `forkless experiments`, all, or files that export an `experiment`',
    )
    .option('--machine <preset>', "a machine preset instead of the experiment's own")
    .option('--profile <name>', "a cost profile instead of the experiment's first")
    .option('--set <name=value>', 'set a parameter; repeat for more', collectSetting)
    .option('--seed <number>', 'seed of all randomness, 0 to 4294967295', parseSeed, 1)
    .option('--json', 'print one JSON object a line and experiment instead of tables')
    .option('--out <folder>', 'also write pages, the JSON and will-it-scale CSV files there')
    .addHelpText(
      'after',
      examples(
        'forkless run pidmap-lock',
        'forkless run all --out out',
        'forkless run pidmap-lock --machine epyc-2s-nps4 --seed 7',
        'forkless run ./mine.ts',
        "forkless run pidmap-lock --json | jq '.claims[] | {id, model, holds}'",
      ),
    )
    .action(async (names: string[], options: RunOptions) => {
      const { set: settings = [] } = options;
      const chosen = await chooseExperiments(names, context.experiments);
      checkSettingNames(chosen, settings);
      checkMachine(options.machine, context.presetNames);
      for (const experiment of chosen) checkProfile(experiment, options.profile);
      if (options.out !== undefined) makeFolder(options.out);
      const contexts = chosen.map((experiment) => ({
        experiment,
        params: resolveParams(experiment, settings),
      }));
      if (chosen.length === 0) context.terminal.stderr.write('There are no experiments yet.\n');
      const reported: Reported[] = [];
      for (const { experiment, params } of contexts) {
        const result = runOne(experiment, params, options, context);
        reported.push({ experiment, result });
        print(experiment, result, options, context);
        if (options.out !== undefined) await writeFiles(experiment, result, options, context);
      }
      if (reported.length > 1) await summarize(reported, options, context);
      end(exitStatus.fine);
    });
};

function runOne(
  experiment: Experiment,
  params: RunContext['params'],
  { seed, machine, profile }: RunOptions,
  { terminal }: CommandContext,
): ExperimentResult {
  const progress = createProgress(terminal);
  try {
    return experiment.run({
      seed,
      ...(machine === undefined ? {} : { machine }),
      ...(profile === undefined ? {} : { profile }),
      params,
      progress: (done, total, what) => progress.update(done, total, `${experiment.name}: ${what}`),
    });
  } finally {
    progress.end();
  }
}

function print(
  experiment: Experiment,
  result: ExperimentResult,
  { json }: RunOptions,
  { terminal: { env, stdout } }: CommandContext,
): void {
  stdout.write(
    json
      ? `${JSON.stringify(result)}\n`
      : showResult(experiment, result, colorsFor(stdout, env), stdout.columns),
  );
}

/** What several experiments found together, in the terminal and as one page. */
async function summarize(
  reported: readonly Reported[],
  { json, out }: RunOptions,
  { terminal }: CommandContext,
): Promise<void> {
  const { stderr, stdout, env } = terminal;
  if (!json) stdout.write(`${showSummary(reported, colorsFor(stdout, env), stdout.columns)}\n`);
  if (out === undefined) return;
  const { writeWholeReport } = await import('../report/write-report.ts');
  (json ? stderr : stdout).write(`wrote ${writeWholeReport(reported, out)}\n`);
}

/** The page's library loads here and not before, as most runs do without. */
async function writeFiles(
  experiment: Experiment,
  result: ExperimentResult,
  { json, out = '.' }: RunOptions,
  { terminal }: CommandContext,
): Promise<void> {
  const { writeReport } = await import('../report/write-report.ts');
  const paths = writeReport(experiment, result, out);
  const stream = json ? terminal.stderr : terminal.stdout;
  stream.write(`${paths.map((path) => `wrote ${path}`).join('\n')}\n\n`);
}

async function chooseExperiments(
  words: readonly string[],
  experiments: readonly Experiment[],
): Promise<readonly Experiment[]> {
  const chosen = words.map((word) => {
    if (word === 'all') return experiments;
    return isFile(word) ? loadExperiment(word) : [experimentNamed(word, experiments)];
  });
  return [...new Set((await Promise.all(chosen)).flat())];
}

function experimentNamed(name: string, experiments: readonly Experiment[]): Experiment {
  const found = experiments.find((experiment) => experiment.name === name);
  if (found !== undefined) return found;
  const known = experiments.map((experiment) => experiment.name);
  throw new ConfigError(`There is no experiment "${name}"; ${orElse(name, known)}`);
}

function checkMachine(machine: string | undefined, presetNames: readonly string[]): void {
  if (machine === undefined || presetNames.includes(machine)) return;
  throw new ConfigError(
    `--machine: there is no preset "${machine}"; ${orElse(machine, presetNames, 'forkless topology')}`,
  );
}

function checkProfile({ name, profiles }: Experiment, profile: string | undefined): void {
  if (profile === undefined || profiles.includes(profile)) return;
  if (isProfileFile(profile)) return void profileNamed(profile);
  throw new ConfigError(
    `--profile: ${name} has no cost profile "${profile}"; ${orElse(profile, profiles)}`,
  );
}

function collectSetting(text: string, before: readonly Setting[] = []): readonly Setting[] {
  return [...before, parseSetting(text)];
}

function parseSeed(text: string): number {
  const seed = Number(text);
  if (/^\d+$/.test(text) && seed <= seedMax) return seed;
  throw new ConfigError(
    `--seed was given "${text}"; expected a whole number from 0 to ${seedMax}.`,
  );
}
