// An allocator by its name, or a stranger's by the path of a file that exports it as `design`.
import { ConfigError } from '@forkless/errors';
import { DesignRegistry, type PidDesign } from '@forkless/pid';
import { importFile, isFile } from './import-file.ts';
import { orElse } from './suggest.ts';

/** The design; a `ConfigError` when there is none of that name or in that file. */
export async function findDesign(word: string): Promise<PidDesign> {
  if (isFile(word)) return designIn(word);
  const registry = new DesignRegistry();
  if (registry.names.includes(word)) return registry.get(word);
  throw new ConfigError(`There is no allocator "${word}"; ${orElse(word, registry.names)}`);
}

async function designIn(file: string): Promise<PidDesign> {
  const { design } = (await importFile(file, 'an allocator')) as { design?: PidDesign };
  if (typeof design?.create === 'function' && Array.isArray(design.lockings)) return design;
  throw new ConfigError(`${file}: expected \`export const design\`, a PidDesign.`);
}
