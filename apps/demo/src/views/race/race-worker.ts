// Runs the lanes of a race side by side, to the same simulated time, in slices short enough that the page
// hears of them often and can stop them.
import { Lane } from './lane.ts';
import type { FromWorker, ToWorker } from './protocol.ts';

/** Wall time of a slice, and between two reports. */
const SLICE_MS = 12;
const REPORT_MS = 100;
/** Simulated time goes on in steps of this until the slice is over. */
const STEP_PS = 2e7;

let lanes: readonly Lane[] = [];
let nowPs = 0;
let isRunning = false;
let reportedAtMs = 0;

const tell = (message: FromWorker) => postMessage(message);

function report(): void {
  reportedAtMs = performance.now();
  tell({ kind: 'state', lanes: lanes.map((lane) => lane.state()), isRunning });
}

function slice(): void {
  if (!isRunning) return;
  const endMs = performance.now() + SLICE_MS;
  while (performance.now() < endMs) {
    nowPs += STEP_PS;
    for (const lane of lanes) lane.runTo(nowPs);
  }
  if (performance.now() - reportedAtMs >= REPORT_MS) report();
  setTimeout(slice, 4);
}

function start(message: Extract<ToWorker, { kind: 'start' }>): void {
  isRunning = false;
  nowPs = 0;
  lanes = message.lanes.map((options) => new Lane(options));
  report();
}

function act(message: ToWorker): void {
  if (message.kind === 'start') start(message);
  else if (message.kind === 'step') {
    isRunning = false;
    for (const lane of lanes) lane.step();
    nowPs = Math.max(...lanes.map((lane) => lane.state().nowPs));
    report();
  } else if (message.kind === 'pause') {
    isRunning = false;
    report();
  } else if (!isRunning) {
    isRunning = true;
    slice();
  }
}

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => {
  try {
    act(data);
  } catch (error) {
    isRunning = false;
    tell({ kind: 'failed', message: (error as Error).message });
  }
});
