// What a run counted: lock trips, cache-line transfers by distance, slab objects by kind and node,
// work by figure. Everything here is exact; only the members whose names end in a unit of time depend
// on a cost profile.

/** What happened at one group of locks. */
export interface LockLedger {
  /** Times a lock of the group was taken. */
  readonly trips: number;
  /** Trips that found the lock held. */
  readonly contended: number;
  /** The longest queue of waiters seen. */
  readonly queueMax: number;
  readonly waitNs: number;
  readonly holdNs: number;
}

/** What happened at one group of cache lines. */
export interface LineLedger {
  /** Touches that found the line in the CPU's own cache in the state they needed. */
  readonly hits: number;
  /** First touches, served by memory. */
  readonly fromMemory: number;
  /** Transfers from another CPU's cache, by distance class. */
  readonly transfers: Readonly<Record<string, number>>;
  /** Time spent waiting for a transfer that was under way to another CPU. */
  readonly queueNs: number;
}

/** What happened at one slab cache on one node. */
export interface SlabLedger {
  readonly cache: string;
  readonly node: number;
  readonly objectBytes: number;
  readonly allocs: number;
  readonly frees: number;
}

/** Everything a run counted, as plain data in a fixed order. */
export interface Ledger {
  readonly events: number;
  /** Units of work done, by the name of the step that counts them. */
  readonly done: number;
  /** Paths that ended in a refusal, by errno. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly locks: Readonly<Record<string, LockLedger>>;
  readonly lines: Readonly<Record<string, LineLedger>>;
  readonly slabs: readonly SlabLedger[];
  /** How often each figure of the profile was spent. */
  readonly work: Readonly<Record<string, number>>;
}
