// What the page and the worker that races tell each other.
import type { LaneOptions, LaneState } from './lane.ts';

/** From the page. */
export type ToWorker =
  | { readonly kind: 'start'; readonly lanes: readonly LaneOptions[] }
  | { readonly kind: 'run' }
  | { readonly kind: 'pause' }
  | { readonly kind: 'step' };

/** From the worker. */
export type FromWorker =
  | { readonly kind: 'state'; readonly lanes: readonly LaneState[]; readonly isRunning: boolean }
  | { readonly kind: 'failed'; readonly message: string };
