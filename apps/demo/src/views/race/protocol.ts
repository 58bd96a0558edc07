// What the page and the worker that races tell each other.
import type { LaneOptions, LaneReport } from './lane.ts';

/** From the page. `seen` asks for the next report: without it none comes while the race runs. */
export type ToWorker =
  | { readonly kind: 'start'; readonly lanes: readonly LaneOptions[] }
  | { readonly kind: 'run' | 'pause' | 'step' | 'seen' };

/** From the worker; the bytes of a report change hands. */
export type FromWorker =
  | {
      readonly kind: 'report';
      readonly nowPs: number;
      readonly lanes: readonly LaneReport[];
      readonly isRunning: boolean;
    }
  | { readonly kind: 'failed'; readonly message: string };
