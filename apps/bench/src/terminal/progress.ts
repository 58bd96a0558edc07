// One line of progress on stderr, for a person who waits: shown on a terminal only, from the second
// second on, and gone without a trace when the work is done.
import type { Terminal } from './terminal.ts';

const quietMs = 1000;
const redrawMs = 100;
const barWidth = 24;

/** A line that can be redrawn. */
export interface Progress {
  /** `done` of `total` units; `what` is a few words on the work at hand. Cheap to call often. */
  update(done: number, total: number, what: string): void;
  /** Takes the line away. */
  end(): void;
}

/** Starts the clock of a piece of work. */
export function createProgress({ stderr, nowMs }: Terminal): Progress {
  const startMs = nowMs();
  let drawnMs = startMs + quietMs - redrawMs;
  let isShown = false;
  return {
    update(done, total, what) {
      if (!stderr.isTTY) return;
      const now = nowMs();
      if (now - drawnMs < redrawMs) return;
      drawnMs = now;
      isShown = true;
      const share = total > 0 ? Math.min(1, done / total) : 0;
      const bar = '#'.repeat(Math.round(share * barWidth)).padEnd(barWidth, '.');
      const seconds = Math.round((now - startMs) / 1000);
      const line = `[${bar}] ${String(Math.floor(share * 100)).padStart(3)} % ${seconds} s  ${what}`;
      stderr.write(`\r\u001B[K${line.slice(0, (stderr.columns ?? 80) - 1)}`);
    },
    end() {
      if (isShown) stderr.write('\r\u001B[K');
      isShown = false;
    },
  };
}
