// `forkless host predict`: what the profile says of spawns it was not fitted on, beside what they take.
import { ConfigError } from '@forkless/errors';
import { ZEN5_GUEST } from '@forkless/sim';
import { exitStatus } from '../../exit-status.ts';
import { checkPredictions, type Predictions } from '../../host/costs/check-predictions.ts';
import { compileCostProgram } from '../../host/costs/cost-program.ts';
import { showParent } from '../../host/costs/parent.ts';
import { profileNamed } from '../../profiles.ts';
import { showNumber } from '../../show-value.ts';
import { createProgress } from '../../terminal/progress.ts';
import { formatTable } from '../../terminal/table.ts';
import { colorsFor } from '../../terminal/terminal.ts';
import { wholeNumber } from '../../whole-number.ts';
import { examples, type AddCommand } from '../command.ts';
import { notFirst } from './calibrate.ts';

interface PredictOptions {
  readonly profile: string;
  readonly rows: number;
  readonly seed: number;
  readonly passes: number;
  readonly json?: boolean;
}

/** Adds `host predict`. */
export const addHostPredict: AddCommand = (host, { terminal }, end) => {
  host
    .command('predict')
    .summary('predicted against measured spawns')
    .description(
      'Draw parents by a seed over all axes at once (memory and its history, huge pages, mappings, open files, threads, mechanism, program), predict what a child costs them from the figures of a profile, and measure it. None of these parents was used in a calibration. A metronome of fixed loads runs between the measurements; by it predictions follow a machine that is slower just now than at its calibration.',
    )
    .option(
      '--profile <name or file>',
      'what to predict from, such as the file of `host calibrate`',
      ZEN5_GUEST.name,
    )
    .option('--rows <number>', 'how many parents', wholeNumber('--rows', 1, 1000), 48)
    .option('--seed <number>', 'which parents', wholeNumber('--seed', 0, 2 ** 32 - 1), 1)
    .option(
      '--passes <number>',
      'how often each is measured; the middle one counts',
      wholeNumber('--passes', 1, 100),
      3,
    )
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      examples(
        'forkless host predict --profile here.json',
        'forkless host predict --profile here.json --seed 7 --rows 100',
      ),
    )
    .action(async (options: PredictOptions) => {
      const profile = profileNamed(options.profile);
      const program = compileCostProgram();
      if ('reason' in program)
        throw new ConfigError(`host predict measures in C: ${program.reason}`);
      if (!program.isFirst) terminal.stderr.write(notFirst);
      const progress = createProgress(terminal);
      let predictions: Predictions;
      try {
        predictions = await checkPredictions(program, {
          profile,
          count: options.rows,
          seed: options.seed,
          passes: options.passes,
          progress: (done, total, what) => progress.update(done, total, what),
        });
      } finally {
        progress.end();
        program.remove();
      }
      const { dim } = colorsFor(terminal.stdout, terminal.env);
      terminal.stdout.write(
        options.json === true
          ? `${JSON.stringify(predictions)}\n`
          : `${rowTable(predictions, terminal.stdout.columns)}\n${summaryLines(predictions).map(dim).join('\n')}\n`,
      );
      end(exitStatus.fine);
    });
};

function rowTable({ rows }: Predictions, width: number | undefined): string {
  const right = ['measured µs', 'predicted µs', 'off', 'at calm', 'off'].map((head) => ({
    head,
    align: 'right' as const,
  }));
  const cells = rows.map((row) => [
    showParent(row.parent),
    showNumber(row.measuredUs),
    showNumber(row.predictedUs),
    percent(row.error),
    showNumber(row.predictedCalmUs),
    percent(row.errorCalm),
  ]);
  return formatTable([{ head: 'parent' }, ...right], cells, width);
}

function summaryLines({ profile, seed, rows, summary, summaryCalm }: Predictions): string[] {
  const line = (
    what: string,
    { medianError, p90Error, largestError, bias, tooLow }: typeof summary,
  ) =>
    `${what}: median error ${percent(medianError)}, p90 ${percent(p90Error)}, largest ${percent(largestError)}; middle of the signed errors ${percent(bias)}, ${tooLow} of ${rows.length} too low`;
  return [
    `profile ${profile}, seed ${seed}, ${rows.length} parents`,
    line('at the pace of the machine while measured', summary),
    line('as if it were as calm as at the calibration', summaryCalm),
  ];
}

function percent(share: number): string {
  return `${showNumber(share * 100, 1)} %`;
}
