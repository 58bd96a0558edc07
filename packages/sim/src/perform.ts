// A path run for what it changes alone: nothing is counted, nothing takes time. Of a program there remain
// the changes of state, the questions between them, and where a refusal leads.

import { assert, isRefusal, type Refusal } from '@forkless/errors';
import { Op, Row, type Program, type StepFunction } from './program.ts';

/** A change of state or a question about it, and what comes after. */
interface Act<S> {
  readonly run: StepFunction<S>;
  readonly asks: boolean;
  /** After a change, or when the answer is yes; nothing at the path's end. */
  readonly next: Act<S> | undefined;
  /** After a refusal, or when the answer is no. */
  readonly other: Act<S> | undefined;
}

/** What a program changes, to be performed any number of times. */
export interface Deed<S> {
  readonly first: Act<S> | undefined;
}

/**
 * The changes of a program that ends. A question that no change depends on is not asked. Linear in its
 * rows.
 */
export function deedOf<S>(program: Program<S>): Deed<S> {
  const { rows } = program;
  assert(
    rows[rows.length - Row.Words + 1] === Row.Dynamic,
    'a path is performed that does not start again',
  );
  return { first: new DeedBuilder(program).actFrom(0) };
}

/** Performs all changes on one state, as CPU `cpu`, alone; a refusal is the answer after its cleanups ran. */
export function perform<S>(deed: Deed<S>, state: S, cpu = 0): Refusal | undefined {
  let refusal: Refusal | undefined;
  let act = deed.first;
  while (act !== undefined) {
    const answer = act.run(state, cpu);
    if (act.asks) {
      act = answer === true ? act.next : act.other;
    } else if (answer !== undefined && isRefusal(answer)) {
      refusal ??= answer;
      act = act.other;
    } else {
      act = act.next;
    }
  }
  return refusal;
}

class DeedBuilder<S> {
  readonly #program: Program<S>;
  readonly #byRow = new Map<number, Act<S> | undefined>();

  constructor(program: Program<S>) {
    this.#program = program;
  }

  /** The first act at a row or after it. */
  actFrom(start: number): Act<S> | undefined {
    const row = this.#nextActing(start);
    if (!this.#byRow.has(row)) this.#byRow.set(row, this.#actAt(row));
    return this.#byRow.get(row);
  }

  #actAt(row: number): Act<S> | undefined {
    const { rows, functions } = this.#program;
    const op = rows[row * Row.Words];
    if (op !== Op.Change && op !== Op.Unless) return undefined;
    const next = this.actFrom(row + 1);
    const other = this.actFrom(rows[row * Row.Words + 2]!);
    const asks = op === Op.Unless;
    if (asks && next === other) return next;
    return { run: functions[rows[row * Row.Words + 1]!]!, asks, next, other };
  }

  /** The first row from `start` on that changes, asks or ends. */
  #nextActing(start: number): number {
    const { rows } = this.#program;
    for (let row = start; ;) {
      switch (rows[row * Row.Words]) {
        case Op.Jump:
          row = rows[row * Row.Words + 1]!;
          break;
        case Op.Change:
        case Op.Unless:
        case Op.Refused:
        case Op.Halt:
          return row;
        default:
          row++;
      }
    }
  }
}
