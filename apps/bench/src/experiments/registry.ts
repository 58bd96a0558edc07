// The list of all experiments. To add one, import it and put it into the list, in the order in which
// `forkless run all` should run them.
import type { Experiment } from './experiment.ts';
import { pidmapLock } from './pidmap-lock/pidmap-lock.ts';
import { weightedInterleave } from './weighted-interleave/weighted-interleave.ts';

/** Every experiment the command knows. */
export const experiments: readonly Experiment[] = [pidmapLock, weightedInterleave];
