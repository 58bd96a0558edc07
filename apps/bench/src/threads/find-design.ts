// An allocator by its name, or a stranger's by the path of a module that exports it as `design`.

import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ConfigError } from '@forkless/errors';
import { DesignRegistry, type PidDesign } from '@forkless/pid';

/** The design; a `ConfigError` when there is none of that name or in that module. */
export async function findDesign(word: string): Promise<PidDesign> {
  if (!/\.[cm]?js$/.test(word)) return new DesignRegistry().get(word);
  const path = isAbsolute(word) ? word : resolve(word);
  let found: { design?: PidDesign };
  try {
    found = (await import(pathToFileURL(path).href)) as { design?: PidDesign };
  } catch (error) {
    throw new ConfigError(`${word}: expected a module, got ${(error as Error).message}`);
  }
  if (typeof found.design?.create === 'function') return found.design;
  throw new ConfigError(`${word}: expected a module that exports \`design\`, a PidDesign.`);
}
