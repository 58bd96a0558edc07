// Two ways to make the same process, each run on machines of its own: what it counted, what was copied, made
// and thrown away, where it lies, what it took, and the two lists of steps side by side. Runs anywhere.
import { countsSince, type CounterName, type Counts } from '@forkless/mm';
import {
  comparePaths,
  endPath,
  FORK_EXEC,
  mechanismNamed,
  MECHANISMS,
  pathLines,
  SpawnCall,
  syscallsOf,
  type DifferenceLine,
  type Mechanism,
  type ProgramRun,
  type SpawnRequest,
} from '@forkless/spawn';
import { preset } from '@forkless/topology';
import { profileOn } from '../../machine-profile.ts';
import { placeSpawn, type PlaceAsked, type PlacedSpawn } from './placed-objects.ts';
import { buildWorld, TOOL, type ParentSize } from './spawn-world.ts';
import { partsOf, timePath, type Part, type TimedPath } from './timed-path.ts';

/** What starts the tool. */
export const SHELLS = ['none', 'dash', 'bash'] as const;

/** What is asked. */
export interface SpawnAsked extends ParentSize, PlaceAsked {
  readonly first: string;
  readonly second: string;
  /** The name of a preset. */
  readonly machine: string;
  /** The whole call: the tool itself, or a shell that forks for it. */
  readonly shell: (typeof SHELLS)[number];
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
  /** From the parent's call until the child is the program, step by step. */
  readonly call: TimedPath;
  /** The whole tool call by part, ns. */
  readonly parts: Readonly<Record<Part, number>>;
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

/** What a dynamically linked program does before its own work. */
const LINKED: ProgramRun = { 'exec.dynamic': 1, 'exec.library': 1 };
const SHELL_RUNS: Readonly<Record<SpawnAsked['shell'], ProgramRun>> = {
  none: LINKED,
  dash: { ...LINKED, 'shell.dash': 1 },
  bash: { ...LINKED, 'exec.library': 2, 'shell.bash': 1 },
};
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
  const on = { machine, profile: profileOn(machine) };
  const before = { ...kernel.memory.counts };
  const path = way.pathFor(REQUEST);
  const spawning = new SpawnCall(kernel, parent, REQUEST);
  const call = timePath(path, spawning, on);
  const memory = countsSince(kernel.memory.counts, before);
  const end = timePath(endPath(SHELL_RUNS[asked.shell]), spawning, on);
  const inner = asked.shell === 'none' ? [] : runInner(on);
  return {
    name: way.name,
    title: way.title,
    source: way.source,
    systemCalls: syscallsOf(path.nodes),
    objects: call.objects,
    memory,
    placed: placeSpawn(buildWorld(machine, SMALL), way, REQUEST, asked),
    call,
    parts: partsOf([call, end, ...inner], on.profile),
  };
}

/** What a shell does for its one command: it forks, whatever made the shell. */
function runInner(on: Parameters<typeof timePath>[2]): readonly TimedPath[] {
  const { kernel, parent } = buildWorld(on.machine, { ...SMALL, rssMib: 1 });
  const call = new SpawnCall(kernel, parent, REQUEST);
  return [timePath(FORK_EXEC.pathFor(REQUEST), call, on), timePath(endPath(LINKED), call, on)];
}
