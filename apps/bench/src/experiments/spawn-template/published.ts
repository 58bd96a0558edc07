// The table of the RFC, and what follows from it by arithmetic.

/** A row: workers, calls each of them has in flight, and both columns in calls a second. */
export interface PublishedRow {
  readonly name: string;
  readonly workers: number;
  readonly inFlight: number;
  readonly subprocess: number;
  readonly template: number;
}

/** The four rows, 6144 calls each. */
export const ROWS: readonly PublishedRow[] = [
  { name: '1x16', workers: 1, inFlight: 16, subprocess: 411.04, template: 420.32 },
  { name: '2x8', workers: 2, inFlight: 8, subprocess: 666.78, template: 690.08 },
  { name: '4x4', workers: 4, inFlight: 4, subprocess: 955.61, template: 1003.25 },
  { name: '8x2', workers: 8, inFlight: 2, subprocess: 1048.25, template: 1069.18 },
];

/** Rows the two parameters are fitted to; the last one is left to be predicted. */
export const FITTED_ROWS = ROWS.slice(0, 3);

/** Wall time a call in µs. */
export const usPerCall = (callsPerSecond: number): number => 1e6 / callsPerSecond;
