// A recording replayed on a kernel that hands out pids by a design of choice.
import { DesignRegistry, type IdAllocator, type Pid } from '@forkless/pid';
import { replayProcesses, type Mechanism, type Replayed } from '@forkless/spawn';
import { boot } from '@forkless/task';
import type { ProcessRecord } from '@forkless/trace';

/** On what a recording is replayed. */
export interface ReplayOptions {
  /** Serves what was fork and exec; undefined replays the recording's own calls. */
  readonly mechanism: Mechanism | undefined;
  /** A design of `@forkless/pid`. */
  readonly allocator: string;
  readonly cpuCount: number;
  /** Written memory of every parent in MiB; 0 when left out. */
  readonly parentMib?: number;
}

/** Replays the processes of a recording. Linear in them. */
export function replay(
  records: readonly ProcessRecord[],
  { mechanism, allocator, cpuCount, parentMib = 0 }: ReplayOptions,
): Replayed {
  const design = new DesignRegistry().get(allocator);
  const kernel = boot({
    possibleCpuCount: cpuCount,
    pidMax: 4_194_304,
    threadsMax: 1 << 22,
    pidAllocator: (end): IdAllocator<Pid> => design.create<Pid>({ end, cpuCount }),
  });
  return replayProcesses(records, { mechanism, kernel, parentMib });
}
