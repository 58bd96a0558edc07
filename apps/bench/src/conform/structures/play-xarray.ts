// Plays recorded XArray operations on the package's XArray, those of the one cursor each case has too.

import { ConfigError, isRefusal } from '@forkless/errors';
import {
  XA_INDEX_MAX,
  XA_RETRY,
  XA_SIBLING,
  XA_ZERO,
  XArray,
  type Mark,
  type XaCursor,
  type XaCyclic,
  type XaFilter,
  type XaFound,
  type XArrayKind,
  type XArrayOptions,
  type XaShown,
  type XaValue,
} from '@forkless/xarray';
import {
  fromIndex,
  toIndex,
  toNumber,
  toValue,
  type Answers,
  type OpInput,
  type Player,
} from './recording.ts';

interface Played {
  readonly array: XArray<number>;
  readonly cursor: XaCursor<number>;
  readonly cyclic: XaCyclic;
}

/** A new XArray that answers operations. */
export function playXarray(
  init: Readonly<Record<string, unknown>>,
  options: XArrayOptions = {},
): Player {
  const warnings: string[] = [];
  const kind = init['flags'] as XArrayKind;
  const array = new XArray<number>({ ...options, kind, onWarning: (what) => warnings.push(what) });
  const played = { array, cursor: array.cursor(), cyclic: { next: 0, wrapped: false } };
  // Mark 0 means "free" in an array that hands out indices, and is not recorded there.
  const marks: readonly Mark[] = kind === 'plain' ? [0, 1, 2] : [1, 2];
  return (input) => {
    warnings.length = 0;
    const answers = answerAny(played, marks, input);
    return { ...answers, ...stateOf(array, marks), ...(warnings.length > 0 ? { warn: true } : {}) };
  };
}

function answerAny(played: Played, marks: readonly Mark[], input: OpInput): Answers {
  if (input.op === 'dump') return { dump: dump(played.array, marks) };
  if (!input.op.startsWith('cur')) return answer(played, input);
  return { ...answerCursor(played.cursor, input), ...placeOf(played.cursor) };
}

function answer({ array, cyclic }: Played, input: OpInput): Answers {
  switch (input.op) {
    case 'load':
      return { ret: array.load(toIndex(input['index'])) };
    case 'erase':
      return { ret: array.erase(toIndex(input['index'])) };
    case 'store':
      return { ret: written(array.store(toIndex(input['index']), entryOf(input['value']))) };
    case 'insert':
      return { ret: done(array.insert(toIndex(input['index']), entryOf(input['value']))) };
    case 'reserve':
      return { ret: done(array.reserve(toIndex(input['index']))) };
    case 'release':
      array.release(toIndex(input['index']));
      return {};
    case 'cmpxchg':
      return { ret: written(cmpxchg(array, input)) };
    case 'alloc':
      return idOr(array.alloc(entryOf(input['value']), Number(input['min']), Number(input['max'])));
    case 'allocCyclic':
      return allocCyclic(array, cyclic, input);
    case 'setNext':
      cyclic.next = toNumber(input['to']);
      return {};
    case 'setMark':
      array.setMark(toIndex(input['index']), markOf(input));
      return {};
    case 'clearMark':
      array.clearMark(toIndex(input['index']), markOf(input));
      return {};
    case 'getMark':
      return { ret: array.getMark(toIndex(input['index']), markOf(input)) };
    case 'marked':
      return { ret: array.marked(markOf(input)) };
    case 'find':
      return found(array.find(toIndex(input['index']), toIndex(input['max']), filterOf(input)));
    case 'findAfter':
      return found(
        array.findAfter(toIndex(input['index']), toIndex(input['max']), filterOf(input)),
      );
    case 'forEachRange':
      return { visited: visit(array, toIndex(input['start']), toIndex(input['last']), 'present') };
    case 'forEachMarked':
      return { visited: visit(array, 0, XA_INDEX_MAX, markOf(input)) };
    case 'extract':
      return extract(array, input);
    default:
      return answerWide(array, input);
  }
}

/** Entries of many indices, and the array as a whole. */
function answerWide(array: XArray<number>, input: OpInput): Answers {
  switch (input.op) {
    case 'storeRange': {
      const value = entryOf(input['value']);
      const refusal = array.storeRange(toIndex(input['first']), toIndex(input['last']), value);
      return { ret: refusal?.errno ?? null };
    }
    case 'storeOrder': {
      const value = entryOf(input['value']);
      const order = toNumber(input['order']);
      return { ret: done(array.storeOrder(toIndex(input['index']), order, value)) };
    }
    case 'getOrder':
      return { ret: array.getOrder(toIndex(input['index'])) };
    case 'split': {
      const index = toIndex(input['index']);
      const order = array.getOrder(index);
      return { order, ret: done(array.split(index, toNumber(input['newOrder']))) };
    }
    case 'empty':
      return { ret: array.isEmpty };
    case 'destroy':
      array.destroy();
      return {};
    default:
      throw new ConfigError(`There is no xarray operation "${input.op}".`);
  }
}

function answerCursor(cursor: XaCursor<number>, input: OpInput): Answers {
  switch (input.op) {
    case 'curSet':
      cursor.set(toIndex(input['to']));
      return {};
    case 'curReset':
      cursor.reset();
      return {};
    case 'curLoad':
      return { ret: shown(cursor.load()) };
    case 'curFind':
      return { ret: shown(cursor.find(toIndex(input['max']))) };
    case 'curFindMarked':
      return { ret: shown(cursor.findMarked(toIndex(input['max']), markOf(input))) };
    case 'curNextEntry':
      return { ret: shown(cursor.nextEntry(toIndex(input['max']))) };
    case 'curNext':
      return { ret: shown(cursor.next()) };
    case 'curPrev':
      return { ret: shown(cursor.previous()) };
    case 'curPause':
      cursor.pause();
      return {};
    case 'curStore':
      return { ret: written(cursor.store(entryOf(input['value']))) };
    case 'curSetMark':
      cursor.setMark(markOf(input));
      return {};
    case 'curClearMark':
      cursor.clearMark(markOf(input));
      return {};
    case 'curGetMark':
      return { ret: cursor.hasMark(markOf(input)) };
    default:
      throw new ConfigError(`There is no xarray operation "${input.op}".`);
  }
}

function stateOf(array: XArray<number>, marks: readonly Mark[]): Answers {
  const marked = marks.reduce<number>(
    (bits, mark) => bits | (Number(array.marked(mark)) << mark),
    0,
  );
  return { empty: Number(array.isEmpty), marked };
}

function placeOf(cursor: XaCursor<number>): Answers {
  return { index: fromIndex(cursor.index), at: cursor.place };
}

function entryOf(value: unknown): XaValue<number> {
  if (value === 'zero') return XA_ZERO;
  return value === 'internal' || value === 'retry' ? XA_RETRY : toValue(value);
}

function markOf(input: OpInput): Mark {
  return toNumber(input['mark']) as Mark;
}

function filterOf(input: OpInput): XaFilter {
  return input['filter'] as XaFilter;
}

function shown(entry: XaShown<number>): unknown {
  if (entry === XA_ZERO) return 'zero';
  return entry === XA_SIBLING ? 'sibling' : entry;
}

/** What a call answers that returns the entry from before. */
function written(result: unknown): unknown {
  return isRefusal(result) ? result.errno : shown(result as XaShown<number>);
}

/** What a call answers that returns 0 when all went well. */
function done(refusal: { errno: string } | undefined): number | string {
  return refusal?.errno ?? 0;
}

function idOr(id: unknown): Answers {
  return isRefusal(id) ? { ret: id.errno } : { ret: 0, id };
}

function cmpxchg(array: XArray<number>, input: OpInput): unknown {
  const old = entryOf(input['old']);
  if (old === XA_RETRY) throw new ConfigError('An internal entry is never there to be compared.');
  return array.cmpxchg(toIndex(input['index']), old, entryOf(input['value']));
}

function allocCyclic(array: XArray<number>, cyclic: XaCyclic, input: OpInput): Answers {
  const value = entryOf(input['value']);
  const id = array.allocCyclic(value, toNumber(input['min']), toNumber(input['max']), cyclic);
  const answers = isRefusal(id) ? { ret: id.errno } : { ret: Number(cyclic.wrapped), id };
  return { ...answers, next: cyclic.next };
}

function found(entry: XaFound<number> | undefined): Answers {
  if (entry === undefined) return { ret: null };
  return { ret: entry.value, found: fromIndex(entry.index) };
}

function visit(
  array: XArray<number>,
  start: number | bigint,
  last: number | bigint,
  filter: XaFilter,
): unknown[] {
  return [...array.entries(start, last, filter)].map(({ index, value }) => [
    fromIndex(index),
    value,
  ]);
}

function extract(array: XArray<number>, input: OpInput): Answers {
  const start = toIndex(input['start']);
  const count = toNumber(input['n']);
  const entries = array.extract(start, toIndex(input['max']), count, filterOf(input));
  return { ret: entries.length, entries };
}

/** Everything in the array: index, value, marks where there are any, size where it is not 1. */
function dump(array: XArray<number>, marks: readonly Mark[]): unknown[] {
  const rows: unknown[] = [];
  const cursor = array.cursor();
  for (let entry = cursor.find(XA_INDEX_MAX); entry !== null; entry = cursor.find(XA_INDEX_MAX)) {
    const { index } = cursor;
    const bits = marks.reduce<number>(
      (set, mark) => set | (Number(cursor.hasMark(mark)) << mark),
      0,
    );
    cursor.pause();
    const size = BigInt.asUintN(64, BigInt(cursor.index) - BigInt(index));
    const row = [
      fromIndex(index),
      shown(entry),
      bits,
      fromIndex(size > Number.MAX_SAFE_INTEGER ? size : Number(size)),
    ];
    rows.push(size !== 1n ? row : row.slice(0, bits === 0 ? 2 : 3));
  }
  return rows;
}
