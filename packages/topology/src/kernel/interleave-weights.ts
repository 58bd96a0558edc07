// Weights for weighted interleaving in proportion to bandwidth: the smallest whole numbers that come
// near enough.
import { assert } from '@forkless/errors';

/** The largest weight Linux takes. @see Documentation/ABI/testing/sysfs-kernel-mm-mempolicy-weighted-interleave */
const WEIGHT_MAX = 255;

/** Weights and how far the worst of them is off its share. */
export interface InterleaveWeights {
  readonly weights: readonly number[];
  /** The largest relative difference between a node's share of pages and of bandwidth. */
  readonly error: number;
}

/**
 * The smallest weights, by their sum, whose shares are within `errorMax` of those of the bandwidths;
 * where none up to 255 is, the best there are. Every weight is at least 1. O(255 × nodes).
 */
export function interleaveWeights(
  bandwidthsMBs: readonly number[],
  errorMax = 0.05,
): InterleaveWeights {
  assert(bandwidthsMBs.length > 0, 'there is a node to interleave over');
  assert(
    bandwidthsMBs.every((bandwidth) => bandwidth > 0),
    'every bandwidth is known',
  );
  const least = Math.min(...bandwidthsMBs);
  const largest = Math.max(...bandwidthsMBs);
  let best: InterleaveWeights | undefined;
  for (let scale = 1; scale === 1 || (scale * largest) / least <= WEIGHT_MAX + 0.5; scale++) {
    const weights = bandwidthsMBs.map((bandwidth) =>
      Math.min(WEIGHT_MAX, Math.max(1, Math.round((scale * bandwidth) / least))),
    );
    const candidate = { weights, error: errorOf(weights, bandwidthsMBs) };
    if (best === undefined || candidate.error < best.error) best = candidate;
    if (best.error <= errorMax) break;
  }
  return best!;
}

function errorOf(weights: readonly number[], bandwidths: readonly number[]): number {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  const [allWeights, allBandwidth] = [sum(weights), sum(bandwidths)];
  return Math.max(
    ...weights.map((weight, i) =>
      Math.abs((weight * allBandwidth) / (bandwidths[i]! * allWeights) - 1),
    ),
  );
}
