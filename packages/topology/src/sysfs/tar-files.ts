// The files in a tar archive, as hwloc-gather-topology and truthful bug reports pack them. Only what
// a topology reader needs of the format: names, texts, and which names are directories.
import { ConfigError } from '@forkless/errors';

const BLOCK_BYTES = 512;

/** Larger files tell nothing of a topology. */
const FILE_BYTES_MAX = 2 ** 24;

/** The fields of a header that matter. */
interface Header {
  readonly path: string;
  readonly sizeBytes: number;
  /** '0' a file, '2' a symbolic link, '5' a directory, 'L' and 'x' a name for the next header. */
  readonly type: string;
}

/**
 * Texts by path of an uncompressed tar archive; a directory, or a link that may stand for one, ends in
 * "/". Throws a ConfigError that names the place where the archive is none. O(bytes).
 *
 * @see pax(1), ustar interchange format; the long names of GNU tar
 */
export function readTar(bytes: Uint8Array, name = 'archive'): Map<string, string> {
  const files = new Map<string, string>();
  let longName: string | undefined;
  for (let at = 0; at + BLOCK_BYTES <= bytes.length;) {
    const block = bytes.subarray(at, at + BLOCK_BYTES);
    if (block.every((byte) => byte === 0)) break;
    const { path, sizeBytes, type } = readHeader(block, `${name}, byte ${at}`);
    const start = at + BLOCK_BYTES;
    const end = start + sizeBytes;
    if (sizeBytes > FILE_BYTES_MAX || end > bytes.length) {
      const expected = Math.min(FILE_BYTES_MAX, bytes.length - start);
      throw new ConfigError(
        `${name}, byte ${at}: found a file of ${sizeBytes} bytes, expected at most ${expected}`,
      );
    }
    const body = () => new TextDecoder('latin1').decode(bytes.subarray(start, end));
    if (type === 'L') longName = cut(body());
    else if (type === 'x') longName = /\d+ path=([^\n]*)\n/.exec(body())?.[1] ?? longName;
    else {
      const full = (longName ?? path).replace(/^(?:\.?\/)+/, '');
      longName = undefined;
      if (type === '0') files.set(full, body());
      else if (type === '2' || type === '5') files.set(full.replace(/\/*$/, '/'), '');
    }
    at = start + Math.ceil(sizeBytes / BLOCK_BYTES) * BLOCK_BYTES;
  }
  if (files.size === 0) throw new ConfigError(`${name}: found no file, expected a tar archive`);
  return files;
}

function readHeader(block: Uint8Array, where: string): Header {
  const text = (from: number, to: number) =>
    cut(new TextDecoder('latin1').decode(block.subarray(from, to)));
  const sum = block.reduce((total, byte, i) => total + (i >= 148 && i < 156 ? 32 : byte), 0);
  if (Number.parseInt(text(148, 156).trim(), 8) !== sum) {
    throw new ConfigError(`${where}: found no valid header, expected one of a tar archive`);
  }
  const prefix = text(257, 262) === 'ustar' ? text(345, 500) : '';
  const flag = text(156, 157);
  return {
    path: prefix === '' ? text(0, 100) : `${prefix}/${text(0, 100)}`,
    sizeBytes: Number.parseInt(text(124, 136).trim() || '0', 8),
    type: flag === '' ? '0' : flag,
  };
}

function cut(text: string): string {
  const end = text.indexOf('\0');
  return end < 0 ? text : text.slice(0, end);
}
