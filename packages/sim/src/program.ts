// A path compiled to an integer program: one row of four words an operation, the names it uses as
// numbered symbols, its functions in a table. The engine runs it by program counter.

import { assert } from '@forkless/errors';
import type { Path, PathNode } from './path.ts';
import type { Count, Index, SlabStep, Spread, Step, TouchEachStep } from './step.ts';

/**
 * Operation codes. `Jump` goes to a row, `Halt` stops the CPU, `Refused` ends a refused path. A const
 * enum, so that the engine's switch is built over plain numbers and becomes a jump table.
 */
export const enum Op {
  Work = 0,
  WorkTimes = 1,
  Wait = 2,
  Lock = 3,
  Unlock = 4,
  Read = 5,
  Write = 6,
  ReadEach = 7,
  WriteEach = 8,
  SlabAlloc = 9,
  SlabFree = 10,
  Change = 11,
  Unless = 12,
  Jump = 13,
  Done = 14,
  Refused = 15,
  Halt = 16,
  Hold = 17,
}

/** The layout of a program, in a const enum too: a bundled `const` is a variable that is loaded anew. */
export const enum Row {
  /** Words in a row: the code and three operands. */
  Words = 4,
  /** An operand that says "ask the function in the next operand". */
  Dynamic = -1,
}

/** The spread of a wait as an operand. */
export const enum SpreadCode {
  Fixed = 0,
  Uniform = 1,
  Exponential = 2,
}

const SPREAD_CODES: Readonly<Record<Spread, SpreadCode>> = {
  fixed: SpreadCode.Fixed,
  uniform: SpreadCode.Uniform,
  exponential: SpreadCode.Exponential,
};

/** Any function a step carries, told apart by the operation that calls it. */
export type StepFunction<S> = (state: S, cpu: number) => unknown;

/** A slab cache as a program names it. */
export interface CacheSymbol {
  readonly name: string;
  readonly bytes: number;
}

/** A compiled path. Rows of one program never change; any number of CPUs may run it. */
export interface Program<S> {
  readonly name: string;
  readonly rows: Int32Array;
  /** The step's name, by row. */
  readonly names: readonly string[];
  readonly functions: readonly StepFunction<S>[];
  readonly figures: readonly string[];
  readonly locks: readonly string[];
  readonly lines: readonly string[];
  readonly caches: readonly CacheSymbol[];
}

/** Compiles a path that runs once and then halts. Linear in its steps. */
export function compile<S>(path: Path<S>): Program<S> {
  return new Compiler<S>(path.name).finish(path, false);
}

/** Compiles a path that starts again when it has ended or was refused. */
export function compileForever<S>(path: Path<S>): Program<S> {
  return new Compiler<S>(path.name).finish(path, true);
}

/** A cleanup, with the rows that jump to it while it still has to be placed. */
interface Cleanup<S> {
  readonly nodes: readonly PathNode<S>[];
  readonly outer: Cleanup<S> | undefined;
  readonly jumps: number[];
  /** Where it begins, once placed. */
  row: number | undefined;
}

class Compiler<S> {
  readonly #name: string;
  readonly #rows: number[] = [];
  readonly #names: string[] = [];
  readonly #functions: StepFunction<S>[] = [];
  readonly #figures: string[] = [];
  readonly #locks: string[] = [];
  readonly #lines: string[] = [];
  readonly #caches: CacheSymbol[] = [];
  readonly #cleanups: Cleanup<S>[] = [];

  constructor(name: string) {
    this.#name = name;
  }

  finish(path: Path<S>, forever: boolean): Program<S> {
    const refused: Cleanup<S> = { nodes: [], outer: undefined, jumps: [], row: undefined };
    this.#addAll(path.nodes, refused);
    if (forever) this.#row(Op.Jump, 'again', 0);
    else this.#row(Op.Halt, 'end');
    // A cleanup may contain attempts of its own, so the list can grow while it is walked.
    for (const cleanup of this.#cleanups) this.#place(cleanup);
    this.#land(refused);
    this.#row(Op.Refused, 'refused', forever ? 0 : Row.Dynamic);
    return {
      name: this.#name,
      rows: Int32Array.from(this.#rows),
      names: this.#names,
      functions: this.#functions,
      figures: this.#figures,
      locks: this.#locks,
      lines: this.#lines,
      caches: this.#caches,
    };
  }

  #place(cleanup: Cleanup<S>): void {
    const { outer } = cleanup;
    assert(outer !== undefined, 'only the path itself has no cleanup around it');
    this.#land(cleanup);
    this.#addAll(cleanup.nodes, outer);
    this.#jumpTo(outer, this.#row(Op.Jump, 'outward'));
  }

  #addAll(nodes: readonly PathNode<S>[], cleanup: Cleanup<S>): void {
    for (const node of nodes) this.#add(node, cleanup);
  }

  #add(node: PathNode<S>, cleanup: Cleanup<S>): void {
    if (node.kind === 'when') {
      const skip = this.#row(Op.Unless, node.name, this.#function(node.test), 0);
      this.#addAll(node.body, cleanup);
      this.#rows[skip * Row.Words + 2] = this.#nextRow;
    } else if (node.kind === 'attempt') {
      const inner: Cleanup<S> = {
        nodes: node.cleanup,
        outer: cleanup,
        jumps: [],
        row: undefined,
      };
      this.#addAll(node.body, inner);
      this.#cleanups.push(inner);
    } else if (node.kind === 'change') {
      this.#jumpTo(cleanup, this.#row(Op.Change, node.name, this.#function(node.run)));
    } else {
      this.#addStep(node);
    }
  }

  #addStep(step: Exclude<Step<S>, { kind: 'change' }>): void {
    switch (step.kind) {
      case 'work':
        this.#addWork(step.name, symbol(this.#figures, step.figure), step.times);
        return;
      case 'wait':
        this.#row(
          Op.Wait,
          step.name,
          symbol(this.#figures, step.figure),
          SPREAD_CODES[step.spread],
        );
        return;
      case 'hold':
        this.#row(
          Op.Hold,
          step.name,
          symbol(this.#figures, step.figure),
          symbol(this.#locks, step.group),
        );
        return;
      case 'lock':
      case 'unlock':
        this.#row(
          step.kind === 'lock' ? Op.Lock : Op.Unlock,
          step.name,
          symbol(this.#locks, step.group),
          ...this.#index(step.index),
        );
        return;
      case 'read':
      case 'write':
        this.#row(
          step.kind === 'read' ? Op.Read : Op.Write,
          step.name,
          symbol(this.#lines, step.group),
          ...this.#index(step.index),
        );
        return;
      case 'readEach':
      case 'writeEach':
        this.#addTouchEach(step);
        return;
      case 'slabAlloc':
      case 'slabFree':
        this.#addSlab(step);
        return;
      case 'done':
        this.#row(Op.Done, step.name);
    }
  }

  #addWork(name: string, figure: number, times: Count<S>): void {
    if (typeof times === 'number') this.#row(Op.Work, name, figure, times);
    else this.#row(Op.WorkTimes, name, figure, this.#function(times));
  }

  #addTouchEach(step: TouchEachStep<S>): void {
    const op = step.kind === 'readEach' ? Op.ReadEach : Op.WriteEach;
    this.#row(op, step.name, symbol(this.#lines, step.group), this.#function(step.lines));
  }

  #addSlab(step: SlabStep<S>): void {
    const cache = this.#cache(step.cache, step.bytes);
    const { count, node } = step;
    const countOf = this.#function(typeof count === 'number' ? () => count : count);
    const nodeOf =
      node === undefined
        ? Row.Dynamic
        : this.#function(typeof node === 'number' ? () => node : node);
    this.#row(
      step.kind === 'slabAlloc' ? Op.SlabAlloc : Op.SlabFree,
      step.name,
      cache,
      countOf,
      nodeOf,
    );
  }

  #cache(name: string, bytes: number): number {
    const known = this.#caches.findIndex((cache) => cache.name === name);
    if (known >= 0) {
      assert(this.#caches[known]!.bytes === bytes, `slab cache ${name} has one object size`);
      return known;
    }
    return this.#caches.push({ name, bytes }) - 1;
  }

  #index(index: Index<S>): [number, number] {
    return typeof index === 'number' ? [index, 0] : [Row.Dynamic, this.#function(index)];
  }

  #function(step: StepFunction<S>): number {
    return this.#functions.push(step) - 1;
  }

  get #nextRow(): number {
    return this.#names.length;
  }

  #jumpTo(cleanup: Cleanup<S>, row: number): void {
    if (cleanup.row === undefined) cleanup.jumps.push(row);
    else this.#aim(row, cleanup.row);
  }

  #land(cleanup: Cleanup<S>): void {
    cleanup.row = this.#nextRow;
    for (const row of cleanup.jumps) this.#aim(row, cleanup.row);
  }

  #aim(row: number, target: number): void {
    const operand = this.#rows[row * Row.Words] === Op.Change ? 2 : 1;
    this.#rows[row * Row.Words + operand] = target;
  }

  #row(op: number, name: string, a = 0, b = 0, c = 0): number {
    this.#rows.push(op, a, b, c);
    return this.#names.push(name) - 1;
  }
}

function symbol(table: string[], name: string): number {
  const known = table.indexOf(name);
  return known >= 0 ? known : table.push(name) - 1;
}
