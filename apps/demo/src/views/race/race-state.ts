// The race as the page keeps it: what is raced comes from the address, what is known of it from the worker.
import { signal } from '@preact/signals';
import { param, setParams } from '../../route.ts';
import { designNames, lockingsOf, type LaneOptions, type LaneState } from './lane.ts';
import type { FromWorker, ToWorker } from './protocol.ts';

/** A lane as the address has it: `idr.each-level.6.18`. */
const DEFAULT_LANES = 'idr/each-level/6.18,idr/one-trip/7.0,range-radix/owner-cpu/7.0';
export const LANE_COUNT_MAX = 4;
export const LANE_COUNT_MIN = 2;

/** A point of a throughput curve: simulated microseconds and pairs a second. */
export type RatePoint = readonly [us: number, pairsPerSecond: number];

/** What is shown of the race. */
export interface RaceState {
  readonly lanes: readonly LaneState[];
  readonly rates: readonly (readonly RatePoint[])[];
  readonly isRunning: boolean;
  readonly problem: string | undefined;
}

const NOTHING: RaceState = { lanes: [], rates: [], isRunning: false, problem: undefined };
/** Points kept of each curve; the older half is thinned out when they are more. */
const POINTS_MAX = 400;

/** The race's settings, from the address. */
export function laneOptions(): readonly LaneOptions[] {
  const common = {
    machine: param('machine', 'epyc-1s-24'),
    cpuCount: Number(param('cpus', '20')) || 1,
    seed: Number(param('seed', '1')) || 0,
  };
  return param('lanes', DEFAULT_LANES)
    .split(',')
    .slice(0, LANE_COUNT_MAX)
    .map((text) => ({ ...parseLane(text), ...common }));
}

/** Puts lanes into the address. */
export function setLanes(lanes: readonly LaneOptions[]): void {
  const text = lanes.map(({ design, locking, kernel }) => `${design}/${locking}/${kernel}`);
  setParams({ lanes: text.join(',') });
}

function parseLane(text: string): Pick<LaneOptions, 'design' | 'locking' | 'kernel'> {
  const [design = '', locking, kernel] = text.split('/');
  const known = designNames.includes(design) ? design : 'idr';
  const lockings = lockingsOf(known);
  return {
    design: known,
    locking: lockings.find((name) => name === locking) ?? lockings[0]!,
    kernel: kernel === '6.12' || kernel === '6.18' ? kernel : '7.0',
  };
}

/** A worker with a race in it. */
export class Race {
  readonly state = signal<RaceState>(NOTHING);
  readonly #worker = new Worker(new URL('./race-worker.ts', import.meta.url), { type: 'module' });

  constructor() {
    this.#worker.addEventListener('message', ({ data }: MessageEvent<FromWorker>) => {
      this.#hear(data);
    });
    this.#worker.addEventListener('error', ({ message }) => {
      this.state.value = { ...this.state.value, isRunning: false, problem: message };
    });
  }

  /** Sets the lanes up anew, at time 0. */
  start(lanes: readonly LaneOptions[]): void {
    this.state.value = NOTHING;
    this.#tell({ kind: 'start', lanes });
  }

  /** Goes on, stops, or makes one step in each lane. */
  control(kind: 'run' | 'pause' | 'step'): void {
    this.#tell({ kind });
  }

  /** Ends the worker. */
  end(): void {
    this.#worker.terminate();
  }

  #tell(message: ToWorker): void {
    this.#worker.postMessage(message, []);
  }

  #hear(message: FromWorker): void {
    if (message.kind === 'failed') {
      this.state.value = { ...this.state.value, isRunning: false, problem: message.message };
      return;
    }
    const before = this.state.value;
    this.state.value = {
      lanes: message.lanes,
      rates: message.lanes.map((lane, index) =>
        withPoint(before.rates[index] ?? [], lane, before.lanes[index]),
      ),
      isRunning: message.isRunning,
      problem: undefined,
    };
  }
}

/** The curve with the rate since the last report added. */
function withPoint(
  points: readonly RatePoint[],
  now: LaneState,
  before: LaneState | undefined,
): readonly RatePoint[] {
  const spanPs = now.nowPs - (before?.nowPs ?? 0);
  const pairCount = now.pairCount - (before?.pairCount ?? 0);
  if (spanPs <= 0 || pairCount < 0) return points;
  const next = [...points, [now.nowPs / 1e6, pairCount / (spanPs / 1e12)] as const];
  if (next.length <= POINTS_MAX) return next;
  return next.filter((_, index) => index >= POINTS_MAX / 2 || index % 2 === 0);
}
