// A file that may be packed with gzip, unpacked in the page with a bound on what comes out.
import { ConfigError } from '@forkless/errors';

/** The bytes, unpacked where they begin as gzip does; a `ConfigError` names the file. */
export async function unpacked(
  bytes: Uint8Array,
  { name, bytesMax }: { readonly name: string; readonly bytesMax: number },
): Promise<Uint8Array> {
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
      if (size > bytesMax) throw new Error(`it unpacks to more than ${bytesMax / 2 ** 20} MiB`);
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
