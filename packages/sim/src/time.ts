// Simulated time: an integer number of picoseconds in a double, exact up to 2^53 ps = 2.5 hours.

import { assert } from '@forkless/errors';

/** A point or a span of simulated time, in whole picoseconds. */
export type Ps = number;

/** The picoseconds in a nanosecond. */
export const PS_PER_NS = 1_000;

/** The picoseconds in a second. */
export const PS_PER_SECOND = 1e12;

/** Nanoseconds to whole picoseconds, rounded to nearest. */
export function nsToPs(ns: number): Ps {
  assert(Number.isFinite(ns) && ns >= 0, `a duration is finite and not negative, not ${ns} ns`);
  return Math.round(ns * PS_PER_NS);
}

/** Picoseconds to nanoseconds. */
export function psToNs(ps: Ps): number {
  return ps / PS_PER_NS;
}
