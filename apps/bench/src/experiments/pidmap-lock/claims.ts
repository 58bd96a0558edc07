// What the seed thread says of its series, and how the model answers each of it.

import type { ClaimAnswer } from '../answer-claims.ts';
import type { PublishedClaim } from '../experiment.ts';
import { STOCK_PAIRS_PER_SECOND, type Prediction } from './predict.ts';

const THREAD =
  'M. Guzik, "[PATCH 0/3] further damage-control lack of clone scalability", linux-kernel, 2025-11-23';

/** The published band of the series, in pairs a second. */
export const SERIES_BAND: readonly [low: number, high: number] = [510_000, 560_000];

/** What the thread says. */
export const claims: readonly PublishedClaim[] = [
  {
    id: 'series-20-processes',
    text: 'With the series, 20 processes do anything between about 510 k and 560 k ops/s, depending on false sharing.',
    source: THREAD,
    published: SERIES_BAND,
    unit: 'ops/s',
  },
  {
    id: 'at-least-ten-percent',
    text: 'The series is worth at least 10 % if one is unlucky.',
    source: THREAD,
    published: 1.1,
    unit: '× stock',
  },
  {
    id: 'still-the-bottleneck',
    text: 'With the series the lock remains the primary bottleneck by a large margin.',
    source: THREAD,
    published: 'primary bottleneck',
    unit: '',
  },
  {
    id: 'one-trip-to-allocate',
    text: 'alloc_pid() takes the lock once instead of twice in a row.',
    source: THREAD,
    published: 1,
    unit: 'trips',
  },
  {
    id: 'stock-20-processes',
    text: 'The stock kernel hovers around 465 k ops/s with 20 processes.',
    source: THREAD,
    published: STOCK_PAIRS_PER_SECOND,
    unit: 'ops/s',
  },
];

/** What the model found, as far as the claims ask for it. */
export interface Findings {
  readonly prediction: Prediction;
  /** Throughput of the stock kernel with the fitted figure, in pairs a second. */
  readonly stock: number;
  readonly allocTrips: number;
  /** Share of the trips through pidmap_lock that find it held, with the series, 0 to 1. */
  readonly contendedShare: number;
  /** Share of all CPU time that waits for it, 0 to 1. */
  readonly waitShare: number;
}

/** From this share of contended trips on a lock counts as what bounds throughput. */
const SATURATED = 0.9;

/** The claims beside the model. A band holds when the two bands have a value in common. */
export function claimAnswers(findings: Findings): Readonly<Record<string, ClaimAnswer>> {
  const { shared, padded } = findings.prediction;
  const model: readonly [number, number] = [Math.min(shared, padded), Math.max(shared, padded)];
  const gain = model[0] / findings.stock;
  return {
    'series-20-processes': {
      model,
      holds: model[0] <= SERIES_BAND[1] && model[1] >= SERIES_BAND[0],
      kind: 'predicted',
    },
    'at-least-ten-percent': {
      model: gain,
      holds: gain >= 1.1,
      kind: 'predicted',
    },
    'still-the-bottleneck': {
      model: `${percent(findings.contendedShare)} of its trips wait, ${percent(findings.waitShare)} of all CPU time`,
      holds: findings.contendedShare > SATURATED,
      kind: 'predicted',
    },
    'one-trip-to-allocate': {
      model: findings.allocTrips,
      holds: findings.allocTrips === 1,
      kind: 'counted',
    },
    'stock-20-processes': {
      model: findings.stock,
      holds: true,
      kind: 'calibrated',
    },
  };
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
