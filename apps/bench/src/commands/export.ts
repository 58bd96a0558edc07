// `forkless export`: the results of a sweep as a file that other programs read.
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { ConfigError } from '@forkless/errors';
import { exitStatus } from '../exit-status.ts';
import type { ExperimentResult } from '../experiments/experiment.ts';
import { willItScaleCsv } from '../report/will-it-scale.ts';
import { orElse } from '../suggest.ts';
import type { SweepResult } from '../sweep/configuration.ts';
import { toCsv } from '../sweep/export/csv.ts';
import { flatten } from '../sweep/export/flatten.ts';
import { toMailTable } from '../sweep/export/mail-table.ts';
import { storedResults } from '../sweep/result-store.ts';
import { experimentOf } from '../sweep/run-chunk.ts';
import { examples, type AddCommand } from './command.ts';

const FORMATS = ['csv', 'parquet', 'table', 'will-it-scale'] as const;

interface ExportOptions {
  readonly format: string;
  readonly out?: string;
}

/** Adds `export`. */
export const addExport: AddCommand = (program, { terminal }, end) => {
  program
    .command('export')
    .summary('the results of a sweep as CSV, Parquet, plain text or will-it-scale CSV')
    .description(
      'Write the results that `forkless sweep` left in a folder as one table, a row a configuration, in an order that does not depend on when each was run. will-it-scale gives a file for each curve.',
    )
    .argument('<folder>', 'where the results are')
    .option('--format <name>', FORMATS.join(', '), 'csv')
    .option('--out <path>', 'a file, a folder for will-it-scale; text goes to stdout without it')
    .addHelpText(
      'after',
      examples(
        'forkless export sweep-pidmap-lock > sweep.csv',
        'forkless export results --format parquet --out sweep.parquet',
        'forkless export results --format table | mail -s "numbers" you@example.org',
      ),
    )
    .action(async (folder: string, { format, out }: ExportOptions) => {
      if (!(FORMATS as readonly string[]).includes(format)) {
        throw new ConfigError(`--format: there is no "${format}"; ${orElse(format, FORMATS)}`);
      }
      const results: SweepResult[] = [];
      for await (const result of storedResults(folder)) results.push(result);
      if (results.length === 0) throw new ConfigError(`export: "${folder}" holds no results.`);
      if (format === 'will-it-scale') {
        const written = await writeCurves(results, out ?? join(folder, 'will-it-scale'));
        terminal.stdout.write(`wrote ${written} files\n`);
      } else if (format === 'parquet') {
        const { toParquet } = await import('../sweep/export/parquet.ts');
        const path = out ?? join(folder, `${basename(folder)}.parquet`);
        writeTo(path, toParquet(flatten(results)));
        terminal.stdout.write(`wrote ${path}\n`);
      } else {
        const text = (format === 'csv' ? toCsv : toMailTable)(flatten(results));
        if (out === undefined) terminal.stdout.write(text);
        else writeTo(out, text);
      }
      end(exitStatus.fine);
    });
};

/** One file a curve, named by the start of the key of its configuration. */
async function writeCurves(results: readonly SweepResult[], folder: string): Promise<number> {
  let written = 0;
  for (const { key, configuration, result } of results) {
    const experiment = await experimentOf(configuration.experiment);
    if (result === undefined || experiment.scaling === undefined) continue;
    for (const scaling of experiment.scaling(result as ExperimentResult)) {
      mkdirSync(folder, { recursive: true });
      writeTo(join(folder, `${scaling.name}-${key.slice(0, 12)}.csv`), willItScaleCsv(scaling));
      written++;
    }
  }
  if (written > 0) return written;
  throw new ConfigError('export: none of the experiments gives throughput over tasks.');
}

function writeTo(path: string, content: string | Uint8Array): void {
  try {
    writeFileSync(path, content);
  } catch (error) {
    throw new ConfigError(`"${path}" cannot be written: ${(error as Error).message}.`);
  }
}
