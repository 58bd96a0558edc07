// `forkless worker`: takes part in a distributed sweep from this machine.
import { ConfigError } from '@forkless/errors';
import { exitStatus } from '../exit-status.ts';
import { createProgress } from '../terminal/progress.ts';
import { examples, type AddCommand } from './command.ts';

interface WorkerOptions {
  readonly redis: string;
  readonly queue: string;
  readonly workers?: number;
  readonly lock: number;
}

/** Adds `worker`. */
export const addWorker: AddCommand = (program, { terminal }, end) => {
  program
    .command('worker')
    .summary('take part in a sweep from this machine')
    .description(
      'Take chunks of a sweep from a queue on Redis (`forkless sweep --engine bullmq`) and run them in threads until Ctrl-C. It may be killed at any time; others run what it had begun.',
    )
    .option('--redis <url>', 'where the queue is', 'redis://127.0.0.1:6379')
    .option('--queue <name>', 'name of the queue', 'forkless')
    .option('--workers <count>', 'threads, by default one a CPU', atLeast(1))
    .option('--lock <ms>', 'silence after which its work is given to others', atLeast(1000), 30_000)
    .addHelpText('after', examples('forkless worker --redis redis://head-node:6379'))
    .action(async ({ redis, queue, workers, lock }: WorkerOptions) => {
      const { runBullWorker } = await import('../sweep/engine/bull-worker.ts');
      const stop = new AbortController();
      for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        process.once(signal, () => stop.abort());
      }
      const progress = createProgress(terminal);
      let done = 0;
      await runBullWorker({
        redis,
        queue,
        threads: workers,
        lockMs: lock,
        signal: stop.signal,
        onAway: (sentence) => void terminal.stderr.write(`forkless: ${sentence}\n`),
        onDone: (count) => progress.update((done += count), 0, `${done} configurations run`),
      });
      progress.end();
      terminal.stdout.write(`${done} configurations run.\n`);
      end(exitStatus.fine);
    });
};

function atLeast(min: number) {
  return (text: string): number => {
    if (/^\d{1,9}$/.test(text) && Number(text) >= min) return Number(text);
    throw new ConfigError(`"${text}" was given; expected a whole number of at least ${min}.`);
  };
}
