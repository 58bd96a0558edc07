// What a person sees of a sweep under way: how far it is, how fast, how long yet, and the best so far.
import type { ExperimentResult } from '../experiments/experiment.ts';
import { showNumber } from '../show-value.ts';
import { createProgress } from '../terminal/progress.ts';
import type { Terminal } from '../terminal/terminal.ts';
import type { SweepResult } from './configuration.ts';
import { figureOf, type Objective } from './figure-of.ts';

/** The best result so far. */
export interface Best {
  readonly value: number;
  readonly found: SweepResult;
}

/** Follows a sweep. */
export interface SweepProgress {
  kept(lines: readonly string[], done: number): void;
  /** The best of those that were kept now; undefined without an objective. */
  readonly best: Best | undefined;
  end(): void;
}

/** Starts following a sweep of `total` configurations. */
export function createSweepProgress(
  terminal: Terminal,
  total: number,
  objective: Objective | undefined,
): SweepProgress {
  const bar = createProgress(terminal);
  const startMs = terminal.nowMs();
  let ran = 0;
  let best: Best | undefined;
  return {
    kept(lines, done) {
      ran += lines.length;
      if (objective !== undefined) best = betterOf(best, lines, objective);
      const seconds = Math.max(1e-3, (terminal.nowMs() - startMs) / 1000);
      const rate = ran / seconds;
      const left = Math.ceil((total - done) / Math.max(rate, 1e-9));
      const told = best === undefined ? '' : `, best ${showNumber(best.value)}`;
      bar.update(
        done,
        total,
        `${showNumber(done)}/${showNumber(total)}, ${rate.toFixed(1)}/s, ${left} s left${told}`,
      );
    },
    get best() {
      return best;
    },
    end: () => bar.end(),
  };
}

function betterOf(
  before: Best | undefined,
  lines: readonly string[],
  { figure, isLargest }: Objective,
): Best | undefined {
  let best = before;
  for (const line of lines) {
    const found = JSON.parse(line) as SweepResult;
    if (found.result === undefined) continue;
    const value = figureOf(found.result as ExperimentResult, figure);
    if (value === undefined) continue;
    if (best === undefined || (isLargest ? value > best.value : value < best.value)) {
      best = { value, found };
    }
  }
  return best;
}
