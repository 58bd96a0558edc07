// Which model a result came from: a hash over the code that runs, so that results made before a change
// are not taken for results made after it.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dependencies, version } from '../../package.json';
import { isFile } from '../import-file.ts';

/** The version and a hash of this program, of the packages it stands on, and of an experiment's file. */
export function modelVersion(experiment: string): string {
  const hash = createHash('sha256');
  for (const file of [...ownCode(), ...packageCode()]) hash.update(readFileSync(file));
  if (isFile(experiment)) hash.update(readFileSync(experiment));
  return `${version}-${hash.digest('hex').slice(0, 16)}`;
}

/** The program as built; from its sources it has none. */
function ownCode(): string[] {
  const folder = dirname(fileURLToPath(import.meta.url));
  return readdirSync(folder)
    .filter((name) => name.endsWith('.js'))
    .toSorted()
    .map((name) => join(folder, name));
}

function packageCode(): string[] {
  const { resolve } = createRequire(import.meta.url);
  return Object.keys(dependencies)
    .filter((name) => name.startsWith('@forkless/'))
    .map((name) => resolve(name));
}
