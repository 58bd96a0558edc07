// `forkless conform topology`: recorded machines and vectors, in the format of their folder's README.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ConfigError } from '@forkless/errors';
import type { ConformSuite } from './report.ts';
import { checkMachine } from './topology/check-machine.ts';
import { Tally } from './topology/tally.ts';
import { checkBitmapVectors, checkSyntheticVectors } from './topology/vectors.ts';

/** Every machine below `directory` that has a truth.json, and the two files of vectors. */
export const conformTopology: ConformSuite = (directory) => {
  const tally = new Tally();
  const machines = readdirSync(directory)
    .filter((name) => existsSync(join(directory, name, 'truth.json')))
    .toSorted();
  for (const name of machines) checkMachine(join(directory, name), name, tally);
  const vectors = [
    ['bitmap-vectors.json', checkBitmapVectors],
    ['synthetic-vectors.json', checkSyntheticVectors],
  ] as const;
  const present = vectors.filter(([file]) => existsSync(join(directory, file)));
  for (const [file, check] of present) check(join(directory, file), tally.file(file));
  if (machines.length + present.length === 0) {
    throw new ConfigError(
      `conform topology: "${directory}" holds no folder with a truth.json and no file of vectors`,
    );
  }
  return tally.report('topology');
};
