// A recording from a file, packed or not, of whatever format: read in pieces, so that its length does not
// matter.
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { ConfigError } from '@forkless/errors';
import {
  createReader,
  detectFormat,
  type ProblemOptions,
  type TraceEvent,
  type TraceFormat,
  type TraceReader,
  type TraceSummary,
} from '@forkless/trace';

/** Bytes of the start of a recording from which its format is told. */
const HEAD_BYTES_MAX = 1 << 16;

/** How a recording is read; without a format it is told from the first lines. */
export interface RecordingOptions extends Omit<ProblemOptions, 'file'> {
  readonly format?: TraceFormat;
}

/** Reads the recording at `path` to its end; a path ending in .gz is unpacked on the way. */
export async function readRecording(
  path: string,
  onEvent: (event: TraceEvent) => void,
  { format, ...problems }: RecordingOptions = {},
): Promise<TraceSummary> {
  const options = { ...problems, file: basename(path), onEvent };
  let reader: TraceReader | undefined = format && createReader(format, options);
  let head: Buffer[] = [];
  let headBytes = 0;
  const begin = () => {
    const started = createReader(formatOf(path, Buffer.concat(head)), options);
    for (const piece of head) started.push(piece);
    head = [];
    return started;
  };
  try {
    for await (const chunk of open(path) as AsyncIterable<Buffer>) {
      if (reader !== undefined) reader.push(chunk);
      else {
        head.push(chunk);
        headBytes += chunk.length;
        if (headBytes >= HEAD_BYTES_MAX) reader = begin();
      }
    }
  } catch (error) {
    throw asConfigError(path, error);
  }
  reader ??= begin();
  return reader.end();
}

function open(path: string): Readable {
  const file = createReadStream(path, { highWaterMark: 1 << 18 });
  if (!path.endsWith('.gz')) return file;
  const unpacked = createGunzip();
  file.on('error', (error) => unpacked.destroy(error));
  return file.pipe(unpacked);
}

function formatOf(path: string, head: Buffer): TraceFormat {
  const format = detectFormat(head.toString('utf8'));
  if (format !== undefined) return format;
  throw new ConfigError(
    `${path}: expected the output of strace, perf script, ftrace, trace-cmd report, bpftrace forkstate, or our own NDJSON; its first lines are of none of them.`,
  );
}

/** What the file system or the unpacking says becomes one sentence; our own bugs pass through. */
function asConfigError(path: string, error: unknown): unknown {
  const code = (error as NodeJS.ErrnoException).code;
  return typeof code === 'string' ? new ConfigError(`${path} cannot be read: ${code}.`) : error;
}
