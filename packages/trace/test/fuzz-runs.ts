// How long random tests are: FORKLESS_FUZZ in CI, else what is quick.

/** The number of runs. */
export function fuzzRuns(quick: number): number {
  const given = Number(process.env['FORKLESS_FUZZ'] ?? '');
  return Number.isSafeInteger(given) && given > 0 ? given : quick;
}
