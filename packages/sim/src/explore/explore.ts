// Every interleaving of a few CPUs that run the same paths, over the states they can come to. The search
// goes breadth first, so that what is found first is found by a schedule of the fewest moves; a state is
// made again by running its schedule from the start.

import { ConfigError, InvariantError } from '@forkless/errors';
import { path, type Path } from '../path.ts';
import { compile, type Program } from '../program.ts';
import { ExploredRun, type RunStep, type World } from './explored-run.ts';
import { gated } from './gates.ts';
import { LockOrder } from './lock-order.ts';
import { LockSet } from './lock-set.ts';

/** The most CPUs that are explored. */
export const EXPLORED_CPU_COUNT_MAX = 8;

/** Something that has to hold. */
export interface Invariant<W> {
  readonly name: string;
  /** `always`: after every change, also amid what a lock guards; `end`: when every CPU is through. */
  readonly when: 'always' | 'end';
  /** What is wrong, in words; undefined when nothing is. */
  readonly broken: (world: W) => string | undefined;
}

/** What is explored. */
export interface ExploreOptions<S, W extends World<S>> {
  readonly cpus: number;
  /** The paths that every CPU runs, in turn; one that is refused is its last. */
  readonly each: readonly Path<S>[];
  /** Makes the world at the beginning; each call an equal one. */
  readonly world: () => W;
  /** Whether a change made without a lock concerns its own CPU alone; none does when left out. */
  readonly isLocal?: (step: string) => boolean;
  /** Whether CPUs are interchangeable; they are when left out. */
  readonly isSymmetric?: boolean;
  /** Whether what runs under a lock is one move, while the lockset pass allows it; it is when left out. */
  readonly merges?: boolean;
  /** States to look at, at most; 2^20 when left out. */
  readonly stateCountMax?: number;
}

/** A schedule that breaks something. */
export interface CounterExample {
  /** What is broken: an invariant, `deadlock`, or a failed assertion of the code under test. */
  readonly invariant: string;
  readonly message: string;
  /** The CPU of each move, first to last; `replay` runs it again. */
  readonly schedule: readonly number[];
}

/** What was found. */
export interface Exploration {
  /** Whether every state was looked at. */
  readonly isComplete: boolean;
  readonly stateCount: number;
  readonly moveCount: number;
  /** Whether what runs under a lock was one move. */
  readonly merged: boolean;
  /** Lines that no one lock guards, for which merging was given up. */
  readonly unguarded: readonly string[];
  /** Locks taken in a circle; each while the one before it was held. */
  readonly lockCycle: readonly string[] | undefined;
  readonly counterExample: CounterExample | undefined;
}

const STATE_COUNT_MAX = 2 ** 20;

/**
 * Looks at every state that the CPUs can come to, or stops at the first that breaks something. With the
 * lockset pass merging is checked as it is used, and given up where it is not sound.
 */
export function explore<S, W extends World<S>>(
  options: ExploreOptions<S, W>,
  invariants: readonly Invariant<W>[],
): Exploration {
  const { cpus, merges = true } = options;
  if (!Number.isInteger(cpus) || cpus < 1 || cpus > EXPLORED_CPU_COUNT_MAX) {
    throw new ConfigError(
      `cpus: expected a whole number from 1 to ${EXPLORED_CPU_COUNT_MAX}, got ${cpus}`,
    );
  }
  if (!merges) return new Search(options, invariants, false).run();
  const search = new Search(options, invariants, true);
  const found = search.run();
  const { unguarded } = search;
  if (unguarded.length === 0 || found.counterExample !== undefined) return found;
  return { ...new Search(options, invariants, false).run(), unguarded };
}

/** The program that all CPUs run, cut by gates. */
export function exploredProgram<S, W extends World<S>>(
  { each, isLocal = () => false }: ExploreOptions<S, W>,
  merges: boolean,
  turns: (cpu: number) => number = () => 0,
): Program<S> {
  const options = { merges, isLocal, turns: (_state: S, cpu: number) => turns(cpu) };
  // A refusal ends a CPU's part, as it ends the program.
  const nodes = each.map((whole) => gated(whole, options));
  return compile(path(each.map(({ name }) => name).join(', then '), ...nodes));
}

/** A broken invariant on its way out of a run. */
class Broken extends Error {
  readonly invariant: string;

  constructor(invariant: string, message: string) {
    super(message);
    this.invariant = invariant;
  }
}

class Search<S, W extends World<S>> {
  readonly #options: ExploreOptions<S, W>;
  readonly #always: readonly Invariant<W>[];
  readonly #atEnd: readonly Invariant<W>[];
  readonly #program: Program<S>;
  readonly #merges: boolean;
  readonly #lockSet = new LockSet();
  readonly #lockOrder = new LockOrder();
  readonly #seen = new Set<string>();
  #moveCount = 0;

  constructor(options: ExploreOptions<S, W>, invariants: readonly Invariant<W>[], merges: boolean) {
    this.#options = options;
    this.#always = invariants.filter((invariant) => invariant.when === 'always');
    this.#atEnd = invariants.filter((invariant) => invariant.when === 'end');
    this.#merges = merges;
    this.#program = exploredProgram(options, merges);
  }

  get unguarded(): string[] {
    return this.#lockSet.unguarded;
  }

  run(): Exploration {
    const { stateCountMax = STATE_COUNT_MAX } = this.#options;
    let front: number[][] = [[]];
    let isComplete = true;
    while (front.length > 0 && isComplete) {
      const next: number[][] = [];
      for (const schedule of front) {
        const counterExample = this.#look(schedule, next);
        if (counterExample !== undefined) return this.#result(false, counterExample);
      }
      isComplete = this.#seen.size <= stateCountMax;
      front = next;
    }
    return this.#result(isComplete, undefined);
  }

  /** Looks at the state that a schedule leads to, and adds the schedules that lead on from it. */
  #look(schedule: readonly number[], next: number[][]): CounterExample | undefined {
    try {
      const { run, world } = this.#runTo(schedule);
      if (run.isOver) this.#check(this.#atEnd, world);
      const { isSymmetric = true } = this.#options;
      const key = run.key(isSymmetric);
      if (this.#seen.has(key)) return undefined;
      this.#seen.add(key);
      const { movable } = run;
      if (movable.length === 0 && !run.isOver) {
        const waits = run.waiting.map(({ cpu, step }) => `CPU ${cpu} at '${step}'`).join(', ');
        throw new Broken('deadlock', `no CPU can move: ${waits}`);
      }
      const kinds = new Set<string>();
      for (const cpu of movable) {
        // Of CPUs that are in the same state, one stands for all.
        const kind = isSymmetric ? run.cpuKey(cpu) : String(cpu);
        if (kinds.has(kind)) continue;
        kinds.add(kind);
        next.push([...schedule, cpu]);
      }
      return undefined;
    } catch (error) {
      if (!(error instanceof Broken || error instanceof InvariantError)) throw error;
      const invariant = error instanceof Broken ? error.invariant : error.name;
      return { invariant, message: error.message, schedule };
    }
  }

  #runTo(schedule: readonly number[]): { run: ExploredRun<S>; world: W } {
    const world = this.#options.world();
    // All but the last move was checked when it was the last.
    let isLast = schedule.length === 0;
    const run = new ExploredRun(this.#program, world, {
      lockSet: this.#lockSet,
      lockOrder: this.#lockOrder,
      changed: () => {
        if (isLast) this.#check(this.#always, world);
      },
    });
    schedule.forEach((cpu, at) => {
      isLast = at === schedule.length - 1;
      run.move(cpu);
    });
    this.#moveCount++;
    return { run, world };
  }

  #check(invariants: readonly Invariant<W>[], world: W): void {
    for (const { name, broken } of invariants) {
      const message = broken(world);
      if (message !== undefined) throw new Broken(name, message);
    }
  }

  #result(isComplete: boolean, counterExample: CounterExample | undefined): Exploration {
    return {
      isComplete,
      stateCount: this.#seen.size,
      moveCount: this.#moveCount,
      merged: this.#merges,
      unguarded: [],
      lockCycle: this.#lockOrder.cycle(),
      counterExample,
    };
  }
}

/** The steps that a schedule runs, the last ones those that break something. */
export function traceSchedule<S, W extends World<S>>(
  options: ExploreOptions<S, W>,
  schedule: readonly number[],
  merged = true,
): RunStep[] {
  const steps: RunStep[] = [];
  const world = options.world();
  const watch = {
    lockSet: new LockSet(),
    lockOrder: new LockOrder(),
    changed: () => undefined,
    ran: (step: RunStep) => void steps.push(step),
  };
  const run = new ExploredRun(exploredProgram(options, merged), world, watch);
  for (const cpu of schedule) run.move(cpu);
  return steps;
}
