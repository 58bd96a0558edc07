// What the runner knows of a call: which of a step's fields are its inputs, and how the model answers.
// Everything else recorded of a step is an answer, and is compared.

import type { Actor } from './actor.ts';
import type { Fields } from './scenario.ts';

/** Answers of the model; only those that were recorded are compared. */
export type Answer = Record<string, unknown>;

/** A pause of a process: a turn for the others, or until something it waits for may have happened. */
export interface Pause {
  /** Nothing was done since the last pause; with nobody doing anything time goes on. */
  readonly idle: boolean;
  /** When it goes on in any case, in ms of the scenario. */
  readonly untilMs?: number;
}

/** A step under way: pauses, and its answer in the end. */
export type Running<T = Answer> = Generator<Pause, T, void>;

/** One call of the recordings. */
export interface RecordedCall {
  /** Names of the fields that are inputs. */
  readonly inputs: readonly string[];
  /** Answers from the inputs alone; a generator where the call can sleep. */
  readonly run: (actor: Actor, inputs: Fields) => Answer | Running;
  /** Called with no answer worth comparing. */
  readonly onlyOrders?: boolean;
}

/** Calls by name. */
export type CallTable = Readonly<Record<string, RecordedCall>>;

/** The answer of a call that went well. */
export function ok(ret: unknown = 0, more: Answer = {}): Answer {
  return { ret, errno: null, ...more };
}

/** The answer of a call that was refused. */
export function failed(errno: string, more: Answer = {}): Answer {
  return { ret: -1, errno, ...more };
}
