// A worker of a distributed sweep: takes chunks from the queue and runs them in threads of its own, so
// that the thread that renews its locks at Redis is never busy and its jobs are not taken for stalled.
import { createChunkPool } from './threads.ts';
import type { ChunkJob } from './bull-engine.ts';
import { loadBull, redisConnection } from './load-bull.ts';
import { RedisPresence } from './redis-presence.ts';
import { modelVersion } from '../model-version.ts';

/** How a worker takes part. */
export interface BullWorkerOptions {
  readonly redis: string;
  readonly queue: string;
  readonly threads?: number | undefined;
  /** How long a worker may be silent before its jobs are given to others. */
  readonly lockMs: number;
  readonly signal: AbortSignal;
  /** Told of each chunk that is done. */
  readonly onDone: (configurations: number) => void;
  /** Told in one sentence when Redis does not answer. */
  readonly onAway: (sentence: string) => void;
}

/** Works until the signal aborts; what is under way then is finished, if Redis is there to take it. */
export async function runBullWorker(options: BullWorkerOptions): Promise<void> {
  const { Worker, UnrecoverableError } = await loadBull();
  const { redis, queue, lockMs, signal, onDone, onAway } = options;
  const pool = createChunkPool(options.threads);
  const worker = new Worker<ChunkJob, string[]>(
    queue,
    async (job) => {
      const { tasks, modelVersion: wanted } = job.data;
      const own = modelVersion(tasks[0]?.configuration.experiment ?? '');
      if (own !== wanted) {
        throw new UnrecoverableError(`because its model is ${own} and that of the sweep ${wanted}`);
      }
      const { lines } = await pool.run(tasks);
      onDone(lines.length);
      return [...lines];
    },
    {
      connection: await redisConnection(redis),
      concurrency: pool.threads,
      lockDuration: lockMs,
      stalledInterval: lockMs,
      maxStalledCount: 100,
    },
  );
  const presence = new RedisPresence(worker, redis, onAway);
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await worker.close(presence.isAway);
  await pool.close();
}
