// A profile for tests, in which everything is free unless a test says what it costs.

import type { CostProfile, Figure } from '../src/index.ts';

const figure = (value: number, unit: Figure['unit']): Figure => ({
  value,
  unit,
  low: value,
  high: value,
  provenance: 'estimated',
  source: 'chosen by a test',
});

/** Free but for `ns`; the lock's own figures can be given too. */
export function testProfile(
  ns: Readonly<Record<string, number>>,
  { handoverTransfers = 0, ticketShare = 0, contention = 1 } = {},
): CostProfile {
  const free = { 'line.hit': 0, 'line.memory': 0, 'lock.atomic': 0, 'transfer.any': 0 };
  const slab = { 'slab.alloc': 0, 'slab.free': 0 };
  const times = Object.entries({ ...free, ...slab, ...ns }).map(
    ([name, value]) => [name, figure(value, 'ns')] as const,
  );
  return {
    name: 'test',
    description: 'chosen by a test',
    figures: {
      ...Object.fromEntries(times),
      'lock.handover-transfers': figure(handoverTransfers, 'count'),
      'lock.ticket-share': figure(ticketShare, 'ratio'),
      'transfer.contention': figure(contention, 'ratio'),
    },
  };
}
