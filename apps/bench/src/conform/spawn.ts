// The spawn suite: what a booted kernel and libc answered about making processes, asked of the model.
import type { ConformSuite } from './report.ts';
import { runFamilies } from './spawn/run-families.ts';
import { CALLS, STATE_FIELDS } from './spawn/vocabulary.ts';

/** Compares every recording below a folder: argument tables and scenarios of all families. */
export const conformSpawn: ConformSuite = (directory) =>
  runFamilies(directory, ['A', 'B', 'C', 'D', 'E'], { calls: CALLS, stateFields: STATE_FIELDS });
