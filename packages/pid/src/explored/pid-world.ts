// A small machine whose pids are explored: an init in each namespace, a few CPUs that make and free pids
// in the deepest, and what must hold in every state they can come to.

import { assert, isRefusal } from '@forkless/errors';
import type { ExploreOptions, Invariant, Path, World } from '@forkless/sim';
import { PID_DESIGNS } from '../designs/builtin-designs.ts';
import type { LockingName, PidDesign } from '../designs/design.ts';
import { PID_KERNELS, type PidKernelName } from '../kernel-preset.ts';
import type { PidCall } from '../pid-call.ts';
import type { Pid, PidNamespace } from '../pid-namespace.ts';
import { PidNamespaces } from '../pid-namespaces.ts';
import { watchIds, type IdHistory } from './watched-ids.ts';

/**
 * Ids of a namespace: more than are ever handed out, and ranges enough for every CPU, so that none may
 * come twice.
 */
const ID_COUNT = 4096;

/**
 * Which lock guards an id depends on who got it, in one schedule another CPU than in the next. So the words
 * of each run have numbers of their own, and the lockset pass looks at each run by itself; runs after so
 * many are looked at together, which can only find more that no lock guards.
 */
const RUNS_APART = 2 ** 15 - 1;
const RUN_WORDS = 2 ** 16;

/** What is explored. */
export interface PidWorldOptions {
  readonly design: PidDesign;
  readonly kernel: PidKernelName;
  /** How the design is guarded; the kernel's own way when left out. */
  readonly locking?: LockingName | undefined;
  readonly cpus: number;
  /** The level of the namespace that pids are made in; 0 is the initial one. */
  readonly level: number;
  /** Operations of each CPU: it makes a pid, frees it, makes one, and so on. */
  readonly ops: number;
}

/** The machine, as the explorer sees it. */
export class PidWorld implements World<PidCall> {
  readonly pids: PidNamespaces;
  /** From the initial namespace down. */
  readonly namespaces: readonly PidNamespace[];
  readonly histories: readonly IdHistory[];
  readonly states: readonly PidCall[];
  /** Of a stranger's design nothing is known but that the same calls bring it to the same state. */
  readonly isStranger: boolean;

  constructor({ design, kernel, cpus, level, locking }: Omit<PidWorldOptions, 'ops'>, run = 0) {
    this.isStranger = !PID_DESIGNS.includes(design);
    const histories: IdHistory[] = [];
    this.histories = histories;
    this.pids = new PidNamespaces({
      allocator: () => {
        const ids = design.create<Pid>({ end: ID_COUNT, cpuCount: cpus, notesTraffic: 'words' });
        histories.push(watchIds(ids));
        return ids;
      },
      kernel: PID_KERNELS[kernel],
      ...(locking === undefined ? {} : { locking: { lock: locking } }),
      pidMax: ID_COUNT,
      lineFirst: Math.min(run, RUNS_APART) * RUN_WORDS,
    });
    const namespaces = [this.pids.initial];
    this.#addInit(this.pids.initial);
    while (namespaces.length <= level) {
      const child = this.pids.createNamespace(namespaces.at(-1)!);
      assert(!isRefusal(child), 'a small machine has room for a namespace');
      this.#addInit(child);
      namespaces.push(child);
    }
    this.namespaces = namespaces;
    const namespace = namespaces.at(-1)!;
    this.states = Array.from({ length: cpus }, () => this.pids.call({ namespace }));
  }

  /** Ids are told by which are live, which were used, which are found, and where the search goes on. */
  sharedKey(): readonly number[] {
    return this.namespaces.flatMap(({ ids, pidAllocated, open }, level) => {
      const { live, used, calls } = this.histories[level]!;
      const sets = [...live].toSorted(),
        others = [...used].toSorted();
      const found = [...publishedIn(this.namespaces[level]!)].map(([id]) => id);
      // Where ids belong to CPUs, more than that decides what comes next.
      const words = ids.shards === undefined ? [] : (ids.words ?? []);
      return [
        ids.cursor,
        pidAllocated,
        Number(open),
        ...sets,
        -1,
        ...others,
        -1,
        ...found,
        -1,
        ...words,
        ...(this.isStranger ? [-1, ...calls] : []),
      ];
    });
  }

  cpuKey(cpu: number): readonly number[] {
    const call = this.states[cpu]!;
    const fields = Object.values(call).filter((value) => typeof value === 'number');
    return [...(call.pid?.numbers ?? [-1]), ...fields];
  }

  #addInit(namespace: PidNamespace): void {
    const init = this.pids.alloc({ namespace });
    assert(!isRefusal(init), 'a new namespace has room for its init');
  }
}

/** What a lookup finds in a namespace, in order. */
function* publishedIn({ ids }: PidNamespace): Generator<[number, Pid]> {
  for (let at = ids.next(0); at !== undefined; at = ids.next(at.id + 1)) yield [at.id, at.value];
}

/** What must hold. */
export const PID_INVARIANTS: readonly Invariant<PidWorld>[] = [
  {
    name: 'an id is live once and not used again before the search has come round',
    when: 'always',
    broken: ({ histories }) => histories.find(({ fault }) => fault !== undefined)?.fault,
  },
  { name: 'a lookup finds whole pids', when: 'always', broken: findsHalf },
  {
    name: 'the counters agree with what is found',
    when: 'always',
    broken: ({ namespaces }) => {
      const off = namespaces.find((at) => [...publishedIn(at)].length !== at.pidAllocated);
      if (off === undefined) return undefined;
      return `pid_allocated of level ${off.level} is ${off.pidAllocated}, and ${[...publishedIn(off)].length} pids are found`;
    },
  },
  { name: 'no id is lost', when: 'end', broken: losesIds },
];

function findsHalf({ namespaces, histories }: PidWorld): string | undefined {
  for (const [level, namespace] of namespaces.entries()) {
    for (const [id, pid] of publishedIn(namespace)) {
      if (pid.numbers[level] !== id) return `id ${id} of level ${level} finds another's pid`;
      if (pid.numbers.includes(0)) return `id ${id} of level ${level} finds a pid half made`;
      if (namespace.ids.find(id) !== pid)
        return `id ${id} of level ${level} is found in one way only`;
      if (!histories[level]!.live.has(id))
        return `id ${id} of level ${level} is found and not live`;
    }
  }
  return undefined;
}

/** At the end each id that is live is that of a pid, the init's or one that a CPU has left. */
function losesIds({ namespaces, histories }: PidWorld): string | undefined {
  for (const [level, namespace] of namespaces.entries()) {
    const found = new Set([...publishedIn(namespace)].map(([id]) => id));
    const lost = [...histories[level]!.live].find((id) => !found.has(id));
    if (lost !== undefined) return `id ${lost} of level ${level} is live, and no pid has it`;
  }
  return undefined;
}

/** The exploration of a design. */
export function pidExploration(options: PidWorldOptions): ExploreOptions<PidCall, PidWorld> {
  const world = new PidWorld(options);
  const { level, ops } = options;
  let runCount = 0;
  const pair = [world.pids.allocPath(level), world.pids.freePath(level)];
  return {
    cpus: options.cpus,
    each: Array.from({ length: ops }, (_, op): Path<PidCall> => pair[op % 2]!),
    world: () => new PidWorld(options, runCount++),
    isLocal: (step) => LOCAL_STEPS.some((name) => step.startsWith(name)),
    // CPUs with ids of their own are told apart by them, and who knows what a stranger's does with them.
    isSymmetric: world.pids.initial.ids.shards === undefined && !world.isStranger,
  };
}

/**
 * Changes made without a lock that concern the call alone. The slot of a struct pid comes from the slab
 * allocator, which has its own ways of keeping CPUs apart; set_tid is not asked for here.
 */
const LOCAL_STEPS = [
  'check the number of wanted pids',
  'check set_tid',
  'make the struct pid',
  'drop the struct pid',
  'begin',
];
