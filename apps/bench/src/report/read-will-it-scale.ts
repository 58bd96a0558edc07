// A result of will-it-scale on a real machine, read back from its CSV, so that it can stand beside ours.
import { ConfigError } from '@forkless/errors';
import type { Scaling, ScalingRate, ScalingRow } from '../experiments/experiment.ts';

const HEADER = 'tasks,processes,processes_idle,threads,threads_idle,linear';
const LINE = /^\d{1,6}(?:,-?\d{1,18}(?:\.\d+)?){5}$/;

/** Reads what runtest.py of will-it-scale wrote; a line that it cannot have written is a `ConfigError`. */
export function readWillItScale(name: string, text: string): Scaling {
  const [header, ...lines] = text.trimEnd().split(/\r?\n/);
  if (header !== HEADER) {
    throw new ConfigError(`${name}: expected the header "${HEADER}" of will-it-scale.`);
  }
  const rows = lines.map((line, i) => {
    if (LINE.test(line)) return rowOf(line.split(',').map(Number));
    throw new ConfigError(`${name}:${i + 2}: expected six numbers, got ${JSON.stringify(line)}.`);
  });
  // Row 0 is the machine at rest.
  return { name, rows: rows.filter(({ tasks }) => tasks > 0) };
}

function rowOf(cells: readonly number[]): ScalingRow {
  const [tasks = 0, processes = -1, processesIdle = 0, threads = -1, threadsIdle = 0] = cells;
  const processRate = rateOf(processes, processesIdle);
  const threadRate = rateOf(threads, threadsIdle);
  return {
    tasks,
    ...(processRate === undefined ? {} : { processes: processRate }),
    ...(threadRate === undefined ? {} : { threads: threadRate }),
  };
}

/** -1 stands for a variant that was not run. */
function rateOf(perSecond: number, idlePercent: number): ScalingRate | undefined {
  return perSecond < 0 ? undefined : { perSecond, idlePercent };
}
