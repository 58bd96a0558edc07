// Two ways to make the same process: each run once on a booted model, with what it counted, and the two
// lists of steps side by side. Runs anywhere.
import { isRefusal } from '@forkless/errors';
import { execute, type Execution } from '@forkless/sim';
import {
  comparePaths,
  mechanismNamed,
  MECHANISMS,
  pathLines,
  programFor,
  SpawnCall,
  type DifferenceLine,
  type Mechanism,
  type SpawnRequest,
} from '@forkless/spawn';
import { boot, fork, installProgram } from '@forkless/task';

/** What one way did. */
export interface SpawnCounts {
  readonly name: string;
  readonly title: string;
  readonly source: string;
  /** Times a program entered the kernel. */
  readonly systemCalls: number;
  /** Slab objects made, by cache, in the order of their first making. */
  readonly objects: readonly (readonly [cache: string, made: number])[];
}

/** Two ways and their difference. */
export interface Comparison {
  readonly counts: readonly [SpawnCounts, SpawnCounts];
  readonly lines: readonly DifferenceLine[];
}

/** What is asked of every way: a program with its own working directory and nothing else open. */
export const REQUEST: SpawnRequest = {
  path: '/tool',
  argv: ['tool'],
  envp: [],
  actions: [
    { kind: 'chdir', path: '/' },
    { kind: 'closefrom', fd: 3 },
  ],
};

/** Names to choose from. */
export const mechanismNames: readonly string[] = MECHANISMS.map(({ name }) => name);

/** Runs and compares two of them; unknown names mean the first and the last. */
export function compareSpawns(first: string, second: string): Comparison {
  const ways = [
    mechanismNamed(first) ?? MECHANISMS[0]!,
    mechanismNamed(second) ?? MECHANISMS.at(-1)!,
  ] as const;
  const lines = (way: Mechanism) => pathLines(way.pathFor(REQUEST).nodes);
  return {
    counts: [countSpawn(ways[0]), countSpawn(ways[1])],
    lines: comparePaths(lines(ways[0]), lines(ways[1])),
  };
}

function countSpawn(way: Mechanism): SpawnCounts {
  const kernel = boot();
  installProgram(kernel.init, '/tool');
  const parent = fork(kernel, kernel.init);
  if (isRefusal(parent)) throw new Error(parent.reason);
  const program = programFor(way, REQUEST);
  const { slabs }: Execution = execute(program, new SpawnCall(kernel, parent, REQUEST));
  const systemCalls = pathLines(way.pathFor(REQUEST).nodes).reduce(
    (sum, { text }) => sum + callsOf(text),
    0,
  );
  const objects = Object.entries(slabs)
    .filter(([, { allocs }]) => allocs > 0)
    .map(([cache, { allocs }]) => [cache, allocs] as const);
  return { name: way.name, title: way.title, source: way.source, systemCalls, objects };
}

/** `enter the kernel × 122` is that many calls. */
function callsOf(line: string): number {
  const found = /enter the kernel(?: × (\d+))?$/.exec(line);
  return found === null ? 0 : Number(found[1] ?? 1);
}
