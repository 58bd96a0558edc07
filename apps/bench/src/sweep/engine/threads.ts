// Worker threads of this machine. Chunks grow until each takes about a second, so that quick experiments
// are not slowed by messages and a kill costs slow ones little.
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { Tinypool } from 'tinypool';
import type { SweepTask } from '../configuration.ts';
import type { ChunkDone } from '../run-chunk.ts';
import { takeChunk, type SweepEngine } from './engine.ts';

/** How long a chunk is to take. */
const CHUNK_MS = 1000;
const CHUNK_MAX = 500;

/** A pool of threads that run chunks. */
export interface ChunkPool {
  readonly threads: number;
  run(chunk: readonly SweepTask[]): Promise<ChunkDone>;
  close(): Promise<void>;
}

/** Starts `threads` worker threads, by default one a CPU. */
export function createChunkPool(threads = availableParallelism()): ChunkPool {
  const pool = new Tinypool({
    filename: fileURLToPath(new URL('./sweep-worker.js', import.meta.url)),
    minThreads: threads,
    maxThreads: threads,
  });
  return {
    threads,
    run: (chunk) => pool.run(chunk, { name: 'runChunk' }) as Promise<ChunkDone>,
    close: () => pool.destroy(),
  };
}

/** The engine of one machine; `chunkMax` bounds the size of chunks. */
export function createThreadEngine(threads?: number, chunkMax = CHUNK_MAX): SweepEngine {
  return {
    async run({ tasks, onLines, signal }) {
      const pool = createChunkPool(threads);
      let size = 1;
      const work = async () => {
        while (!signal.aborted) {
          const chunk = takeChunk(tasks, size);
          if (chunk.length === 0) return;
          const { lines, elapsedMs } = await pool.run(chunk);
          onLines(lines);
          const fitting = Math.floor((chunk.length * CHUNK_MS) / Math.max(elapsedMs, 0.01));
          size = Math.max(1, Math.min(chunkMax, fitting, size * 4));
        }
      };
      try {
        await Promise.all(Array.from({ length: pool.threads }, work));
      } finally {
        await pool.close();
      }
    },
  };
}
