// What a design of an allocator says of itself, so that it can be picked by name, checked by the common
// suite and raced. A stranger's design is one more of these.

import type { IdAllocator } from '../id-allocator.ts';
import type { TrafficNoted } from './line-traffic.ts';
import type { StatePlace } from './state.ts';

/** How an allocator is to be made. What is left out is the design's own choice. */
export interface DesignOptions {
  /** Ids are below this. */
  readonly end: number;
  /** CPUs that will call; 1 when left out. */
  readonly cpuCount?: number;
  /** Where the state lies; private to this thread when left out. */
  readonly place?: StatePlace;
  /** Ids live at once at most, where the state cannot grow; all of them when left out. */
  readonly liveMax?: number;
  /**
   * Note the lines and objects of each call; costs some time. `words` notes single words in place of lines
   * where a design keeps apart what it guards by several locks.
   */
  readonly notesTraffic?: boolean | TrafficNoted;
  /** A number from 0 to below 1 at each call, for designs that draw. */
  readonly random?: () => number;
}

/** The ways a lock can guard an allocator; see `LOCKINGS`. */
export type LockingName = 'each-level' | 'one-trip' | 'per-namespace' | 'owner-cpu' | 'none';

/** A design by its name. */
export interface PidDesign {
  readonly name: string;
  /** One sentence. */
  readonly title: string;
  /** The lockings it can be run under, its own first. */
  readonly lockings: readonly LockingName[];
  /** Whether ids are handed out strictly in turn: the lowest free one from the last one on. */
  readonly isCyclic: boolean;
  /** Whether its state can lie over a shared buffer. */
  readonly isShareable: boolean;
  /** Makes one; over a shared buffer only numbers can be stored. */
  create<T>(options: DesignOptions): IdAllocator<T>;
}
