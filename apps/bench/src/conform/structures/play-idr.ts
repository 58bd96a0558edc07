// Plays recorded IDR operations on the package's IDR.

import { ConfigError, isRefusal } from '@forkless/errors';
import { Idr, type IdrEntry, type IdrErrno } from '@forkless/xarray';
import {
  toIndex,
  toNumber,
  toValue,
  type Answers,
  type OpInput,
  type Player,
} from './recording.ts';

/** What a visiting function answers to stop. */
const STOP = 42;

/** A new IDR that answers operations. */
export function playIdr(init: Readonly<Record<string, unknown>>): Player {
  const warnings: string[] = [];
  const idr = new Idr<number, IdrErrno>({
    base: toNumber(init['base']),
    onWarning: (what) => warnings.push(what),
  });
  return (input) => {
    warnings.length = 0;
    const answers = answer(idr, input);
    const state = { cursor: idr.cursor, empty: Number(idr.isEmpty) };
    return { ...answers, ...state, ...(warnings.length > 0 ? { warn: true } : {}) };
  };
}

function answer(idr: Idr<number, IdrErrno>, input: OpInput): Answers {
  const value = 'value' in input ? toValue(input['value']) : null;
  const start = Number(input['start']);
  const end = Number(input['end']);
  const from = Number(input['from']);
  switch (input.op) {
    case 'alloc':
      return { ret: errnoOr(idr.alloc(value, start, end)) };
    case 'allocCyclic':
      return { ret: errnoOr(idr.allocCyclic(value, start, end)) };
    case 'allocU32': {
      const id = errnoOr(idr.allocU32(value, start, toNumber(input['max'])));
      return typeof id === 'number' ? { ret: 0, id } : { ret: id };
    }
    case 'find':
      return { ret: idr.find(idOf(input)) };
    case 'remove':
      return { ret: idr.remove(idOf(input)) };
    case 'replace':
      return { ret: errnoOr(idr.replace(idOf(input), value)) };
    case 'getNext':
      return next(idr.nextInt(from), input);
    case 'getNextUl':
      return next(idr.next(from), input);
    case 'forEach':
      return forEach(idr, toNumber(input['stopAfter']));
    case 'forEachEntry':
      return { visited: loop(idr, 0) };
    case 'forEachEntryContinue':
      return { visited: loop(idr, from) };
    case 'isEmpty':
      return { ret: idr.isEmpty };
    case 'getCursor':
      return { ret: idr.cursor };
    case 'setCursor':
      idr.cursor = toNumber(input['to']);
      return {};
    case 'destroy':
      idr.destroy();
      return {};
    case 'dump':
      return { dump: [...idr.taken()].map(({ id, value: stored }) => [id, stored]) };
    default:
      throw new ConfigError(`There is no idr operation "${input.op}".`);
  }
}

function errnoOr<T>(result: T): T | string {
  return isRefusal(result) ? result.errno : result;
}

/** An id of a look-up; those from 2^53 on, where nothing ever is, lose their lowest bits. */
function idOf(input: OpInput): number {
  return Number(toIndex(input['id']));
}

function next(found: IdrEntry<number> | undefined, input: OpInput): Answers {
  return { ret: found?.value ?? null, id: found?.id ?? input['from'] };
}

function forEach(idr: Idr<number, IdrErrno>, stopAfter: number): Answers {
  const visited: [number, number][] = [];
  const ret = idr.forEach((id, value) => (visited.push([id, value]) === stopAfter ? STOP : 0));
  return { visited, ret };
}

/** The kernel's loop macro over the int form; its id overflows to a negative one after INT_MAX. */
function loop(idr: Idr<number, IdrErrno>, from: number): [number, number][] {
  const visited: [number, number][] = [];
  for (let at = idr.nextInt(from); at !== undefined; at = idr.nextInt((at.id + 1) | 0)) {
    visited.push([at.id, at.value]);
  }
  return visited;
}
