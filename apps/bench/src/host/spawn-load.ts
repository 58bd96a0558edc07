// What one measured process of `forkless host spawn` is told, and what it says.

/** A load, a way to spawn, and how long to measure. */
export interface SpawnLoad {
  readonly way: 'child_process' | 'host' | 'host start';
  readonly program: string;
  readonly memoryMib: number;
  readonly files: number;
  readonly mappings: number;
  readonly pipes: boolean;
  readonly warmUp: number;
  readonly count: number;
  readonly inFlight: number;
  readonly milliseconds: number;
}

/** Medians of one process. `callUs`: blocked in the call; `latencyUs`: until the exit is known. */
export interface SpawnSample {
  readonly callUs: number;
  readonly latencyUs: number;
  readonly perSecond: number;
  readonly loopDelayMsP50: number;
  readonly loopDelayMsP99: number;
  readonly loopDelayMsMax: number;
  readonly residentMib: number;
  readonly mappings: number;
}
