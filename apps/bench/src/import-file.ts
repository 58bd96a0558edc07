// A file of somebody's own, in TypeScript or JavaScript, on every Node that runs the command.
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigError } from '@forkless/errors';
import { createJiti } from 'jiti';

const sourceFile = /\.[cm]?[jt]s$/;

/** Whether a word of the command line means a file and not a name. */
export function isFile(word: string): boolean {
  return word.includes('/') || word.includes('\\') || sourceFile.test(word);
}

/** What a file exports; a `ConfigError` when there is none with `what`, or it cannot be loaded. */
export async function importFile(file: string, what: string): Promise<Record<string, unknown>> {
  const path = resolve(file);
  if (!existsSync(path)) throw new ConfigError(`there is no file "${file}" with ${what}.`);
  try {
    return await createJiti(import.meta.url).import(path);
  } catch (error) {
    throw new ConfigError(`${file} cannot be loaded: ${(error as Error).message}`);
  }
}
