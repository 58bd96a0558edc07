// Reading the files of a machine from a tar archive, compressed or not.
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { ConfigError } from '@forkless/errors';
import { readTar } from '../sysfs/tar-files.ts';

/** No dump of a machine is larger; a bomb stops here. */
const UNPACKED_BYTES_MAX = 2 ** 28;

/** The files of a `.tar` or `.tar.gz`, by path. Throws a ConfigError for anything else. */
export function readTarball(path: string): Map<string, string> {
  return readTar(unpack(readFileSync(path), path), path);
}

/** The bytes of a gzip file unpacked, others as they are; a ConfigError where it is neither. */
export function unpack(bytes: Uint8Array, name: string): Uint8Array {
  if (bytes[0] === 0x42 && bytes[1] === 0x5a) {
    throw new ConfigError(
      `${name}: found bzip2, expected gzip or no compression: bunzip2 it first`,
    );
  }
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: UNPACKED_BYTES_MAX });
  } catch (cause) {
    throw new ConfigError(
      `${name}: found gzip data that cannot be unpacked into ${UNPACKED_BYTES_MAX / 2 ** 20} MiB, expected a complete file`,
      { cause },
    );
  }
}
