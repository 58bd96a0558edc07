// Holds IDR, XArray and IDA against sequences of operations that the kernel's own code has answered. The
// cases that show its odd behaviour are compared as well, since the structures have the kernel's shape;
// only a loop that never ends there is one that ends here.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import type { ConformMismatch, ConformReport, ConformSkip } from './report.ts';
import { playIda } from './structures/play-ida.ts';
import { playIdr } from './structures/play-idr.ts';
import { playXarray } from './structures/play-xarray.ts';
import {
  parseRecording,
  partOp,
  type Answers,
  type Player,
  type RecordedCase,
  type StructureName,
} from './structures/recording.ts';

const suite = 'structures';

/** State that a call need not be asked for: it is compared where it was recorded. */
const state: ReadonlySet<string> = new Set(['cursor', 'empty', 'marked', 'next']);

/** The line of the recordings' README on marked walks that never end. */
const endlessRule = '`endless: true` (quirk) = the real loop never ends; `visited` is one round';

/** Plays every recording of a folder. */
export function conformStructures(directory: string): ConformReport {
  const files = readdirSync(directory)
    .filter((file) => file.endsWith('.json'))
    .toSorted();
  const tally: Tally = { checks: 0, failed: [], skipped: [] };
  for (const file of files) {
    const recording = parseRecording(file, readFileSync(join(directory, file), 'utf8'));
    for (const recorded of recording.cases) playCase(file, recording.structure, recorded, tally);
  }
  const { checks, failed, skipped } = tally;
  return { suite, files: files.length, checks, passed: checks - failed.length, failed, skipped };
}

interface Tally {
  checks: number;
  readonly failed: ConformMismatch[];
  readonly skipped: ConformSkip[];
}

function playCase(
  file: string,
  structure: StructureName,
  { name, init, ops }: RecordedCase,
  tally: Tally,
): void {
  const play = playerOf(structure, init);
  ops.forEach((op, at) => {
    const step = `${name} ${at} ${op.op}`;
    const { input, expected } = partOp(structure, op);
    const got = play(input);
    if (op['endless'] === true) {
      tally.skipped.push({ file, step, rule: endlessRule });
      return;
    }
    for (const field of fieldsOf(expected, got)) {
      const answers = { expected: expected[field] ?? null, got: got[field] ?? null };
      tally.checks++;
      if (!isDeepStrictEqual(answers.got, answers.expected)) {
        tally.failed.push({ file, step: `${step}: ${field}`, ...answers });
      }
    }
  });
}

function playerOf(structure: StructureName, init: RecordedCase['init']): Player {
  if (structure === 'idr') return playIdr(init);
  return structure === 'ida' ? playIda() : playXarray(init);
}

/** What is compared: every recorded answer, and every answer of the model that is not mere state. */
function fieldsOf(expected: Answers, got: Answers): string[] {
  const more = Object.keys(got).filter((field) => !state.has(field) && !(field in expected));
  return [...Object.keys(expected), ...more];
}
