// The form of the recorded operation sequences: which fields of an operation are its inputs, which are
// remarks of the recorder, and how indices are written. What is neither is an answer.

import { ConfigError } from '@forkless/errors';

/** A recorded operation with its inputs, answers and remarks. */
export type RecordedOp = { readonly op: string } & Readonly<Record<string, unknown>>;

/** An operation without its answers: all that the model is given. */
export type OpInput = RecordedOp;

/** Answers by field. */
export type Answers = Readonly<Record<string, unknown>>;

/** One sequence on a new, empty structure. */
export interface RecordedCase {
  readonly name: string;
  readonly init: Readonly<Record<string, unknown>>;
  readonly ops: readonly RecordedOp[];
}

/** The structures there are recordings of. */
export type StructureName = 'idr' | 'xarray' | 'ida';

/** One file. */
export interface Recording {
  readonly structure: StructureName;
  readonly cases: readonly RecordedCase[];
}

/** Answers one operation after another on one structure. */
export type Player = (input: OpInput) => Answers;

const idrInputs: Readonly<Record<string, readonly string[]>> = {
  alloc: ['value', 'start', 'end'],
  allocCyclic: ['value', 'start', 'end'],
  allocU32: ['value', 'start', 'max'],
  find: ['id'],
  remove: ['id'],
  replace: ['id', 'value'],
  getNext: ['from'],
  getNextUl: ['from'],
  forEach: ['stopAfter'],
  forEachEntry: [],
  forEachEntryContinue: ['from'],
  isEmpty: [],
  getCursor: [],
  setCursor: ['to'],
  destroy: [],
  dump: [],
};

const idaInputs: Readonly<Record<string, readonly string[]>> = {
  allocRange: ['min', 'max'],
  fill: ['n', 'min', 'max'],
  free: ['id'],
  freeRange: ['first', 'last'],
  isEmpty: [],
  destroy: [],
  dump: [],
};

const xarrayInputs: Readonly<Record<string, readonly string[]>> = {
  load: ['index'],
  erase: ['index'],
  store: ['index', 'value'],
  insert: ['index', 'value'],
  reserve: ['index'],
  release: ['index'],
  cmpxchg: ['index', 'old', 'value'],
  alloc: ['value', 'min', 'max'],
  allocCyclic: ['value', 'min', 'max'],
  setNext: ['to'],
  setMark: ['index', 'mark'],
  clearMark: ['index', 'mark'],
  getMark: ['index', 'mark'],
  marked: ['mark'],
  find: ['index', 'max', 'filter'],
  findAfter: ['index', 'max', 'filter'],
  forEachRange: ['start', 'last'],
  forEachMarked: ['mark'],
  extract: ['start', 'max', 'n', 'filter'],
  storeRange: ['first', 'last', 'value'],
  storeOrder: ['index', 'order', 'value'],
  getOrder: ['index'],
  split: ['index', 'newOrder'],
  empty: [],
  destroy: [],
  dump: [],
  curSet: ['to'],
  curReset: [],
  curLoad: [],
  curFind: ['max'],
  curFindMarked: ['max', 'mark'],
  curNextEntry: ['max'],
  curNext: [],
  curPrev: [],
  curPause: [],
  curStore: ['value'],
  curSetMark: ['mark'],
  curClearMark: ['mark'],
  curGetMark: ['mark'],
};

const inputsOf: Readonly<Record<StructureName, Readonly<Record<string, readonly string[]>>>> = {
  idr: idrInputs,
  ida: idaInputs,
  xarray: xarrayInputs,
};

/** What the recorder remarks about an operation; nothing the structure answers. */
const remarks: ReadonlySet<string> = new Set(['inside', 'inexact', 'wrap', 'endless']);

/** Reads a file's text; a `ConfigError` when it is no such recording. */
export function parseRecording(file: string, text: string): Recording {
  let parsed: Partial<Recording> | null;
  try {
    parsed = JSON.parse(text) as Partial<Recording> | null;
  } catch {
    throw new ConfigError(`${file} is no JSON.`);
  }
  const { structure, cases } = parsed ?? {};
  if (structure === undefined || !Object.hasOwn(inputsOf, structure) || !Array.isArray(cases)) {
    throw new ConfigError(`${file} is no recording of an idr, xarray or ida with its cases.`);
  }
  return { structure, cases };
}

/** Parts an operation into what the model is given and what the kernel answered. */
export function partOp(
  structure: StructureName,
  op: RecordedOp,
): { input: OpInput; expected: Answers } {
  const inputs = inputsOf[structure][op.op];
  if (inputs === undefined) throw new ConfigError(`There is no ${structure} operation "${op.op}".`);
  const given = Object.entries(op).filter(([field]) => field === 'op' || inputs.includes(field));
  const answered = Object.entries(op).filter(
    ([field]) => field !== 'op' && !inputs.includes(field) && !remarks.has(field),
  );
  return { input: Object.fromEntries(given) as OpInput, expected: Object.fromEntries(answered) };
}

/** Reads a number; those from 2^53 on are decimal strings. */
export function toIndex(value: unknown): number | bigint {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && /^\d+$/.test(value)) return BigInt(value);
  throw new ConfigError(`Expected a number or a decimal string, not ${JSON.stringify(value)}.`);
}

/** Reads a number that is below 2^53. */
export function toNumber(value: unknown): number {
  if (typeof value === 'number') return value;
  throw new ConfigError(`Expected a number, not ${JSON.stringify(value)}.`);
}

/** Reads a value: a small integer or null. */
export function toValue(value: unknown): number | null {
  return value === null ? null : toNumber(value);
}

/** Writes an index as the recorder does. */
export function fromIndex(index: number | bigint): number | string {
  return typeof index === 'number' ? index : String(index);
}
