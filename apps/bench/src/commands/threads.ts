// `forkless threads`: an allocator raced by real threads over shared memory, beside what the simulator
// makes of the same race.
import { ConfigError } from '@forkless/errors';
import { exitStatus } from '../exit-status.ts';
import { formatTable } from '../terminal/table.ts';
import { findDesign } from '../find-design.ts';
import { predictRace } from '../threads/predict-race.ts';
import { raceLocking } from '../threads/race-plan.ts';
import { runRace, type RaceResult } from '../threads/run-race.ts';
import { examples, type AddCommand } from './command.ts';

interface ThreadsOptions {
  readonly workers: number;
  readonly ops: number;
  readonly live: number;
  readonly seed: number;
  readonly machine: string;
  readonly json?: boolean;
}

const END = 4_194_304;
const WORKERS_MAX = 64;
const OPS_MAX = 2 ** 31 - 1;
const LIVE_MAX = 20_000;

/** Adds `threads`. */
export const addThreads: AddCommand = (program, { terminal }, end) => {
  program
    .command('threads')
    .summary('race an allocator by real threads over shared memory')
    .description(
      'Race an allocator: every worker allocates, publishes, looks up and frees ids in a space of 4 194 304 under locks built on Atomics, and every id is checked to be held by one worker at a time. A worker that ends before its time is reported. The simulated column is the kernel’s path in C over the same structure: compare the factors, not the rates.',
    )
    .argument('<allocator>', 'a name (idr, bitmap-hash, …), or a file that exports a `design`')
    .option('--workers <number>', 'threads', wholeNumber('--workers', 1, WORKERS_MAX), 2)
    .option(
      '--ops <number>',
      'allocations and frees of each worker',
      wholeNumber('--ops', 1000, OPS_MAX),
      2_000_000,
    )
    .option('--live <number>', 'ids each worker keeps', wholeNumber('--live', 1, LIVE_MAX), 1000)
    .option(
      '--seed <number>',
      'which ids are given back when',
      wholeNumber('--seed', 0, OPS_MAX),
      1,
    )
    .option('--machine <preset>', 'the machine whose CPUs the simulator takes', 'epyc-1s-24')
    .option('--json', 'print one JSON object')
    .addHelpText(
      'after',
      examples(
        'forkless threads range-radix --workers 4',
        'forkless threads bitmap-hash --ops 25000000',
        'forkless threads ./my-allocator.mjs --json',
      ),
    )
    .action(async (word: string, options: ThreadsOptions) => {
      const design = await findDesign(word);
      const lock = raceLocking(design);
      const rows = [];
      for (const workers of new Set([1, options.workers])) {
        const race = await runRace(design, {
          design: word,
          workerCount: workers,
          operationCount: options.ops,
          liveCount: options.live,
          end: END,
          seed: options.seed,
          workerUrl: new URL('./threads/worker.js', import.meta.url),
        });
        const predicted = predictRace(design, lock, {
          machine: options.machine,
          cpuCount: workers,
          seed: options.seed,
        });
        rows.push({ workers, race, predicted });
      }
      const faults = rows.flatMap(({ race }) => race.faults);
      if (options.json) {
        terminal.stdout.write(`${JSON.stringify({ allocator: design.name, lock, rows })}\n`);
      } else {
        terminal.stdout.write(`${design.name}, lock: ${lock}\n\n${table(rows)}\n\n`);
        terminal.stdout.write(
          faults.length === 0 ? 'Every id was held by one worker at a time; none was lost.\n' : '',
        );
      }
      for (const fault of faults) terminal.stderr.write(`${fault}\n`);
      end(faults.length === 0 ? exitStatus.fine : exitStatus.checkFailed);
    });
};

interface Row {
  readonly workers: number;
  readonly race: RaceResult;
  readonly predicted: number;
}

function table(rows: readonly Row[]): string {
  const [first] = rows;
  const rate = (perSecond: number) => (perSecond / 1e6).toFixed(2);
  const factor = (value: number, one: number) => `×${(value / one).toFixed(2)}`;
  return formatTable(
    ['workers', 'operations', 'measured M ops/s', '', 'simulated M ops/s', ''].map((head) => ({
      head,
      align: 'right',
    })),
    rows.map(({ workers, race, predicted }) => [
      `${workers}`,
      `${race.operations}`,
      rate(race.perSecond),
      factor(race.perSecond, first!.race.perSecond),
      rate(predicted),
      factor(predicted, first!.predicted),
    ]),
  );
}

function wholeNumber(option: string, min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new ConfigError(
      `${option} was given "${text}"; expected a whole number from ${min} to ${max}.`,
    );
  };
}
