// `forkless sweep`: an experiment at every point of a grid, or at random ones, kept so that it can be
// stopped at any moment and goes on where it was.
import { resolve } from 'node:path';
import { ConfigError } from '@forkless/errors';
import { Option } from 'commander';
import { exitStatus } from '../exit-status.ts';
import type { Experiment } from '../experiments/experiment.ts';
import { loadExperiment } from '../experiments/load-experiment.ts';
import { isFile } from '../import-file.ts';
import { checkSettingNames, parseSetting, type Setting } from '../experiments/resolve-params.ts';
import { showNumber } from '../show-value.ts';
import { orElse } from '../suggest.ts';
import { parseGridAxis, parseRandomAxis } from '../sweep/axis.ts';
import type { SweepEngine } from '../sweep/engine/engine.ts';
import { parseFigure, type Objective } from '../sweep/figure-of.ts';
import { modelVersion } from '../sweep/model-version.ts';
import { createPlan, parseShard, type Shard, type SweepPlan } from '../sweep/plan.ts';
import { openStore } from '../sweep/result-store.ts';
import { runSweep, type SweepEnd } from '../sweep/run-sweep.ts';
import { createSweepProgress, type Best } from '../sweep/sweep-progress.ts';
import { examples, type AddCommand, type CommandContext } from './command.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface SweepOptions {
  readonly grid?: readonly string[];
  readonly random?: readonly string[];
  readonly samples: number;
  readonly sampleSeed: number;
  readonly set?: readonly Setting[];
  readonly seed: number;
  readonly machine?: string;
  readonly profile?: string;
  readonly out?: string;
  readonly shard: Shard;
  readonly engine: string;
  readonly workers?: number;
  readonly chunk?: number;
  readonly redis: string;
  readonly queue: string;
  readonly maximize?: string;
  readonly minimize?: string;
  readonly json?: boolean;
}

const ENGINES = ['threads', 'bullmq'];
const collect = (text: string, before: readonly string[] = []) => [...before, text];

/** Adds `sweep`. */
export const addSweep: AddCommand = (program, context, end) => {
  program
    .command('sweep')
    .summary('an experiment over grids and random samples of its parameters')
    .description(
      'Run an experiment at every point of a grid, or at random ones. Results are appended to a folder as they come, keyed by configuration and model, so the same command goes on after Ctrl-C or a kill and runs only what is missing.',
    )
    .argument('<experiment>', 'a name from `forkless experiments`, or a file with one')
    .option('--grid <name=values>', 'a,b,c or lo..hi or lo..hi:step; repeat for more', collect)
    .option('--random <name[=range]>', 'drawn anew for each sample; repeat for more', collect)
    .option(
      '--samples <count>',
      'random samples, each at every point of the grid',
      whole(1, 1e8),
      100,
    )
    .option('--sample-seed <number>', 'seed of the samples', whole(0, 2 ** 32 - 1), 1)
    .option(
      '--set <name=value>',
      'set a parameter for all',
      (text, before: readonly Setting[] = []) => [...before, parseSetting(text)],
    )
    .option('--seed <number>', 'seed of each run', whole(0, 2 ** 32 - 1), 1)
    .option('--machine <preset>', "a machine preset instead of the experiment's own")
    .option('--profile <name>', "a cost profile instead of the experiment's first")
    .option('--out <folder>', 'where results are kept; sweep-<experiment> if not given')
    .addOption(
      new Option('--shard <i/n>', 'only part i (from 0) of n, for job arrays')
        .argParser(parseShard)
        .default({ index: 0, count: 1 }, 'all of it'),
    )
    .option('--engine <name>', 'threads of this machine, or bullmq', 'threads')
    .option('--workers <count>', 'threads, by default one a CPU', whole(1, 1024))
    .option('--chunk <count>', 'most configurations at a time', whole(1, 500))
    .option('--redis <url>', 'where the queue of bullmq is', 'redis://127.0.0.1:6379')
    .option('--queue <name>', 'name of that queue, one a sweep', 'forkless')
    .option(
      '--maximize <figure>',
      'tell the best so far: predicted.NAME, claims.ID, …',
      parseFigure,
    )
    .option('--minimize <figure>', 'the same, the smallest', parseFigure)
    .option('--json', 'print one JSON object at the end')
    .addHelpText(
      'after',
      examples(
        'forkless sweep pidmap-lock --grid machine=epyc-1s-24,xeon-2s-24 --grid seed=1..20',
        'forkless sweep ./mine.ts --random holdNs --samples 1000 --maximize predicted.peak',
        'forkless sweep ./mine.ts --grid seed=1..10000 --shard $SLURM_ARRAY_TASK_ID/8 --out results',
        'forkless export sweep-pidmap-lock --format csv > sweep.csv',
      ),
    )
    .action(async (word: string, options: SweepOptions) => {
      const { experiment, reference } = await experimentOf(word, context);
      const plan = planOf(experiment, reference, options, context);
      const done = await sweep(plan, reference, experiment.name, options, context);
      context.terminal.stdout.write(options.json ? asJson(done) : asText(done, options));
      end(done.isStopped ? exitStatus.interrupted : exitStatus.fine);
    });
};

interface Done extends SweepEnd {
  readonly folder: string;
  readonly isStopped: boolean;
  readonly best: Best | undefined;
}

async function experimentOf(word: string, { experiments }: CommandContext) {
  if (isFile(word)) {
    return { experiment: await loadExperiment(word), reference: resolve(word) };
  }
  const found = experiments.find(({ name }) => name === word);
  if (found !== undefined) return { experiment: found, reference: word };
  const known = experiments.map(({ name }) => name);
  throw new ConfigError(`There is no experiment "${word}"; ${orElse(word, known)}`);
}

function planOf(
  experiment: Experiment,
  reference: string,
  options: SweepOptions,
  { presetNames }: CommandContext,
): SweepPlan {
  const { machine, profile, set: settings = [], grid = [], random = [] } = options;
  const names = { experiment, machines: presetNames };
  checkSettingNames([experiment], settings);
  const fixed = { machine, profile };
  for (const [name, value] of Object.entries(fixed)) {
    if (value !== undefined) parseGridAxis(`${name}=${value}`, names);
  }
  return createPlan({
    experiment,
    reference,
    settings,
    ...fixed,
    seed: options.seed,
    samples: options.samples,
    sampleSeed: options.sampleSeed,
    grid: grid.map((text) => parseGridAxis(text, names)),
    random: random.map((text) => parseRandomAxis(text, names)),
  });
}

async function sweep(
  plan: SweepPlan,
  reference: string,
  name: string,
  options: SweepOptions,
  { terminal }: CommandContext,
): Promise<Done> {
  const { shard, out: folder = `sweep-${name}` } = options;
  const version = modelVersion(reference);
  const engine = await engineOf(options, version, terminal);
  const store = await openStore(folder, shard);
  const stop = new AbortController();
  const total = Math.ceil((plan.count - shard.index) / shard.count);
  const progress = createSweepProgress(terminal, total, objectiveOf(options));
  const unlisten = onInterrupt(stop, terminal.stderr.write);
  try {
    const end = await runSweep({
      plan,
      shard,
      modelVersion: version,
      store,
      engine,
      signal: stop.signal,
      onKept: progress.kept,
    });
    const isStopped = stop.signal.aborted && end.before + end.ran < end.total;
    return { ...end, folder, isStopped, best: progress.best };
  } finally {
    unlisten();
    progress.end();
    store.close();
  }
}

async function engineOf(
  { engine, workers, chunk, redis, queue }: SweepOptions,
  version: string,
  { stderr }: Terminal,
): Promise<SweepEngine> {
  if (engine === 'threads') {
    const { createThreadEngine } = await import('../sweep/engine/threads.ts');
    return createThreadEngine(workers, chunk);
  }
  if (engine === 'bullmq') {
    const { createBullEngine } = await import('../sweep/engine/bull-engine.ts');
    const onAway = (sentence: string) => stderr.write(`forkless: ${sentence}\n`);
    return createBullEngine({ redis, queue, modelVersion: version, chunk, onAway });
  }
  throw new ConfigError(`--engine: there is no "${engine}"; ${orElse(engine, ENGINES)}`);
}

function objectiveOf({ maximize, minimize }: SweepOptions): Objective | undefined {
  if (maximize !== undefined && minimize !== undefined) {
    throw new ConfigError('--maximize and --minimize were both given; expected one of them.');
  }
  const figure = maximize ?? minimize;
  return figure === undefined ? undefined : { figure, isLargest: maximize !== undefined };
}

/** The first Ctrl-C finishes what is under way, the second ends at once; both leave a sweep to go on. */
function onInterrupt(stop: AbortController, say: (text: string) => void): () => void {
  const listener = () => {
    if (stop.signal.aborted) process.exit(exitStatus.interrupted);
    say('\nforkless: finishing what is under way; press Ctrl-C again to end at once.\n');
    stop.abort();
  };
  process.on('SIGINT', listener);
  process.on('SIGTERM', listener);
  return () => {
    process.off('SIGINT', listener);
    process.off('SIGTERM', listener);
  };
}

function asJson({ folder, total, before, ran, isStopped, best }: Done): string {
  const told = best && {
    value: best.value,
    key: best.found.key,
    configuration: best.found.configuration,
  };
  return `${JSON.stringify({ folder, total, before, ran, isStopped, best: told ?? null })}\n`;
}

function asText(
  { folder, total, before, ran, isStopped, best }: Done,
  options: SweepOptions,
): string {
  const lines = [
    `${showNumber(before + ran)} of ${showNumber(total)} configurations have a result in ${folder}: ${showNumber(before)} had one before, ${showNumber(ran)} ran now.`,
  ];
  if (isStopped) lines.push('Stopped before the end; the same command goes on.');
  if (best !== undefined) {
    const figure = options.maximize ?? options.minimize;
    lines.push(
      `best ${figure} ${showNumber(best.value)}: ${JSON.stringify(best.found.configuration)}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function whole(min: number, max: number) {
  return (text: string): number => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= min && value <= max) return value;
    throw new ConfigError(`"${text}" was given; expected a whole number from ${min} to ${max}.`);
  };
}
