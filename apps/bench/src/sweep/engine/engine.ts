// What runs the chunks of a sweep somewhere: in threads of this machine, or in workers elsewhere. An engine
// may run a chunk twice; results are keyed, so that does no harm.
import type { SweepTask } from '../configuration.ts';

/** What an engine is given to do. */
export interface EngineWork {
  /** Tasks that have no result yet, in order; taken as they are needed. */
  readonly tasks: Iterator<SweepTask>;
  /** Takes the lines of finished tasks. */
  readonly onLines: (lines: readonly string[]) => void;
  /** Once aborted nothing new is begun; what is under way is finished and kept. */
  readonly signal: AbortSignal;
}

/** Runs work to its end. */
export interface SweepEngine {
  run(work: EngineWork): Promise<void>;
}

/** The next `count` tasks, fewer at the end. */
export function takeChunk(tasks: Iterator<SweepTask>, count: number): SweepTask[] {
  const chunk: SweepTask[] = [];
  while (chunk.length < count) {
    const next = tasks.next();
    if (next.done === true) break;
    chunk.push(next.value);
  }
  return chunk;
}
