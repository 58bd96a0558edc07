// Time in a recording as whole nanoseconds since its first event: seconds and their fraction are kept
// apart until they are subtracted, because nanoseconds since 1970 do not fit a double.

/** Where the time of a recording starts. */
export interface TraceOrigin {
  /** Whole seconds, of whatever clock the recorder used. */
  readonly sec: number;
  /** The rest, in nanoseconds. */
  readonly ns: number;
}

const NS_PER_SEC = 1e9;

/** Turns seconds and their fraction into nanoseconds since the first time it was asked. */
export class TraceClock {
  #origin: TraceOrigin | undefined;
  #latestNs = 0;

  /** The first time, if there was one. */
  get origin(): TraceOrigin | undefined {
    return this.#origin;
  }

  /** The latest time that was asked for, in nanoseconds since the origin. */
  get latestNs(): number {
    return this.#latestNs;
  }

  /** Nanoseconds since the origin; exact over 104 days. */
  sinceOrigin(sec: number, ns: number): number {
    this.#origin ??= { sec, ns };
    const timeNs = (sec - this.#origin.sec) * NS_PER_SEC + (ns - this.#origin.ns);
    if (timeNs > this.#latestNs) this.#latestNs = timeNs;
    return timeNs;
  }
}
