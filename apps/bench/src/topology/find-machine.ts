// From one word of a command line to a machine: this one, a preset, a directory, a file, or a
// synthetic description.
import { readFileSync, statSync } from 'node:fs';
import { ConfigError } from '@forkless/errors';
import {
  type Machine,
  preset,
  presets,
  readHwlocXml,
  readLscpu,
  readLscpuJson,
  readNumactl,
  readSynthetic,
  readSysfs,
  readTar,
} from '@forkless/topology';
import { readDirectory, unpack } from '@forkless/topology/node';
import { orElse } from '../suggest.ts';
import { readHostMachine } from './host-machine.ts';

/** The machine that a word means; a ConfigError says what the word could have been. */
export function findMachine(word: string): Machine {
  if (word === 'host') return readHostMachine();
  const names = presets.map(({ name }) => name);
  if (names.includes(word)) return preset(word);
  const found = statSync(word, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return readSysfs(readDirectory(word), { name: word });
  if (found?.isFile() === true) return readMachineFile(word);
  // Every synthetic description has a number of something.
  if (/\d/.test(word) && /[:\s]/.test(word.trim())) return readSynthetic(word);
  throw new ConfigError(
    `"${word}" is no preset, no folder or file, and no description such as "pack:2 core:4 pu:2"; ` +
      orElse(word, ['host', ...names], 'forkless topology'),
  );
}

/** A file by how it begins: XML, the output of a tool, else an archive of a /sys. */
function readMachineFile(path: string): Machine {
  const bytes = unpack(readFileSync(path), path);
  const text = textOf(bytes, path);
  if (text === undefined) return readSysfs(readTar(bytes, path), { name: path });
  const start = text.trimStart();
  if (start.startsWith('<')) return readHwlocXml(text, { name: path });
  if (start.startsWith('{')) return readLscpuJson(text, path);
  if (start.startsWith('#')) return readLscpu(text, path);
  if (/^(?:available|node)/.test(start)) return readNumactl(text, path);
  return readSynthetic(text.trim());
}

/** The text of a file that is one; undefined for an archive. */
function textOf(bytes: Uint8Array, path: string): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ConfigError(`${path}: found bytes that are no UTF-8, expected text or an archive`);
  }
}
