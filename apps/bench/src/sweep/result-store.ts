// The results of a sweep in a folder: NDJSON that only grows, one line a configuration, keyed. What is
// there need not be run again, and a last line torn by a kill is cut off. Each shard writes a file of its
// own and reads those of the others.
import {
  closeSync,
  createReadStream,
  existsSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { ConfigError } from '@forkless/errors';
import type { SweepResult } from './configuration.ts';
import type { Shard } from './plan.ts';
import { makeFolder } from '../make-folder.ts';

const RESULTS = /^results.*\.ndjson$/;
const KEY = /^\{"key":"([0-9a-f]{64})",.*\}$/;
const NEWLINE = 0x0a;

/** An open store. */
export interface ResultStore {
  /** Whether there is a result of that key. */
  has(key: string): boolean;
  /** How many results there are. */
  readonly count: number;
  /** Appends lines as `resultLine` makes them; those whose key is there are left out. */
  append(lines: readonly string[]): void;
  close(): void;
}

/** Opens the store of one shard in `folder`, making the folder; O(bytes that are there). */
export async function openStore(folder: string, shard: Shard): Promise<ResultStore> {
  makeFolder(folder);
  const name =
    shard.count === 1 ? 'results.ndjson' : `results-${shard.index}-of-${shard.count}.ndjson`;
  const file = openSync(join(folder, name), 'a+');
  cutTornLine(file);
  const keys = new Set<string>();
  for await (const line of storedLines(folder)) {
    const key = keyOf(line);
    if (key !== undefined) keys.add(key);
  }
  return {
    has: (key) => keys.has(key),
    get count() {
      return keys.size;
    },
    append(lines) {
      const fresh = lines.filter((line) => {
        const key = keyOf(line);
        if (key === undefined || keys.has(key)) return false;
        keys.add(key);
        return true;
      });
      if (fresh.length > 0) writeAll(file, Buffer.from(fresh.map((line) => `${line}\n`).join('')));
    },
    close: () => closeSync(file),
  };
}

/** The line that keeps a result; its key comes first. */
export function resultLine({ key, configuration, result, refused }: SweepResult): string {
  return JSON.stringify({ key, configuration, result, refused });
}

/** Every whole result in a folder, each key once, in no particular order. */
export async function* storedResults(folder: string): AsyncGenerator<SweepResult> {
  if (!existsSync(folder)) throw new ConfigError(`"${folder}" is no folder that can be read.`);
  const seen = new Set<string>();
  for await (const line of storedLines(folder)) {
    const key = keyOf(line);
    if (key === undefined || seen.has(key)) continue;
    seen.add(key);
    yield JSON.parse(line) as SweepResult;
  }
}

async function* storedLines(folder: string): AsyncGenerator<string> {
  for (const name of readdirSync(folder)
    .filter((one) => RESULTS.test(one))
    .toSorted()) {
    const input = createReadStream(join(folder, name), 'utf8');
    for await (const line of createInterface({ input, crlfDelay: Infinity })) yield line;
  }
}

/** Undefined for a line that another shard is about to write, or that was torn. */
function keyOf(line: string): string | undefined {
  const key = KEY.exec(line)?.[1];
  if (key === undefined) return undefined;
  try {
    JSON.parse(line);
    return key;
  } catch {
    return undefined;
  }
}

/** A kill may leave half a line at the end; without its newline it is none, even if it were whole. */
function cutTornLine(file: number): void {
  const size = fstatSync(file).size;
  const piece = Buffer.alloc(1 << 16);
  let end = size;
  while (end > 0) {
    const from = Math.max(0, end - piece.length);
    const read = readSync(file, piece, 0, end - from, from);
    const at = piece.subarray(0, read).lastIndexOf(NEWLINE);
    if (at >= 0) {
      end = from + at + 1;
      break;
    }
    end = from;
  }
  if (end < size) ftruncateSync(file, end);
}

function writeAll(file: number, bytes: Buffer): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}
