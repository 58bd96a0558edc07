// Workers on any number of machines, by BullMQ on Redis. Submitting is idempotent (a job is named by the
// tasks in it), results are keyed, and what is outstanding is submitted again every few seconds, so that
// workers, Redis and this program may each be killed and started again.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Queue } from 'bullmq';
import type { SweepTask } from '../configuration.ts';
import { takeChunk, type EngineWork, type SweepEngine } from './engine.ts';
import { loadBull, redisClient } from './load-bull.ts';
import { RedisPresence } from './redis-presence.ts';

/** What a job carries. */
export interface ChunkJob {
  readonly modelVersion: string;
  readonly tasks: readonly SweepTask[];
}

/** Where the queue is, and what is put into it. */
export interface BullOptions {
  readonly redis: string;
  readonly queue: string;
  readonly modelVersion: string;
  /** Configurations of a job, 50 unless given. */
  readonly chunk?: number | undefined;
  /** Told in one sentence when Redis does not answer. */
  readonly onAway: (sentence: string) => void;
}

const CHUNK = 50;
/** Jobs that are in the queue at once. */
const OUTSTANDING_MAX = 1000;
const POLL_MS = 200;
const SUBMIT_AGAIN_MS = 5000;
/** How often a sweep that is stopped looks whether Redis still answers. */
const STOP_MS = 200;
const PAGE = 100;
/** BullMQ gives a job up when the workers that ran it have died too often. */
const STALLED = /stalled/;

/** The engine that submits to a queue and collects from it; `forkless worker` does the work. */
export function createBullEngine(options: BullOptions): SweepEngine {
  return {
    async run(work) {
      const { Queue } = await loadBull();
      const { redis, queue: name, onAway } = options;
      const client = await redisClient(redis);
      const presence = new RedisPresence(client, redis, onAway);
      const queue = new Queue<ChunkJob, string[]>(name, { connection: client });
      // It repeats those of its client.
      queue.on('error', () => {});
      const running = new Submitter(queue, options, work).run();
      try {
        await Promise.race([running, stoppedAndAway(work.signal, presence)]);
        if (!presence.isAway) await queue.close();
      } finally {
        // What still waits for an answer is refused by that.
        running.catch(() => {});
        client.disconnect();
      }
    },
  };
}

class Submitter {
  readonly #queue: Queue<ChunkJob, string[]>;
  readonly #options: BullOptions;
  readonly #work: EngineWork;
  readonly #outstanding = new Map<string, ChunkJob>();
  #submittedMs = 0;
  #isDrained = false;

  constructor(queue: Queue<ChunkJob, string[]>, options: BullOptions, work: EngineWork) {
    this.#queue = queue;
    this.#options = options;
    this.#work = work;
  }

  async run(): Promise<void> {
    for (;;) {
      if (this.#work.signal.aborted) return;
      const fresh = this.#take();
      const isDue = performance.now() - this.#submittedMs > SUBMIT_AGAIN_MS;
      await this.#submit(isDue ? [...this.#outstanding.keys()] : fresh);
      if (this.#outstanding.size === 0 && this.#isDrained) return;
      const collected = await this.#collect();
      if (collected === 0) await sleep(POLL_MS);
    }
  }

  /** Makes jobs of the next tasks until enough are outstanding. */
  #take(): string[] {
    const { chunk = CHUNK, modelVersion } = this.#options;
    const fresh: string[] = [];
    while (!this.#isDrained && this.#outstanding.size < OUTSTANDING_MAX) {
      const tasks = takeChunk(this.#work.tasks, chunk);
      this.#isDrained = tasks.length < chunk;
      if (tasks.length === 0) break;
      const id = jobId(tasks);
      this.#outstanding.set(id, { modelVersion, tasks });
      fresh.push(id);
    }
    return fresh;
  }

  /** A job that is there already, waiting, active or done, stays as it is. */
  async #submit(ids: readonly string[]): Promise<void> {
    if (ids.length === 0) return;
    this.#submittedMs = performance.now();
    const jobs = ids.map((id) => ({
      name: 'chunk',
      data: this.#outstanding.get(id)!,
      opts: { jobId: id, removeOnComplete: false, removeOnFail: false },
    }));
    await this.#queue.addBulk(jobs);
  }

  /** Keeps the results of jobs that are done, and takes these out of the queue. */
  async #collect(): Promise<number> {
    let collected = 0;
    const found = await this.#queue.getJobs(['completed', 'failed'], 0, PAGE - 1);
    for (const job of found) {
      const id = job?.id;
      if (job === undefined || id === undefined) continue;
      if (!this.#outstanding.has(id)) await this.#dropForeign(job);
      else if (await job.isFailed()) await this.#failed(job);
      else {
        this.#work.onLines(job.returnvalue);
        this.#outstanding.delete(id);
        await job.remove();
        collected++;
      }
    }
    return collected;
  }

  async #failed(job: Job<ChunkJob, string[]>): Promise<void> {
    const reason = job.failedReason ?? 'for no reason given';
    if (!STALLED.test(reason)) throw new Error(`a worker failed ${reason}`);
    await job.remove();
    await this.#submit([job.id!]);
  }

  /** Left by a sweep that was stopped: keyed results do no harm, and the queue is one sweep's own. */
  async #dropForeign(job: Job<ChunkJob, string[]>): Promise<void> {
    const { modelVersion } = this.#options;
    if (job.data.modelVersion === modelVersion && !(await job.isFailed())) {
      this.#work.onLines(job.returnvalue);
    }
    await job.remove();
  }
}

/** Resolves when the signal has aborted and Redis is away, so that what is under way cannot end. */
async function stoppedAndAway(signal: AbortSignal, presence: RedisPresence): Promise<void> {
  if (!signal.aborted) await once(signal, 'abort');
  while (!presence.isAway) await sleep(STOP_MS, undefined, { ref: false });
}

/** Neither with a colon nor a plain number, which BullMQ refuses. */
function jobId(tasks: readonly SweepTask[]): string {
  const hash = createHash('sha256');
  for (const { key } of tasks) hash.update(key);
  return `chunk-${hash.digest('hex').slice(0, 32)}`;
}
