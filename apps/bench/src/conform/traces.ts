// Holds the readers of @forkless/trace against recordings of real workloads by four recorders: every
// count that truth.json gives for a file is told from that file alone.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '@forkless/errors';
import type { ConformMismatch, ConformReport, ConformSuite } from './report.ts';
import { agrees } from './traces/agrees.ts';
import { figureDigits, figuresOf } from './traces/figures.ts';

/** The counts of one file by name, nested where the recording nests them. */
export type Counts = Readonly<Record<string, unknown>>;

/** Reads every recording of `directory` that its truth.json tells of. */
export const conformTraces: ConformSuite = async (directory) => {
  const truth = readTruth(directory);
  const failed: ConformMismatch[] = [];
  let checks = 0;
  for (const [file, expected] of Object.entries(truth)) {
    const got = await figuresOf(join(directory, file));
    for (const [step, value] of Object.entries(expected)) {
      // Words of the recorder on its own figures.
      if (step === 'note') continue;
      checks++;
      if (!agrees(value, got[step], figureDigits[step] ?? 0))
        failed.push({ file, step, expected: value, got: got[step] });
    }
  }
  for (const file of recordingsIn(directory)) {
    if (Object.hasOwn(truth, file)) continue;
    checks++;
    failed.push({ file, step: 'truth.json', expected: 'an entry for the file', got: 'none' });
  }
  return report(Object.keys(truth).length, checks, failed);
};

function report(files: number, checks: number, failed: readonly ConformMismatch[]): ConformReport {
  return { suite: 'traces', files, checks, passed: checks - failed.length, failed, skipped: [] };
}

function readTruth(directory: string): Readonly<Record<string, Counts>> {
  const path = join(directory, 'truth.json');
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Record<string, Counts>;
  } catch (error) {
    throw new ConfigError(`${path}: expected the counts of each recording (${String(error)}).`);
  }
}

function recordingsIn(directory: string): string[] {
  return readdirSync(directory).filter((name) =>
    /\.(strace|perf|ftrace|forkstate)\.txt(\.gz)?$/.test(name),
  );
}
