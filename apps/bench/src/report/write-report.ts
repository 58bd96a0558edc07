// Leaves a result as files: the page, the JSON, and a will-it-scale CSV for each curve of throughput.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '@forkless/errors';
import { version } from '../../package.json';
import type { Experiment, ExperimentResult } from '../experiments/experiment.ts';
import { reportPage, wholeReport, type Reported } from './page.ts';
import { willItScaleCsv } from './will-it-scale.ts';
import { makeFolder } from '../make-folder.ts';

/** Writes everything into `folder`, making it where needed, and returns the paths, the page first. */
export function writeReport(
  experiment: Experiment,
  result: ExperimentResult,
  folder: string,
): readonly string[] {
  const files: readonly (readonly [name: string, text: string])[] = [
    [`${experiment.name}.html`, reportPage(experiment, result, version)],
    [`${experiment.name}.json`, `${JSON.stringify(result)}\n`],
    ...(experiment.scaling?.(result) ?? []).map(
      (scaling) => [`${scaling.name}.csv`, willItScaleCsv(scaling)] as const,
    ),
  ];
  return writeFiles(folder, files);
}

/** Writes one page for all of them, `report.html`, and returns its path. */
export function writeWholeReport(reported: readonly Reported[], folder: string): string {
  return writeFiles(folder, [['report.html', wholeReport(reported, version)]])[0]!;
}

function writeFiles(
  folder: string,
  files: readonly (readonly [name: string, text: string])[],
): readonly string[] {
  makeFolder(folder);
  try {
    return files.map(([name, text]) => {
      const path = join(folder, name);
      writeFileSync(path, text);
      return path;
    });
  } catch (error) {
    throw new ConfigError(`--out "${folder}" cannot be written: ${(error as Error).message}.`);
  }
}
