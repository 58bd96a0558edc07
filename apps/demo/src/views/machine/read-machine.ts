// From what a person gives to a machine: the name of a preset, a pasted text in any of the formats that
// are known, or a file.
import { ConfigError } from '@forkless/errors';
import {
  preset,
  presets,
  readHwlocXml,
  readNumactl,
  readSynthetic,
  readSysfs,
  readTar,
  type Machine,
} from '@forkless/topology';
import { unpacked } from '../../unpack.ts';

/** The most bytes an archive may unpack to. */
const UNPACKED_BYTES_MAX = 2 ** 26;

/** The machine that a preset's name or a pasted text means; a `ConfigError` says what is wrong. */
export function readMachine(text: string): Machine {
  const trimmed = text.trim();
  if (presets.some(({ name }) => name === trimmed)) return preset(trimmed);
  if (trimmed === '') throw new ConfigError('expected a description of a machine, got nothing');
  if (trimmed.startsWith('<')) return readHwlocXml(trimmed);
  if (/^(available: \d+ nodes|node \d+ (cpus|size):)/m.test(trimmed)) return readNumactl(trimmed);
  return readSynthetic(trimmed);
}

/** The machine in a file: a text, or an archive of a /sys, packed with gzip or not. */
export async function readMachineFile(file: File): Promise<Machine> {
  const packed = new Uint8Array(await file.arrayBuffer());
  const bytes = await unpacked(packed, { name: file.name, bytesMax: UNPACKED_BYTES_MAX });
  if (!bytes.includes(0)) return readMachine(new TextDecoder().decode(bytes));
  return readSysfs(readTar(bytes, file.name), { name: file.name });
}
