// Our spawn beside child_process and beside C, over loads of the parent: each variant a process of its own,
// variants in turn, and the ratios between those that ran in one round.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { compileYardstick } from './posix-spawn.ts';
import type { SpawnLoad, SpawnSample } from './spawn-load.ts';

/** One load, and what each way took on it: medians over the rounds. */
export interface SpawnRow {
  readonly load: string;
  readonly residentMib: number;
  readonly files: number;
  readonly mappings: number;
  readonly host: SpawnSample;
  readonly childProcess: SpawnSample;
  /** Median latency of posix_spawn in C, in µs; null where there is no compiler or with pipes. */
  readonly posixSpawnUs: number | null;
  /** child_process over ours. */
  readonly ratio: { readonly call: number; readonly latency: number; readonly perSecond: number };
  /** Ours over C. */
  readonly latencyOverC: number | null;
}

/** The whole race. */
export interface SpawnRace {
  readonly node: string;
  readonly program: string;
  readonly rounds: number;
  readonly rows: readonly SpawnRow[];
  /** Why there is no C column. */
  readonly withoutC?: string;
}

interface NamedLoad {
  readonly name: string;
  readonly memoryMib: number;
  readonly files: number;
  readonly mappings: number;
  readonly pipes: boolean;
}

const plain = { memoryMib: 0, files: 0, mappings: 0, pipes: false };

/** One axis at a time, from what a fresh Node has. */
const loads: readonly NamedLoad[] = [
  { ...plain, name: 'fresh' },
  { ...plain, name: 'fresh, pipes', pipes: true },
  { ...plain, name: '64 MiB', memoryMib: 64 },
  { ...plain, name: '256 MiB', memoryMib: 256 },
  { ...plain, name: '1 GiB', memoryMib: 1024 },
  { ...plain, name: '1 GiB, pipes', memoryMib: 1024, pipes: true },
  { ...plain, name: '4 GiB', memoryMib: 4096 },
  { ...plain, name: '10 files', files: 10 },
  { ...plain, name: '1,000 files', files: 1000 },
  { ...plain, name: '10,000 files', files: 10_000 },
  { ...plain, name: '1,000 mappings', mappings: 1000 },
];

/** Names of the loads, in order. */
export const loadNames: readonly string[] = loads.map(({ name }) => name);

/** What the race may be told. */
export interface RaceOptions {
  readonly rounds: number;
  readonly program: string;
  /** Names of loads; all of them if empty. */
  readonly only: readonly string[];
  progress(done: number, total: number, what: string): void;
}

/** As it is built: beside the command, in a folder of its own. */
const probe = fileURLToPath(new URL('./host/spawn-probe.js', import.meta.url));

/** Runs it: rounds × loads × ways, some seconds each. */
export async function raceSpawns({
  rounds,
  program,
  only,
  progress,
}: RaceOptions): Promise<SpawnRace> {
  const chosen = loads.filter(({ name }) => only.length === 0 || only.includes(name));
  const yardstick = compileYardstick();
  const rows: SpawnRow[] = [];
  try {
    for (const [index, load] of chosen.entries()) {
      const samples = { host: [] as SpawnSample[], child_process: [] as SpawnSample[] };
      const inC: number[] = [];
      for (let round = 0; round < rounds; round++) {
        progress(index * rounds + round, chosen.length * rounds, load.name);
        for (const way of ['host', 'child_process'] as const) {
          const told = measuredLoad(load, way, program);
          samples[way].push(await measure(told));
          if (way === 'host' && 'measure' in yardstick && !load.pipes) {
            inC.push(yardstick.measure(told));
          }
        }
      }
      rows.push(rowOf(load, samples.host, samples.child_process, inC));
    }
  } finally {
    if ('remove' in yardstick) yardstick.remove();
  }
  return {
    node: process.version,
    program,
    rounds,
    rows,
    ...('reason' in yardstick ? { withoutC: yardstick.reason } : {}),
  };
}

/** Fewer repetitions where each takes tens of milliseconds, so that a round stays short. */
function measuredLoad(load: NamedLoad, way: SpawnLoad['way'], program: string): SpawnLoad {
  const slow = way === 'child_process' && load.memoryMib >= 256;
  const { name: _, ...rest } = load;
  return {
    ...rest,
    way,
    program,
    warmUp: slow ? 3 : 1000,
    count: slow ? 12 : 300,
    inFlight: 16,
    milliseconds: 1500,
  };
}

async function measure(load: SpawnLoad): Promise<SpawnSample> {
  const { stdout } = await promisify(execFile)(process.execPath, [probe, JSON.stringify(load)]);
  return JSON.parse(stdout) as SpawnSample;
}

function rowOf(
  { name, files }: NamedLoad,
  ours: readonly SpawnSample[],
  theirs: readonly SpawnSample[],
  inC: readonly number[],
): SpawnRow {
  const host = medianSample(ours);
  const childProcess = medianSample(theirs);
  const posixSpawnUs = inC.length === 0 ? null : median(inC);
  return {
    load: name,
    residentMib: host.residentMib,
    files,
    mappings: host.mappings,
    host,
    childProcess,
    posixSpawnUs,
    ratio: {
      call: childProcess.callUs / host.callUs,
      latency: childProcess.latencyUs / host.latencyUs,
      perSecond: host.perSecond / childProcess.perSecond,
    },
    latencyOverC: posixSpawnUs === null ? null : host.latencyUs / posixSpawnUs,
  };
}

function medianSample(samples: readonly SpawnSample[]): SpawnSample {
  const of = (name: keyof SpawnSample) => median(samples.map((sample) => sample[name]));
  return {
    callUs: of('callUs'),
    latencyUs: of('latencyUs'),
    perSecond: of('perSecond'),
    loopDelayMsP50: of('loopDelayMsP50'),
    loopDelayMsP99: of('loopDelayMsP99'),
    loopDelayMsMax: of('loopDelayMsMax'),
    residentMib: of('residentMib'),
    mappings: of('mappings'),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
