// The race as the page keeps it. Reports come from the worker and are drawn when the browser draws its next
// frame; only then is the next one asked for, so that a slow page gets fewer of them and never a queue.
import { signal } from '@preact/signals';
import type { LaneOptions, LaneReport, Stepped } from './lane.ts';
import type { FromWorker, ToWorker } from './protocol.ts';
import { RateHistory } from './rate-history.ts';

/** Single steps that are kept for the timeline, at most. */
const STEPS_MAX = 2000;

/** What is drawn. */
export interface Drawn {
  readonly lanes: readonly LaneReport[];
  readonly history: RateHistory;
}

type Draw = (drawn: Drawn) => void;

/** A worker with a race in it. */
export class Race {
  readonly isRunning = signal(false);
  readonly problem = signal<string | undefined>(undefined);
  /** Single steps so far, by lane. */
  readonly steps = signal<readonly (readonly Stepped[])[]>([]);
  history = new RateHistory(0);
  #lanes: readonly LaneReport[] = [];
  #frame = 0;
  readonly #draws = new Set<Draw>();
  readonly #worker = new Worker(new URL('./race-worker.ts', import.meta.url), { type: 'module' });

  constructor() {
    this.#worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
      this.#hear(data);
    });
    this.#worker.addEventListener('error', ({ message }) => this.#fail(message));
  }

  /** Calls `draw` with what is known now and at every frame that brings something new. */
  onDraw(draw: Draw): () => void {
    this.#draws.add(draw);
    if (this.#lanes.length > 0) draw({ lanes: this.#lanes, history: this.history });
    return () => void this.#draws.delete(draw);
  }

  /** Sets the lanes up anew, at time 0. */
  start(lanes: readonly LaneOptions[]): void {
    this.problem.value = undefined;
    this.isRunning.value = false;
    this.steps.value = lanes.map(() => []);
    this.history = new RateHistory(lanes.length);
    this.#lanes = [];
    this.#tell({ kind: 'start', lanes });
  }

  /** Goes on, stops, or makes one step in each lane. */
  control(kind: 'run' | 'pause' | 'step'): void {
    this.#tell({ kind });
  }

  /** Ends the worker. */
  end(): void {
    cancelAnimationFrame(this.#frame);
    this.#worker.terminate();
  }

  #tell(message: ToWorker): void {
    this.#worker.postMessage(message, []);
  }

  #fail(message: string): void {
    this.isRunning.value = false;
    this.problem.value = message;
  }

  #hear(message: FromWorker): void {
    if (message.kind === 'failed') return this.#fail(message.message);
    const { lanes, nowPs, isRunning } = message;
    this.isRunning.value = isRunning;
    this.#lanes = lanes;
    if (lanes.some(({ stepped }) => stepped !== undefined)) {
      // Each lane has made a step of its own: there is no rate over that.
      this.steps.value = this.steps.value.map((known, lane) =>
        [...known, lanes[lane]!.stepped!].slice(-STEPS_MAX),
      );
    } else {
      const pairCounts = lanes.map(({ pairCount }) => pairCount);
      this.history.add(nowPs, pairCounts);
    }
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw());
  }

  #draw(): void {
    this.#frame = 0;
    for (const draw of this.#draws) draw({ lanes: this.#lanes, history: this.history });
    this.#tell({ kind: 'seen' });
  }
}
