// The files of a machine as a map from path to text, and the few ways in which sysfs writes facts
// into them: numbers, lists and masks of CPUs. Where the files come from is not known here, so a
// browser can hand them in as well as a directory reader.
import { Bitmap, maskTextBits, parseList, parseMask } from '@forkless/bitmap';
import { ConfigError } from '@forkless/errors';
import { ID_MAX } from '../machine/bounds.ts';

/**
 * Texts by path, as "sys/devices/system/cpu/online"; a leading slash or a folder around all of them
 * does no harm. A path that ends in "/" is a directory, which matters where its name is the fact.
 */
export type SysfsFiles = ReadonlyMap<string, string>;

/** Files looked up and read. Everything that is not there is undefined; what is there has to parse. */
export class FileMap {
  readonly #files: SysfsFiles;
  readonly #prefix: string;
  readonly #directories = new Map<string, string[]>();
  readonly #masks = new Map<string, Bitmap>();

  constructor(files: SysfsFiles) {
    this.#files = files;
    this.#prefix = prefixOf(files.keys());
    for (const path of files.keys()) {
      const end = path.lastIndexOf('/');
      if (path.startsWith(this.#prefix)) this.#enter(path.slice(this.#prefix.length, end));
    }
  }

  /** Makes a directory and those above it known, up to the first that is known already. */
  #enter(directory: string): void {
    if (directory === '' || this.#directories.has(directory)) return;
    this.#directories.set(directory, []);
    const end = directory.lastIndexOf('/');
    if (end < 0) return;
    const above = directory.slice(0, end);
    this.#enter(above);
    this.#directories.get(above)?.push(directory.slice(end + 1));
  }

  /** Whether there is a directory of that path. O(1). */
  hasDirectory(path: string): boolean {
    return this.#directories.has(path);
  }

  /** Names of the directories in a directory, in the order of the files. O(1). */
  directories(path: string): readonly string[] {
    return this.#directories.get(path) ?? [];
  }

  /** The numbers N of the directories `<name>N` in a directory, ascending. */
  numbered(path: string, name: string): number[] {
    const pattern = new RegExp(`^${name}(\\d+)$`);
    const numbers = this.directories(path).flatMap((directory) => {
      const digits = pattern.exec(directory)?.[1];
      return digits === undefined ? [] : [Number(digits)];
    });
    const highest = Math.max(-1, ...numbers);
    if (highest > ID_MAX) {
      throw new ConfigError(`${path}/${name}${highest}: expected a number of at most ${ID_MAX}`);
    }
    return numbers.toSorted((a, b) => a - b);
  }

  /** The text of a file. O(1). */
  text(path: string): string | undefined {
    return this.#files.get(this.#prefix + path);
  }

  /** The first line of a file without blanks around it; undefined when it is empty. */
  line(path: string): string | undefined {
    const line = this.text(path)?.split('\n', 1)[0]!.trim();
    return line === '' ? undefined : line;
  }

  /** The number a file begins with: "32K" is 32, "-1" is −1; an empty file has none. */
  number(path: string): number | undefined {
    const line = this.line(path);
    if (line === undefined) return undefined;
    const digits = /^(?:-?\d+|0[xX][\da-fA-F]+)/.exec(line)?.[0];
    if (digits === undefined)
      throw new ConfigError(`${path}: found ${quote(line)}, expected a number`);
    return Number(digits);
  }

  /** A number that is no index when it is negative. */
  index(path: string): number {
    const number = this.number(path);
    return number === undefined || number < 0 ? -1 : number;
  }

  /** The set a list such as "0-3,8" names, `width` wide; ids that do not fit are left out. */
  list(path: string, width: number): Bitmap | undefined {
    const text = this.text(path);
    if (text === undefined) return undefined;
    const parsed = parseList(text, ID_MAX + 1);
    if ('errno' in parsed) {
      throw new ConfigError(
        `${path}: found ${quote(text)}, expected a list of numbers below ${ID_MAX + 1}`,
      );
    }
    return parsed.bitmap.resized(width);
  }

  /**
   * The set a mask such as "ff,0000000f" means, `width` wide; ids that do not fit are left out. Files
   * of one text share one set, which nobody may change. O(1) for a text seen before.
   */
  mask(path: string, width: number): Bitmap | undefined {
    const text = this.text(path);
    if (text === undefined) return undefined;
    const known = this.#masks.get(text);
    if (known?.nbits === width) return known;
    const bits = maskTextBits(text);
    const parsed = bits > ID_MAX + 1 ? undefined : parseMask(text, bits);
    if (parsed === undefined || 'errno' in parsed) {
      throw new ConfigError(
        `${path}: found ${quote(text)}, expected a mask of at most ${ID_MAX + 1} bits`,
      );
    }
    const set = parsed.bitmap.resized(width);
    this.#masks.set(text, set);
    return set;
  }
}

/** A text cut to a length that fits into a message. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

const MARK = /(?:^|\/)sys\/devices\/system\/(?:cpu|node)\//;

/** What stands before "sys/" in the paths. */
function prefixOf(paths: Iterable<string>): string {
  for (const path of paths) {
    const match = MARK.exec(path);
    if (match !== null) return path.slice(0, match.index + (match[0].startsWith('/') ? 1 : 0));
  }
  return '';
}
