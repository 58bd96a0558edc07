// A folder to write into. Node's own recursive mkdir does not return where the kernel answers ENOENT for a name in a
// folder that is there, as it does in /proc.
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ConfigError } from '@forkless/errors';

/** Makes a folder and those above it that are missing; a `ConfigError` where it cannot be. */
export function makeFolder(folder: string): void {
  try {
    makePath(resolve(folder));
  } catch (error) {
    throw new ConfigError(`the folder "${folder}" cannot be made: ${(error as Error).message}.`);
  }
}

function makePath(path: string): void {
  if (existsSync(path)) return;
  makePath(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Somebody else may have made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
