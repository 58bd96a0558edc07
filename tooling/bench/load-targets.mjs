// What a speed target is, and the list of them, which is loaded by its address as benchmarks are not
// type-checked.

/**
 * @typedef {() => number} Work does a piece of work and tells how many operations it was
 * @typedef {{
 *   id: string, package: string, what: string, beside: string, aim?: number, quick?: boolean,
 *   ours: () => Promise<Work> | Work, peer: () => Promise<Work> | Work,
 * }} Target two pieces of work, in words and as functions; `aim` is the ratio wanted at most, one that is
 *   `quick` is among those that CI guards
 */

/** @returns {Promise<readonly Target[]>} */
export async function loadTargets() {
  const { targets } = await import(new URL('./targets.mjs', import.meta.url).href);
  return targets;
}
