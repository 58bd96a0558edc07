// Running the recordings of some families in a folder, file by file, into one report.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ConformMismatch, ConformReport, ConformSkip } from '../report.ts';
import { compareTable } from './clone-table.ts';
import { compareScenario, type Comparison } from './compare.ts';
import { MAKER_INPUTS, runScenario, type Vocabulary } from './run-scenario.ts';
import { parseScenario } from './scenario.ts';

/** A family of recordings: the letter its files begin with. */
export type Family = 'A' | 'B' | 'C' | 'D' | 'E';

/** Files of a family in a folder, sorted by name. */
export function filesOf(directory: string, family: Family): string[] {
  return readdirSync(directory)
    .filter((name) => name.startsWith(family) && /^[A-E]\d\d-.*\.json$/.test(name))
    .toSorted();
}

/** Compares one recording, given as text. */
export function compareText(
  family: Family,
  text: string,
  file: string,
  vocabulary: Vocabulary,
): Comparison {
  if (family === 'A') return compareTable(text);
  const scenario = parseScenario(text, file);
  const outcome = runScenario(scenario, vocabulary);
  return compareScenario(scenario, outcome, vocabulary.calls, MAKER_INPUTS);
}

/** A recording that the model cannot be run on is one failed check, and the others go on. */
function compareOrFail(...given: Parameters<typeof compareText>): Comparison {
  try {
    return compareText(...given);
  } catch (error) {
    const got = error instanceof Error ? error.message : String(error);
    return { checks: 1, differences: [{ step: 'all', expected: 'answers', got }], skips: [] };
  }
}

/** Compares every recording of the families. */
export function runFamilies(
  directory: string,
  families: readonly Family[],
  vocabulary: Vocabulary,
): ConformReport {
  const failed: ConformMismatch[] = [];
  const skipped: ConformSkip[] = [];
  let files = 0;
  let checks = 0;
  for (const family of families) {
    for (const file of filesOf(directory, family)) {
      files++;
      const text = readFileSync(join(directory, file), 'utf8');
      const comparison = compareOrFail(family, text, file, vocabulary);
      checks += comparison.checks;
      failed.push(...comparison.differences.map((difference) => ({ file, ...difference })));
      skipped.push(...comparison.skips.map((skip) => ({ file, ...skip })));
    }
  }
  return { suite: 'spawn', files, checks, passed: checks - failed.length, failed, skipped };
}
