// A known mistake explored, and its counter-example as a walk: after each move which step was run, who
// holds the lock, what each CPU has in hand, and which ids are live and which are found. Runs anywhere.
import { brokenExploration, BROKEN_WAYS, PIDMAP_LOCK, type PidWorld } from '@forkless/pid';
import { explore, replay, traceSchedule, type Replay } from '@forkless/sim';
import type { PidCall } from '@forkless/pid';

/** What is walked through. */
export interface WalkOptions {
  readonly way: string;
  readonly cpuCount: number;
  /** The same paths without the mistake. */
  readonly isMended: boolean;
}

/** A CPU between two moves. */
export interface WalkCpu {
  /** The step it comes to next; empty when it is through. */
  readonly next: string;
  readonly holds: boolean;
  /** Whether it comes to a lock that another holds. */
  readonly waits: boolean;
  /** The numbers of the pid it has in hand, outermost first; 0 where none is taken. */
  readonly numbers: readonly number[];
}

/** The ids of a namespace. */
export interface WalkLevel {
  readonly cursor: number;
  readonly pidAllocated: number;
  readonly isOpen: boolean;
  /** Handed out and not given back. */
  readonly live: readonly number[];
  /** Found by a lookup. */
  readonly found: readonly number[];
}

/** The state after a move; the first is before any. */
export interface WalkState {
  /** Who moved, −1 for nobody. */
  readonly mover: number;
  readonly steps: readonly string[];
  /** The CPU that holds pidmap_lock, −1 for nobody. */
  readonly holder: number;
  readonly cpus: readonly WalkCpu[];
  readonly levels: readonly WalkLevel[];
}

/** All of it. */
export interface Walk extends WalkOptions {
  readonly mistake: string;
  readonly stateCount: number;
  readonly isComplete: boolean;
  /** Names of what must hold. */
  readonly invariants: readonly string[];
  /** What is broken, and how; undefined when nothing is. */
  readonly broken: { readonly invariant: string; readonly message: string } | undefined;
  readonly schedule: readonly number[];
  readonly states: readonly WalkState[];
}

/** CPUs that can be chosen: with more a schedule is no easier to follow. */
export const CPU_COUNTS = [2, 3] as const;

/** Names of the mistakes. */
export const wayNames: readonly string[] = BROKEN_WAYS.map(({ name }) => name);

/** Explores step by step, without merging what runs under a lock, and walks through what breaks. */
export function walkOf({ way: name, cpuCount, isMended }: WalkOptions): Walk {
  const way = BROKEN_WAYS.find((one) => one.name === name) ?? BROKEN_WAYS[0]!;
  const options = {
    ...brokenExploration({ ...way, cpus: cpuCount }, { isMended }),
    merges: false,
  };
  const found = explore(options, way.invariants);
  const { counterExample, stateCount, isComplete } = found;
  const schedule = counterExample?.schedule ?? [];
  let ran = 0;
  const states = [...schedule.keys(), schedule.length].map((moves): WalkState => {
    const until = schedule.slice(0, moves);
    const steps = traceSchedule(options, until, false);
    const now = steps.slice(ran).map(({ step }) => step);
    ran = steps.length;
    return stateOf(replay(options, until, false), until.at(-1) ?? -1, moves === 0 ? [] : now);
  });
  return {
    way: way.name,
    cpuCount,
    isMended,
    mistake: way.mistake,
    stateCount,
    isComplete,
    invariants: way.invariants.map((invariant) => invariant.name),
    broken: counterExample,
    schedule,
    states,
  };
}

function stateOf(
  { world, simulation }: Replay<PidCall, PidWorld>,
  mover: number,
  steps: readonly string[],
): WalkState {
  const { holder } = simulation.lockState(PIDMAP_LOCK);
  const cpus = world.states.map((call, cpu): WalkCpu => {
    const next = simulation.stepOf(cpu);
    const comesToLock = next === `lock ${PIDMAP_LOCK}`;
    return {
      next,
      holds: holder === cpu,
      waits: comesToLock && holder >= 0 && holder !== cpu,
      numbers: call.pid?.numbers.slice() ?? [],
    };
  });
  const levels = world.namespaces.map(({ ids, pidAllocated, open }, level): WalkLevel => {
    const found: number[] = [];
    for (let at = ids.next(0); at !== undefined; at = ids.next(at.id + 1)) found.push(at.id);
    const live = [...world.histories[level]!.live].toSorted((a, b) => a - b);
    return { cursor: ids.cursor, pidAllocated, isOpen: open, live, found };
  });
  return { mover, steps, holder, cpus, levels };
}
