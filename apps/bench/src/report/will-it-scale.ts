// Throughput over tasks in the CSV of will-it-scale, so that its plotting scripts read our results and a
// result of a real machine stands beside them.
import type { Scaling, ScalingRate, ScalingRow } from '../experiments/experiment.ts';

const header = 'tasks,processes,processes_idle,threads,threads_idle,linear';
const nothingRuns = '0,0,100,0,100,0';

/** What stands in the file for a variant that was not run; the machine is idle meanwhile. */
const notRun: ScalingRate = { perSecond: -1, idlePercent: 100 };

/**
 * The whole file. `linear` is the better rate of one task times the tasks, 0 if one task was not run.
 * @see will-it-scale, runtest.py
 */
export function willItScaleCsv({ rows }: Scaling): string {
  const { processes = notRun, threads = notRun } = rows.find(({ tasks }) => tasks === 1) ?? {};
  const linear = Math.max(0, processes.perSecond, threads.perSecond);
  return [header, nothingRuns, ...rows.map((row) => csvLine(row, linear)), ''].join('\n');
}

function csvLine({ tasks, processes = notRun, threads = notRun }: ScalingRow, linear: number) {
  return [
    tasks,
    Math.trunc(processes.perSecond),
    processes.idlePercent.toFixed(2),
    Math.trunc(threads.perSecond),
    threads.idlePercent.toFixed(2),
    Math.trunc(linear) * tasks,
  ].join(',');
}
