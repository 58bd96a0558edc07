// From what a person gives to a machine: the name of a preset, a pasted text in any of the formats that
// are known, or a file.
import { ConfigError } from '@forkless/errors';
import {
  preset,
  presets,
  readHwlocXml,
  readSynthetic,
  readSysfs,
  readTar,
  type Machine,
} from '@forkless/topology';

/** The most bytes an archive may unpack to. */
const UNPACKED_BYTES_MAX = 2 ** 26;

/** The machine that a preset's name or a pasted text means; a `ConfigError` says what is wrong. */
export function readMachine(text: string): Machine {
  const trimmed = text.trim();
  if (presets.some(({ name }) => name === trimmed)) return preset(trimmed);
  if (trimmed === '') throw new ConfigError('expected a description of a machine, got nothing');
  return trimmed.startsWith('<') ? readHwlocXml(trimmed) : readSynthetic(trimmed);
}

/** The machine in a file: a text, or an archive of a /sys, packed with gzip or not. */
export async function readMachineFile(file: File): Promise<Machine> {
  const bytes = await unpacked(new Uint8Array(await file.arrayBuffer()), file.name);
  if (!bytes.includes(0)) return readMachine(new TextDecoder().decode(bytes));
  return readSysfs(readTar(bytes, file.name), { name: file.name });
}

async function unpacked(bytes: Uint8Array, name: string): Promise<Uint8Array> {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const stream = new Blob([bytes as BlobPart])
    .stream()
    .pipeThrough(new DecompressionStream('gzip'));
  const parts: Uint8Array[] = [];
  let size = 0;
  try {
    for (const reader = stream.getReader(); ;) {
      const { done, value } = await reader.read();
      if (done) break;
      size += value.length;
      if (size > UNPACKED_BYTES_MAX) throw new Error('it unpacks to more than 64 MiB');
      parts.push(value);
    }
  } catch (error) {
    throw new ConfigError(`${name} cannot be unpacked: ${(error as Error).message}`);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
