// An experiment of one's own: a file given on the command line that exports one.
import { ConfigError } from '@forkless/errors';
import { importFile } from '../import-file.ts';
import type { Experiment } from './experiment.ts';

/** The export of the file that is run. */
const EXPORT = 'experiment';

/** The experiment that the file exports; a `ConfigError` when it has none that can be run. */
export async function loadExperiment(file: string): Promise<Experiment> {
  const loaded = await importFile(file, 'an experiment');
  const experiment = loaded[EXPORT];
  const missing = missingPart(experiment);
  if (missing === undefined) return answering(experiment as Experiment, file);
  throw new ConfigError(`${file}: expected \`export const ${EXPORT}\` with ${missing}.`);
}

/** The same experiment; what it throws of its own is said to be its author's, not ours. */
function answering(experiment: Experiment, file: string): Experiment {
  return {
    ...experiment,
    run(context) {
      try {
        return experiment.run(context);
      } catch (error) {
        if (error instanceof ConfigError || !(error instanceof Error)) throw error;
        throw new ConfigError(`${file}: its run threw ${error.stack ?? error.message}`);
      }
    },
  };
}

/** The first thing a value lacks to be an experiment, in words. */
function missingPart(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null) return 'an object';
  const parts = value as Record<string, unknown>;
  const texts = ['name', 'title', 'machine'];
  const lists = ['claims', 'parameters', 'profiles', 'columns'];
  const functions = ['run', 'plots'];
  return (
    texts.filter((key) => typeof parts[key] !== 'string').map((key) => `a text \`${key}\``)[0] ??
    lists.filter((key) => !Array.isArray(parts[key])).map((key) => `a list \`${key}\``)[0] ??
    functions
      .filter((key) => typeof parts[key] !== 'function')
      .map((key) => `a function \`${key}\``)[0]
  );
}
