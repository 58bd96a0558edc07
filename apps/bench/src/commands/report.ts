// `forkless report`: the results that lie in a folder as one page.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '@forkless/errors';
import { exitStatus } from '../exit-status.ts';
import type { Experiment, ExperimentResult } from '../experiments/experiment.ts';
import type { Reported } from '../report/page.ts';
import { examples, type AddCommand } from './command.ts';

/** Adds `report`. */
export const addReport: AddCommand = (program, { experiments, terminal }, end) => {
  program
    .command('report')
    .summary('one page for the results in a folder')
    .description(
      'Make one page, `report.html`, of the results that `forkless run --out` left in a folder: the claims of all of them first, what does not hold at the top, then tables and plots. It needs no network.',
    )
    .argument('<folder>', 'where the results are, and where the page goes')
    .addHelpText(
      'after',
      examples('forkless report out', 'forkless run all --out out && forkless report out'),
    )
    .action(async (folder: string) => {
      const reported = readResults(folder, experiments);
      const { writeWholeReport } = await import('../report/write-report.ts');
      terminal.stdout.write(`wrote ${writeWholeReport(reported, folder)}\n`);
      end(exitStatus.fine);
    });
};

/** The results below `folder` of experiments that are known, in the experiments' order. */
function readResults(folder: string, experiments: readonly Experiment[]): readonly Reported[] {
  const results = jsonFiles(folder).map((file) => readResult(join(folder, file)));
  const reported = experiments.flatMap((experiment) =>
    results
      .filter((result) => result?.experiment === experiment.name)
      .map((result) => ({ experiment, result: result! })),
  );
  if (reported.length > 0) return reported;
  throw new ConfigError(
    `report: "${folder}" holds no result of an experiment; \`forkless run all --out ${folder}\` makes some.`,
  );
}

function jsonFiles(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .toSorted();
  } catch (error) {
    throw new ConfigError(`report: "${folder}" cannot be read: ${(error as Error).message}.`);
  }
}

/** A result, or undefined for JSON that is none; other files may lie in the folder. */
function readResult(path: string): ExperimentResult | undefined {
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ConfigError(`report: ${path} is no JSON: ${(error as Error).message}.`);
  }
  const isResult =
    typeof value === 'object' && value !== null && 'experiment' in value && 'rows' in value;
  return isResult ? (value as ExperimentResult) : undefined;
}
