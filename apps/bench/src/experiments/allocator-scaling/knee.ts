// Where a curve stops rising with the CPUs, and what its CPUs wait for there.

import type { Ledger } from '@forkless/sim';
import type { RacePointResult } from './workload.ts';

/** Part of the throughput of one CPU that each CPU has to bring for the curve to count as rising. */
const KNEE_SHARE = 0.8;

/** The highest number of CPUs up to which each brings four fifths of what one alone does. */
export function kneeOf(points: readonly (readonly [cpus: number, pairs: number])[]): number {
  const alone = points[0]![1] / points[0]![0];
  let knee = points[0]![0];
  for (const [cpus, pairs] of points) {
    if (pairs / cpus < KNEE_SHARE * alone) break;
    knee = cpus;
  }
  return knee;
}

/** What bounds a point, per pair: what is waited for most, lines moved, refills. */
export interface Bound {
  /** A lock, or a group of lines that every CPU writes; undefined when nothing is waited for. */
  readonly waitsFor: string | undefined;
  readonly waitNs: number;
  /** How long the lock is held; undefined for a line. */
  readonly holdNs: number | undefined;
  readonly transfers: number;
  readonly refills: number;
  /** Share of the trips of the pid locks that had to wait, 0 to 1. */
  readonly contendedShare: number;
}

/** What bounds a point. */
export function boundOf({ ledger, pairCount }: RacePointResult): Bound {
  const waits = [
    ...Object.entries(ledger.locks).map(([name, { waitNs, holdNs }]) => ({ name, waitNs, holdNs })),
    ...Object.entries(ledger.lines).map(([name, { queueNs }]) => ({
      name: `the line of ${name}`,
      waitNs: queueNs,
      holdNs: undefined,
    })),
  ].toSorted((one, other) => other.waitNs - one.waitNs);
  const worst = waits[0];
  const pid = ledger.locks['pidmap_lock'];
  return {
    waitsFor: worst !== undefined && worst.waitNs > 0 ? worst.name : undefined,
    waitNs: (worst?.waitNs ?? 0) / pairCount,
    holdNs: worst?.holdNs === undefined ? undefined : worst.holdNs / pairCount,
    transfers: transfersOf(ledger) / pairCount,
    refills: (ledger.locks['pid stock lock']?.trips ?? 0) / pairCount,
    contendedShare: pid === undefined || pid.trips === 0 ? 0 : pid.contended / pid.trips,
  };
}

/** Lines that moved between CPUs. */
function transfersOf(ledger: Ledger): number {
  return Object.values(ledger.lines)
    .flatMap(({ transfers }) => Object.values(transfers))
    .reduce((sum, count) => sum + count, 0);
}
