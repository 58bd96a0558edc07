// The one fitted figure: by how much contention slows a cache line's way between two CPUs, chosen so
// that the old kernel does what was published of it. Everything else is as the profile says.

import { ConfigError } from '@forkless/errors';
import { withFigures, type CostProfile } from '@forkless/sim';

/** The name of the figure that is fitted. */
export const FITTED_FIGURE = 'transfer.contention';

const FACTOR_MIN = 0.05;
const FACTOR_MAX = 20;
const HALVINGS = 12;

/**
 * The profile whose `throughput` is `target`, found by halving on a logarithmic scale. Throughput
 * falls as the factor grows. A `ConfigError` when the target lies outside 0.05 to 20 times.
 */
export function fitContention(
  profile: CostProfile,
  target: number,
  throughput: (profile: CostProfile) => number,
): CostProfile {
  const at = (factor: number) => withFigures(profile, { [FITTED_FIGURE]: factor }, 'fitted');
  let low = FACTOR_MIN;
  let high = FACTOR_MAX;
  if (throughput(at(low)) < target || throughput(at(high)) > target) {
    throw new ConfigError(
      `profile '${profile.name}' cannot be fitted to ${target} ops/s: expected a line-transfer factor ` +
        `between ${FACTOR_MIN} and ${FACTOR_MAX} to give it`,
    );
  }
  for (let halving = 0; halving < HALVINGS; halving++) {
    const middle = Math.sqrt(low * high);
    if (throughput(at(middle)) > target) low = middle;
    else high = middle;
  }
  return at(Math.sqrt(low * high));
}
