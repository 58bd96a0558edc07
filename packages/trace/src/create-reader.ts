// The reader of a format by its name.
import { createForkStateReader } from './forkstate/forkstate-reader.ts';
import type { TraceFormat, TraceReader, TraceReaderOptions } from './input/trace-reader.ts';
import { createNdjsonReader } from './ndjson/ndjson.ts';
import { createStraceReader } from './strace/strace-reader.ts';
import { createTracepointReader } from './tracepoint/tracepoint-reader.ts';

const READERS: Readonly<Record<TraceFormat, (options: TraceReaderOptions) => TraceReader>> = {
  strace: createStraceReader,
  tracepoint: createTracepointReader,
  forkstate: createForkStateReader,
  ndjson: createNdjsonReader,
};

/** Makes a reader; `detectFormat` tells the format from the first lines. */
export function createReader(format: TraceFormat, options: TraceReaderOptions): TraceReader {
  return READERS[format](options);
}
