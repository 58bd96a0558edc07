// A number that was taken from somewhere: its value, how far it may plausibly be off, and its source.

/** One figure with its interval and provenance. Fits the cost profiles of the simulator. */
export interface Figure {
  readonly value: number;
  readonly unit: 'ns' | 'ratio' | 'count';
  /** The lowest and highest plausible value, `low ≤ value ≤ high`. */
  readonly low: number;
  readonly high: number;
  readonly provenance: 'measured' | 'published' | 'estimated';
  /** The document, machine and method behind the figure. */
  readonly source: string;
}
