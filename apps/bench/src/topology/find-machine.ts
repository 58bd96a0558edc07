// From one word of a command line to a machine: this one, a preset, a directory, a file, or a
// synthetic description.
import { readFileSync, statSync } from 'node:fs';
import { ConfigError } from '@forkless/errors';
import {
  type Machine,
  preset,
  presets,
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

function readMachineFile(path: string): Machine {
  const bytes = unpack(readFileSync(path), path);
  return readSysfs(readTar(bytes, path), { name: path });
}
