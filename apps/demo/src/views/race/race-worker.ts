// Runs the lanes of a race side by side, to the same simulated time, in slices short enough that the page
// can stop them. It reports at most ten times a second, and not before the last report was drawn.
import { Lane, type Stepped } from './lane.ts';
import type { FromWorker, ToWorker } from './protocol.ts';

/** Wall time of a slice, of the rest after it, and between two reports. */
const SLICE_MS = 12;
const REST_MS = 4;
const REPORT_MS = 100;
/** Simulated time goes on in steps of this until the slice is over. */
const STEP_PS = 2e7;

let lanes: readonly Lane[] = [];
let nowPs = 0;
let isRunning = false;
let isSeen = true;
let reportedAtMs = 0;

const tell = (message: FromWorker, handed: Transferable[] = []) => postMessage(message, handed);

function report(stepped: readonly Stepped[] = []): void {
  reportedAtMs = performance.now();
  isSeen = false;
  const reports = lanes.map((lane, index) => lane.report(!isRunning, stepped[index]));
  tell(
    { kind: 'report', nowPs, lanes: reports, isRunning },
    reports.flatMap(({ cpus, ids }) => [cpus.buffer, ids.buffer]),
  );
}

function slice(): void {
  if (!isRunning) return;
  const endMs = performance.now() + SLICE_MS;
  while (performance.now() < endMs) {
    nowPs += STEP_PS;
    for (const lane of lanes) lane.runTo(nowPs);
  }
  if (isSeen && performance.now() - reportedAtMs >= REPORT_MS) report();
  setTimeout(guarded(slice), REST_MS);
}

function act(message: ToWorker): void {
  switch (message.kind) {
    case 'start':
      isRunning = false;
      nowPs = 0;
      lanes = message.lanes.map((options) => new Lane(options));
      return report();
    case 'step': {
      isRunning = false;
      const stepped = lanes.map((lane) => lane.step());
      nowPs = Math.max(nowPs, ...lanes.map((lane) => lane.nowPs));
      return report(stepped);
    }
    case 'pause':
      isRunning = false;
      return report();
    case 'run':
      if (isRunning) return;
      isRunning = true;
      report();
      return slice();
    case 'seen':
      isSeen = true;
  }
}

/** What goes wrong is told to the page. */
function guarded(work: () => void): () => void {
  return () => {
    try {
      work();
    } catch (error) {
      isRunning = false;
      tell({ kind: 'failed', message: (error as Error).message });
    }
  };
}

addEventListener('message', ({ data }: MessageEvent<ToWorker>) => guarded(() => act(data))());
