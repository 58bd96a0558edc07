// Two ways to make the same process, each run on machines of its own: what it counted, what was copied, made
// and thrown away, where it lies, and the two lists of steps side by side. Runs anywhere.
import { isRefusal } from '@forkless/errors';
import { countsSince, type CounterName, type Counts } from '@forkless/mm';
import { execute } from '@forkless/sim';
import {
  comparePaths,
  mechanismNamed,
  MECHANISMS,
  pathLines,
  programFor,
  SpawnCall,
  syscallsOf,
  type DifferenceLine,
  type Mechanism,
  type SpawnRequest,
} from '@forkless/spawn';
import { preset } from '@forkless/topology';
import { placeSpawn, type PlaceAsked, type PlacedSpawn } from './placed-objects.ts';
import { buildWorld, TOOL, type ParentSize } from './spawn-world.ts';

/** What is asked. */
export interface SpawnAsked extends ParentSize, PlaceAsked {
  readonly first: string;
  readonly second: string;
  /** The name of a preset. */
  readonly machine: string;
}

/** What one way did. */
export interface SpawnWay {
  readonly name: string;
  readonly title: string;
  readonly source: string;
  /** Times a program entered the kernel. */
  readonly systemCalls: number;
  /** Slab objects made, by cache, in the order of their first making. */
  readonly objects: readonly (readonly [cache: string, made: number])[];
  /** What the memory of pages counted until the program ran. */
  readonly memory: Counts;
  /** Where its objects lie, for a child on the node that was asked for. */
  readonly placed: PlacedSpawn;
}

/** Two ways and their difference. */
export interface Comparison {
  readonly ways: readonly [SpawnWay, SpawnWay];
  readonly lines: readonly DifferenceLine[];
}

/** What is asked of every way: a program in the root folder with nothing else open. */
export const REQUEST: SpawnRequest = {
  path: TOOL,
  argv: ['tool'],
  envp: [],
  actions: [
    { kind: 'chdir', path: '/' },
    { kind: 'closefrom', fd: 3 },
  ],
};

/** Names to choose from. */
export const mechanismNames: readonly string[] = MECHANISMS.map(({ name }) => name);

/** Counters of the memory by what they say of it: kept from the parent, new, or gone again. */
export const MEMORY_ROWS: readonly (readonly [
  fate: 'copied' | 'fresh' | 'thrown away',
  what: string,
  counters: readonly CounterName[],
])[] = [
  ['copied', 'mappings', ['vm_area_dup']],
  ['copied', 'page-table entries', ['ptes_copied']],
  ['copied', 'links of mappings to pages', ['anon_vma_fork', 'avc_clone', 'avc_fork']],
  ['fresh', 'address spaces', ['mm_alloc']],
  ['fresh', 'mappings', ['vm_area_alloc']],
  ['fresh', 'pages of page tables', ['pgd_alloc', 'p4d_pud_alloc', 'pmd_alloc', 'pte_alloc']],
  ['fresh', 'pages of memory', ['user_pages']],
  ['thrown away', 'mappings', ['vm_area_free']],
  ['thrown away', 'page-table entries', ['ptes_zapped']],
  ['thrown away', 'pages of page tables', ['table_free']],
];

/** A parent with next to nothing. */
const SMALL: ParentSize = { rssMib: 1, mappings: 0, fds: 3 };

/** Runs and compares two of them; unknown names mean the first and the last. */
export function compareSpawns(asked: SpawnAsked): Comparison {
  const ways = [
    mechanismNamed(asked.first) ?? MECHANISMS[0]!,
    mechanismNamed(asked.second) ?? MECHANISMS.at(-1)!,
  ] as const;
  const lines = (way: Mechanism) => pathLines(way.pathFor(REQUEST).nodes);
  return {
    ways: [runSpawn(ways[0], asked), runSpawn(ways[1], asked)],
    lines: comparePaths(lines(ways[0]), lines(ways[1])),
  };
}

function runSpawn(way: Mechanism, asked: SpawnAsked): SpawnWay {
  const machine = preset(asked.machine);
  const { kernel, parent } = buildWorld(machine, asked);
  const before = { ...kernel.memory.counts };
  const { slabs, refusal } = execute(
    programFor(way, REQUEST),
    new SpawnCall(kernel, parent, REQUEST),
  );
  if (isRefusal(refusal)) throw new Error(refusal.reason);
  return {
    name: way.name,
    title: way.title,
    source: way.source,
    systemCalls: syscallsOf(way.pathFor(REQUEST).nodes),
    objects: Object.entries(slabs)
      .filter(([, { allocs }]) => allocs > 0)
      .map(([cache, { allocs }]) => [cache, allocs] as const),
    memory: countsSince(kernel.memory.counts, before),
    placed: placeSpawn(buildWorld(machine, SMALL), way, REQUEST, asked),
  };
}
