// Runs a few configurations one after the other, in whatever thread it is called, and gives the lines to
// keep. An experiment that refuses a configuration has answered; anything else that goes wrong ends the
// sweep.
import { ConfigError } from '@forkless/errors';
import type { Experiment } from '../experiments/experiment.ts';
import { loadExperiment } from '../experiments/load-experiment.ts';
import { isFile } from '../import-file.ts';
import { experiments } from '../experiments/registry.ts';
import type { Configuration, SweepTask } from './configuration.ts';
import { resultLine } from './result-store.ts';

/** What a chunk took, beside its lines. */
export interface ChunkDone {
  readonly lines: readonly string[];
  readonly elapsedMs: number;
}

/** Runs the tasks in order. */
export async function runChunk(tasks: readonly SweepTask[]): Promise<ChunkDone> {
  const from = performance.now();
  const lines: string[] = [];
  for (const { key, configuration } of tasks) {
    const experiment = await experimentOf(configuration.experiment);
    lines.push(resultLine({ key, configuration, ...answer(experiment, configuration) }));
  }
  return { lines, elapsedMs: performance.now() - from };
}

function answer(experiment: Experiment, configuration: Configuration) {
  try {
    return { result: experiment.run({ ...configuration, progress() {} }) };
  } catch (error) {
    if (error instanceof ConfigError) return { refused: error.message };
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    throw new Error(`with ${JSON.stringify(configuration)}: ${what}`, { cause: error });
  }
}

const loaded = new Map<string, Promise<Experiment>>();

/** The experiment of that name, or of that file, loaded once a thread. */
export function experimentOf(reference: string): Promise<Experiment> {
  const known = loaded.get(reference);
  if (known !== undefined) return known;
  const found = isFile(reference) ? loadExperiment(reference) : named(reference);
  loaded.set(reference, found);
  return found;
}

async function named(name: string): Promise<Experiment> {
  const found = experiments.find((one) => one.name === name);
  if (found !== undefined) return found;
  throw new ConfigError(`There is no experiment "${name}".`);
}
