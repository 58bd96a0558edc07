// A recording made again on the model, by its own calls and by each mechanism in the place of its forks.
import { MECHANISMS, replayProcesses, type Replayed } from '@forkless/spawn';
import { boot } from '@forkless/task';
import type { ProcessRecord } from '@forkless/trace';

/** Replays one after the other, the recording as it was first. */
export function* replays(records: readonly ProcessRecord[]): Generator<Replayed> {
  for (const mechanism of [undefined, ...MECHANISMS]) {
    const kernel = boot({ pidMax: 4_194_304, threadsMax: 1 << 22 });
    yield replayProcesses(records, { mechanism, kernel });
  }
}

/** Processes that were made and never ran a program: no spawn can make them, only a copy will do. */
export function forkedOnly(records: readonly ProcessRecord[]): readonly ProcessRecord[] {
  return records.filter(({ isCreated, execs }) => isCreated && execs.length === 0);
}
