// The one fitted figure: by how much contention slows a cache line's way between two CPUs, chosen so
// that the old kernel does what was published of it. Everything else is as the profile says.

import { withFigures, type CostProfile } from '@forkless/sim';

/** The name of the figure that is fitted. */
export const FITTED_FIGURE = 'transfer.contention';

const FACTOR_MIN = 0.05;
const FACTOR_MAX = 20;
/** Relative; a run of 10 ms counts some thousand pairs, so closer would be chance. */
const TOLERANCE = 0.001;
const STEPS_MAX = 14;

/**
 * The profile whose `throughput` is `target`, or undefined when no factor from 0.05 to 20 gives it.
 * Throughput falls as the factor grows; the search is a false position between logarithms, which
 * takes about five runs.
 */
export function fitContention(
  profile: CostProfile,
  target: number,
  throughput: (profile: CostProfile) => number,
): CostProfile | undefined {
  const at = (log: number) => withFigures(profile, { [FITTED_FIGURE]: Math.exp(log) }, 'fitted');
  const missOf = (log: number) => Math.log(throughput(at(log)) / target);
  let low = { log: Math.log(FACTOR_MIN), miss: 0, weight: 1 };
  let high = { log: Math.log(FACTOR_MAX), miss: 0, weight: 1 };
  low.miss = missOf(low.log);
  high.miss = missOf(high.log);
  if (low.miss < 0 || high.miss > 0) return undefined;
  let best = low.miss < -high.miss ? low : high;
  for (let step = 0; step < STEPS_MAX && Math.abs(best.miss) > TOLERANCE; step++) {
    const [a, b] = [low.miss * low.weight, high.miss * high.weight];
    const log = (low.log * b - high.log * a) / (b - a);
    const tried = { log, miss: missOf(log), weight: 1 };
    if (Math.abs(tried.miss) < Math.abs(best.miss)) best = tried;
    // The end that stays weighs half, so that both ends move (the Illinois rule).
    if (tried.miss > 0) [low, high] = [tried, { ...high, weight: high.weight / 2 }];
    else [low, high] = [{ ...low, weight: low.weight / 2 }, tried];
  }
  return at(best.log);
}
