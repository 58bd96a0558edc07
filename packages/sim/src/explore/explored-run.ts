// One run of a few CPUs under a schedule that is given move by move, with the locks and the program
// counters as part of the state. No time passes.

import { assert, isRefusal } from '@forkless/errors';
import type { LineSet } from '../line-set.ts';
import { Op, Row, type Program } from '../program.ts';
import { TURN_FIGURE } from './gates.ts';
import type { LockOrder } from './lock-order.ts';
import type { LockSet } from './lock-set.ts';

/** A world to be explored: made anew for every run, and equal each time. */
export interface World<S> {
  /** The state of each CPU's thread; what they share is reached through it. */
  readonly states: readonly S[];
  /**
   * All that what follows may depend on and that belongs to no CPU, as words. Worlds with equal keys are
   * taken to be the same.
   */
  sharedKey(): readonly number[];
  /** The same for what belongs to a CPU; without its number where CPUs are interchangeable. */
  cpuKey(cpu: number): readonly number[];
}

/** One step that was run. */
export interface RunStep {
  readonly cpu: number;
  readonly step: string;
}

/** Who is told of a run. */
export interface RunWatch {
  readonly lockSet: LockSet;
  readonly lockOrder: LockOrder;
  /** After every change of state. */
  readonly changed: (cpu: number) => void;
  /** Every step, where somebody wants to know. */
  readonly ran?: (step: RunStep) => void;
}

/** Steps a move may have; above it a path is taken to run in a circle. */
const MOVE_STEPS_MAX = 100_000;
const ENDED = -1;

/** A run under way. */
export class ExploredRun<S> {
  readonly #program: Program<S>;
  readonly #world: World<S>;
  readonly #watch: RunWatch;
  readonly #turnFigure: number;
  readonly #pcs: number[];
  readonly #held: string[][];
  readonly #holders = new Map<string, number>();

  constructor(program: Program<S>, world: World<S>, watch: RunWatch) {
    this.#program = program;
    this.#world = world;
    this.#watch = watch;
    this.#turnFigure = program.figures.indexOf(TURN_FIGURE);
    this.#pcs = world.states.map(() => 0);
    this.#held = world.states.map(() => []);
    for (const cpu of this.#pcs.keys()) this.#runToGate(cpu);
  }

  /** CPUs that can move: that are not through and do not wait for a lock. */
  get movable(): number[] {
    return [...this.#pcs.keys()].filter((cpu) => {
      if (this.#pcs[cpu] === ENDED) return false;
      const row = this.#pcs[cpu]! + 1;
      if (this.#program.rows[row * Row.Words] !== Op.Lock) return true;
      return !this.#holders.has(this.#lockAt(row, cpu));
    });
  }

  /** Whether every CPU is through. */
  get isOver(): boolean {
    return this.#pcs.every((pc) => pc === ENDED);
  }

  /** The step each CPU that is not through waits at, with the lock it wants. */
  get waiting(): RunStep[] {
    return [...this.#pcs.keys()]
      .filter((cpu) => this.#pcs[cpu] !== ENDED)
      .map((cpu) => ({ cpu, step: this.#program.names[this.#pcs[cpu]! + 1]! }));
  }

  /** What tells this state of a CPU from others: its place, the locks it holds, what belongs to it. */
  cpuKey(cpu: number): string {
    return `${this.#pcs[cpu]}:${this.#held[cpu]!.join()}:${this.#world.cpuKey(cpu).join()}`;
  }

  /** What tells this state of everything from others; with `isSymmetric` whichever CPU is in which. */
  key(isSymmetric: boolean): string {
    const cpus = [...this.#pcs.keys()].map((cpu) => this.cpuKey(cpu));
    if (isSymmetric) cpus.sort();
    return `${this.#world.sharedKey().join()}|${cpus.join('|')}`;
  }

  /** Lets a CPU make its move, up to its next gate. */
  move(cpu: number): void {
    assert(this.movable.includes(cpu), 'a CPU moves that can');
    this.#pcs[cpu] = this.#pcs[cpu]! + 1;
    this.#runToGate(cpu);
  }

  #runToGate(cpu: number): void {
    const { rows, functions, names } = this.#program;
    const state = this.#world.states[cpu]!;
    let pc = this.#pcs[cpu]!;
    for (let steps = 0; steps < MOVE_STEPS_MAX; steps++) {
      const at = pc * Row.Words;
      const a = rows[at + 1]!;
      const op = rows[at]!;
      if (op === Op.WorkTimes && a === this.#turnFigure) {
        this.#pcs[cpu] = pc;
        return;
      }
      this.#watch.ran?.({ cpu, step: names[pc]! });
      pc++;
      switch (op) {
        case Op.Lock:
          this.#take(this.#lockAt(pc - 1, cpu), cpu);
          break;
        case Op.Unlock:
          this.#release(this.#lockAt(pc - 1, cpu), cpu);
          break;
        case Op.Read:
        case Op.Write:
        case Op.ReadEach:
        case Op.WriteEach:
          this.#touch(pc - 1, cpu);
          break;
        case Op.Change: {
          const answer = functions[a]!(state, cpu);
          this.#watch.changed(cpu);
          if (isRefusal(answer)) pc = rows[at + 2]!;
          break;
        }
        case Op.Unless:
          if (functions[a]!(state, cpu) !== true) pc = rows[at + 2]!;
          break;
        case Op.Jump:
          pc = a;
          break;
        case Op.Refused:
        case Op.Halt:
          this.#pcs[cpu] = ENDED;
          return;
      }
    }
    assert(false, `a move of path '${this.#program.name}' ends`);
  }

  /** The lock that the row takes or gives back, by group and number. */
  #lockAt(row: number, cpu: number): string {
    const { rows, locks } = this.#program;
    const at = row * Row.Words;
    return `${locks[rows[at + 1]!]} ${this.#indexAt(at, cpu)}`;
  }

  #indexAt(at: number, cpu: number): number {
    const { rows, functions } = this.#program;
    if (rows[at + 2] !== Row.Dynamic) return rows[at + 2]!;
    return functions[rows[at + 3]!]!(this.#world.states[cpu]!, cpu) as number;
  }

  #take(lock: string, cpu: number): void {
    assert(!this.#holders.has(lock), 'a lock is taken that nobody holds');
    const held = this.#held[cpu]!;
    this.#watch.lockOrder.took(lock, held);
    this.#holders.set(lock, cpu);
    held.push(lock);
  }

  #release(lock: string, cpu: number): void {
    assert(this.#holders.get(lock) === cpu, 'a lock is given back by the CPU that holds it');
    this.#holders.delete(lock);
    this.#held[cpu] = this.#held[cpu]!.filter((other) => other !== lock);
  }

  #touch(row: number, cpu: number): void {
    const { rows, functions, lines } = this.#program;
    const at = row * Row.Words;
    const op = rows[at]!;
    const group = lines[rows[at + 1]!]!;
    const held = this.#held[cpu]!;
    const writes = op === Op.Write || op === Op.WriteEach;
    if (op === Op.Read || op === Op.Write) {
      this.#watch.lockSet.touch(`${group} ${this.#indexAt(at, cpu)}`, cpu, held, writes);
      return;
    }
    const touched = functions[rows[at + 2]!]!(this.#world.states[cpu]!, cpu) as LineSet;
    for (let index = 0; index < touched.count; index++) {
      this.#watch.lockSet.touch(`${group} ${touched.lineAt(index)}`, cpu, held, writes);
    }
  }
}
