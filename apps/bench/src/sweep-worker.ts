// The file that runs in the worker threads of a sweep.
export { runChunk } from './sweep/run-chunk.ts';
