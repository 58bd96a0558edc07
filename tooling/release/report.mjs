// How a release check ends: one line when all is well, else one line a problem and exit status 1.
import { fileURLToPath } from 'node:url';

/** The root of the checkout. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * @param {string} fact what holds if there is no problem
 * @param {readonly string[]} problems one sentence each
 */
export function report(fact, problems) {
  if (problems.length === 0) console.log(fact);
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
